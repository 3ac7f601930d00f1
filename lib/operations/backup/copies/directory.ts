/** Copies in a directory of this machine: another disk, or a network file system that is mounted. */
import { createHash } from "node:crypto";
import type { CopyTarget } from "../../../answers/rules_copies.ts";
import { SetupError } from "../../../errors.ts";
import type { Host } from "../../../host/types.ts";
import { quoted } from "../../../steps/command_line.ts";
import { again, copyError, type Entry, type Place, type Transfer } from "./place.ts";

type Directory = Extract<CopyTarget, { kind: "directory" }>;

export class DirectoryPlace implements Place {
  readonly target: Directory;
  readonly #host: Host;

  constructor(host: Host, target: Directory) {
    this.#host = host;
    this.target = target;
  }

  #path(name: string): string {
    return `${this.target.path}/${name}`;
  }

  /** Never made: where a disk is not mounted, it would be made on the wrong one. */
  async list(): Promise<Entry[]> {
    const { files } = this.#host;
    const { path } = this.target;
    const entries = await files.list(path).catch((error) => {
      throw this.#failed(error);
    });
    if (entries.length === 0 && !await this.#isDirectory()) {
      throw copyError(
        "copy_target_missing",
        this.target,
        "there is no such directory. It is not made, because a disk may only not be mounted.",
        `mount ${quoted([path])}; or, where it is meant to be new: mkdir -m 700 ${quoted([path])}`,
      );
    }
    const found = await Promise.all(entries.map(async (name): Promise<Entry[]> => {
      const info = await files.stat(this.#path(name));
      return info?.kind === "file" ? [{ name, size: info.size }] : [];
    }));
    return found.flat();
  }

  async #isDirectory(): Promise<boolean> {
    const { files } = this.#host;
    const info = await files.stat(this.target.path);
    if (info?.kind !== "symlink") return info?.kind === "directory";
    return (await this.#host.process.run(["test", "-d", this.target.path])).code === 0;
  }

  async free(): Promise<number> {
    return (await this.#host.files.space(this.target.path)).freeBytes;
  }

  async put(path: string, name: string, { signal, onBytes }: Transfer): Promise<void> {
    const { files } = this.#host;
    await this.remove(name);
    try {
      const sink = await files.openSink(this.#path(name), 0o600);
      try {
        for await (const chunk of files.openSource(path)) {
          signal.throwIfAborted();
          await sink.write(chunk);
          onBytes(chunk.length);
        }
        await sink.sync();
      } finally {
        sink.close();
      }
    } catch (error) {
      signal.throwIfAborted();
      throw this.#failed(error);
    }
  }

  async putText(text: string, name: string): Promise<void> {
    await this.#host.files.writeAtomic(this.#path(name), text, { mode: 0o600 }).catch((error) => {
      throw this.#failed(error);
    });
  }

  async sum(name: string, { signal, onBytes }: Transfer): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of this.read(name, signal)) {
      hash.update(chunk);
      onBytes(chunk.length);
    }
    return hash.digest("hex");
  }

  async readText(name: string): Promise<string | undefined> {
    return await this.#host.files.readText(this.#path(name));
  }

  async *read(name: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.#host.files.openSource(this.#path(name))) {
        signal.throwIfAborted();
        yield chunk;
      }
    } catch (error) {
      signal.throwIfAborted();
      throw this.#failed(error);
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#host.files.rename(this.#path(from), this.#path(to)).catch((error) => {
      throw this.#failed(error);
    });
  }

  async remove(name: string): Promise<void> {
    await this.#host.files.remove(this.#path(name)).catch((error) => {
      throw this.#failed(error);
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #failed(error: unknown): unknown {
    if (!(error instanceof SetupError)) return error;
    return error.code === "disk_full"
      ? copyError(
        "copy_target_full",
        this.target,
        "it is full.",
        `df -h ${this.target.path}; then ${again(this.target)}`,
      )
      : copyError("copy_failed", this.target, error.message, error.hint ?? again(this.target));
  }
}
