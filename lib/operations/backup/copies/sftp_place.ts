/** Copies on another machine, through its SSH server: SFTP is enough, a shell makes the comparison cheaper. */
import { createHash } from "node:crypto";
import { isDirectory, OPEN, STATUS } from "../../../backup/sftp_wire.ts";
import { SetupError } from "../../../errors.ts";
import type { Host } from "../../../host/types.ts";
import { again, copyError, type CopySettings, type Entry, type Place } from "./place.ts";
import type { Transfer } from "./place.ts";
import { SftpClient, SftpGone, SftpRefused } from "./sftp.ts";
import { quoted, sshCommand, sshFailure, type SshTarget } from "./ssh.ts";

/** Records are a page; anything larger is none. */
const TEXT_BYTES = 1 << 20;

/** A program that sums a terabyte takes its time; one that hangs is ended. */
const SUM_MS = 6 * 3_600_000;

const NEW_FILE = OPEN.write | OPEN.create | OPEN.truncate;

export class SftpPlace implements Place {
  readonly target: SshTarget;
  readonly #host: Host;
  readonly #settings: CopySettings;
  #client: Promise<SftpClient> | undefined;

  constructor(host: Host, target: SshTarget, settings: CopySettings) {
    this.#host = host;
    this.target = target;
    this.#settings = settings;
  }

  #path(name: string): string {
    return `${this.target.path}/${name}`;
  }

  /** Runs one request; whatever fails is told in terms of the target. */
  async #with<T>(body: (client: SftpClient) => Promise<T>): Promise<T> {
    try {
      this.#client ??= SftpClient.connect(
        this.#host,
        sshCommand(this.target, this.#settings, { subsystem: "sftp" }),
      );
      return await body(await this.#client);
    } catch (error) {
      throw await this.#failed(error);
    }
  }

  async #failed(error: unknown): Promise<unknown> {
    const { target } = this;
    if (error instanceof SftpGone) {
      this.#client = undefined;
      return sshFailure(target, this.#settings, error.said);
    }
    if (error instanceof SetupError && error.code === "command_not_found") {
      return sshFailure(target, this.#settings, error.message);
    }
    if (!(error instanceof SftpRefused)) return error;
    if (error.status === STATUS.denied) {
      return copyError(
        "copy_target_denied",
        target,
        "the login may not write there.",
        `Make ${target.path} on the target belong to the login`,
      );
    }
    // SFTP has no word for a full disk.
    const free = await this.free().catch(() => undefined);
    if (error.status === STATUS.failure && free !== undefined && free < 2 ** 20) {
      return copyError(
        "copy_target_full",
        target,
        "it is full.",
        `Free some space; ${again(target)}`,
      );
    }
    return copyError("copy_failed", target, `it refused: ${error.message}`, again(target));
  }

  async list(make: boolean): Promise<Entry[]> {
    const { path } = this.target;
    return await this.#with(async (client) => {
      const info = await client.stat(path);
      if (info === undefined) {
        if (make) await this.#makeAll(client);
        else return [];
      } else if (!isDirectory(info)) {
        throw copyError(
          "copy_target_missing",
          this.target,
          `${path} is no directory.`,
          again(this.target),
        );
      }
      return (await client.list(path)).filter((each) => !isDirectory(each))
        .map(({ name, size = 0 }) => ({ name, size }));
    });
  }

  async #makeAll(client: SftpClient): Promise<void> {
    const parts = this.target.path.split("/");
    for (let count = 1; count <= parts.length; count++) {
      const path = parts.slice(0, count).join("/");
      if (path === "" || await client.stat(path) !== undefined) continue;
      await client.mkdir(path);
    }
  }

  async free(): Promise<number | undefined> {
    if (this.#client === undefined) return undefined;
    return await (await this.#client).free(this.target.path).catch(() => undefined);
  }

  async put(path: string, name: string, { signal, onBytes }: Transfer): Promise<void> {
    const { files } = this.#host;
    const source = async function* () {
      for await (const chunk of files.openSource(path)) {
        signal.throwIfAborted();
        yield chunk;
        onBytes(chunk.length);
      }
    };
    try {
      await this.#with((client) => client.write(this.#path(name), NEW_FILE, source()));
    } catch (error) {
      // Ctrl-C reaches ssh as well; that the connection is gone is then no news.
      signal.throwIfAborted();
      throw error;
    }
  }

  async putText(text: string, name: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    await this.#with((client) =>
      client.write(this.#path(name), NEW_FILE, ReadableStream.from([bytes]))
    );
  }

  async sum(name: string, transfer: Transfer): Promise<string> {
    // A login that has SFTP alone answers nothing of use, and it is read back.
    const { code, stdout } = await this.#host.process.run(
      sshCommand(this.target, this.#settings, {
        command: `sha256sum < ${quoted(this.#path(name))}`,
      }),
      { signal: transfer.signal, timeoutMs: SUM_MS, env: { LC_ALL: "C" }, unset: ["SSH_ASKPASS"] },
    );
    transfer.signal.throwIfAborted();
    const [sum = ""] = code === 0 ? /^[0-9a-f]{64}\b/.exec(stdout) ?? [] : [];
    if (sum !== "") return sum;
    const hash = createHash("sha256");
    for await (const chunk of this.read(name, transfer.signal)) {
      hash.update(chunk);
      transfer.onBytes(chunk.length);
    }
    return hash.digest("hex");
  }

  async readText(name: string): Promise<string | undefined> {
    return await this.#with(async (client) => {
      const info = await client.stat(this.#path(name));
      if (info === undefined || (info.size ?? 0) > TEXT_BYTES) return undefined;
      const parts = await Array.fromAsync(client.read(this.#path(name), OPEN.read));
      return await new Blob(parts as BlobPart[]).text();
    });
  }

  async *read(name: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const client = await this.#with((each) => Promise.resolve(each));
    try {
      for await (const chunk of client.read(this.#path(name), OPEN.read)) {
        signal.throwIfAborted();
        yield chunk;
      }
    } catch (error) {
      signal.throwIfAborted();
      throw await this.#failed(error);
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#with((client) => client.rename(this.#path(from), this.#path(to)));
  }

  async remove(name: string): Promise<void> {
    await this.#with((client) => client.remove(this.#path(name)));
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    await client?.close();
  }
}
