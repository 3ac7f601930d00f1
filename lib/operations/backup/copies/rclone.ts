/**
 * Copies in any remote that rclone knows: S3 and what speaks it, WebDAV, SMB and some seventy more. Its
 * configuration is the operator's, with the secrets in it; nothing of it is read here or put on a command line.
 */
import { createHash } from "node:crypto";
import type { CopyTarget } from "../../../answers/rules_copies.ts";
import type { SetupError } from "../../../errors.ts";
import type { CommandResult, Host } from "../../../host/types.ts";
import { again, copyError, type Entry, type Place, type Transfer } from "./place.ts";

type Remote = Extract<CopyTarget, { kind: "rclone" }>;

/** Exit codes of rclone: what was asked for is not there. */
const NOT_THERE = [3, 4];

/** No prompt; what hangs is given up; lines of the log as JSON. */
const GLOBAL = [
  "--ask-password=false",
  "--contimeout=15s",
  "--timeout=120s",
  "--retries=2",
  "--low-level-retries=3",
  "--use-json-log",
  "--log-level=NOTICE",
];

interface LogLine {
  readonly level?: string;
  readonly msg?: string;
  readonly stats?: { readonly bytes?: number };
}

function logLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { msg: line };
  }
}

/**
 * What rclone said of what went wrong. Lines of progress are full of numbers that mean nothing here, and so are
 * the time and the place in its source that each line tells besides.
 */
function complaints({ stderr }: CommandResult): string[] {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "").map(logLine);
  const telling = lines.filter(({ level = "error" }) =>
    ["error", "critical", "fatal"].includes(level)
  );
  return (telling.length > 0 ? telling : lines.slice(-1)).flatMap(({ msg }) => msg ?? []);
}

/** The last of them, without its colours and its repetition of the command. */
function complaint(result: CommandResult): string {
  const said = complaints(result).at(-1) ?? "it failed";
  // Its last word comes without JSON, with the time of day in front.
  const plain = said.replace(/^[\d/]{10} [\d:]{8} /, "").replace(/^Failed to [a-z0-9 ]+: /i, "");
  return plain.trim().split("\n")[0] ?? said;
}

export class RclonePlace implements Place {
  readonly target: Remote;
  readonly #host: Host;
  readonly #configuration: string;

  /** @param configuration path of rclone's configuration */
  constructor(host: Host, target: Remote, configuration: string) {
    this.#host = host;
    this.target = target;
    this.#configuration = configuration;
  }

  #at(name = ""): string {
    const { remote, path } = this.target;
    return `${remote}:${[path, name].filter((each) => each !== "").join("/")}`;
  }

  #argv(words: readonly string[]): string[] {
    return ["rclone", `--config=${this.#configuration}`, ...GLOBAL, ...words];
  }

  async #run(
    words: readonly string[],
    options: {
      readonly signal?: AbortSignal;
      readonly accept?: readonly number[];
      readonly onBytes?: (total: number) => void;
      readonly stdin?: string;
    } = {},
  ): Promise<CommandResult> {
    const { accept = [], onBytes, stdin, signal } = options;
    const result = await this.#host.process.run(this.#argv(words), {
      ...(signal === undefined ? {} : { signal }),
      ...(stdin === undefined ? {} : { stdin }),
      ...(onBytes === undefined ? {} : {
        onLine: (line, stream) => {
          const bytes = stream === "stderr" ? logLine(line).stats?.bytes : undefined;
          if (bytes !== undefined) onBytes(bytes);
        },
      }),
    });
    signal?.throwIfAborted();
    if (result.code === 0 || accept.includes(result.code)) return result;
    throw this.#failed(result);
  }

  #failed(result: CommandResult): SetupError {
    const { target } = this;
    if (result.code === 127) {
      return copyError(
        "copy_no_rclone",
        target,
        "rclone is not installed here.",
        "apt-get install rclone",
      );
    }
    const said = complaint(result);
    const all = complaints(result).join("\n");
    const config = `--config ${this.#configuration}`;
    if (/didn't find section in config file|unable to decrypt configuration/i.test(all)) {
      return copyError(
        "copy_remote_unknown",
        target,
        `${this.#configuration} has no remote ${target.remote} that could be read.`,
        `rclone ${config} listremotes; rclone ${config} config`,
      );
    }
    if (/insufficient storage|no space left|quota|ENOSPC|disk full|\b507\b/i.test(all)) {
      return copyError(
        "copy_target_full",
        target,
        `it is full: ${said}`,
        `Free some space; ${again(target)}`,
      );
    }
    if (
      /\b40[13]\b|unauthor|access ?denied|forbidden|SignatureDoesNotMatch|InvalidAccessKey/i.test(
        all,
      )
    ) {
      return copyError(
        "copy_login_refused",
        target,
        `the login was refused: ${said}`,
        `rclone ${config} config`,
      );
    }
    const down = /connection refused|no such host|i\/o timeout|unreachable|no route|timeout/i;
    return copyError(
      down.test(all) ? "copy_target_down" : "copy_failed",
      target,
      down.test(all) ? `it does not answer: ${said}` : said,
      `rclone ${config} lsf ${this.#at()}; then ${again(target)}`,
    );
  }

  async list(make: boolean): Promise<Entry[]> {
    if (make && this.target.path !== "") await this.#run(["mkdir", this.#at()]);
    const { code, stdout } = await this.#run(
      ["lsjson", "--files-only", "--no-modtime", "--no-mimetype", this.#at()],
      { accept: NOT_THERE },
    );
    if (code !== 0) return [];
    const entries = JSON.parse(stdout) as { Name: string; Size: number }[];
    return entries.map(({ Name, Size }) => ({ name: Name, size: Size }));
  }

  /** Few remotes can tell. */
  async free(): Promise<number | undefined> {
    const { code, stdout } = await this.#host.process.run(
      this.#argv(["about", "--json", this.#at()]),
      { timeoutMs: 20_000 },
    );
    try {
      const { free } = JSON.parse(code === 0 ? stdout : "{}") as { free?: number };
      return typeof free === "number" ? free : undefined;
    } catch {
      return undefined;
    }
  }

  async put(path: string, name: string, { signal, onBytes }: Transfer): Promise<void> {
    let told = 0;
    const tell = (total: number) => {
      // A second try begins at nothing.
      if (total > told) onBytes(total - told);
      told = Math.max(told, total);
    };
    await this.#run([
      "copyto",
      "--ignore-times",
      "--stats=1s",
      "--stats-log-level=NOTICE",
      path,
      this.#at(name),
    ], { signal, onBytes: tell });
  }

  async putText(text: string, name: string): Promise<void> {
    await this.#run(["rcat", this.#at(name)], { stdin: text });
  }

  async sum(name: string, transfer: Transfer): Promise<string> {
    const { stdout } = await this.#run(["hashsum", "SHA256", this.#at(name)], {
      signal: transfer.signal,
      // Most remotes have sums of another kind.
      accept: [1, 2],
    });
    const [sum = ""] = /^[0-9a-f]{64}\b/.exec(stdout.trim()) ?? [];
    if (sum !== "") return sum;
    const hash = createHash("sha256");
    for await (const chunk of this.read(name, transfer.signal)) {
      hash.update(chunk);
      transfer.onBytes(chunk.length);
    }
    return hash.digest("hex");
  }

  async readText(name: string): Promise<string | undefined> {
    const there = (await this.list(false)).some((each) => each.name === name);
    return there ? (await this.#run(["cat", this.#at(name)])).stdout : undefined;
  }

  async *read(name: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const argv = this.#argv(["cat", this.#at(name)]);
    const process = this.#host.process.pipe(argv, { signal });
    let whole = false;
    try {
      await process.end();
      yield* process.output;
      const { code, stderr } = await process.ended();
      whole = true;
      signal.throwIfAborted();
      if (code !== 0) throw this.#failed({ argv, code, stdout: "", stderr });
    } finally {
      if (!whole) process.kill();
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#run(["moveto", "--ignore-times", this.#at(from), this.#at(to)]);
  }

  async remove(name: string): Promise<void> {
    const result = await this.#run(["deletefile", this.#at(name)], { accept: [1, ...NOT_THERE] });
    // Some versions have no exit code of its own for what is not there.
    const gone = NOT_THERE.includes(result.code) || /doesn't exist|not found/i.test(result.stderr);
    if (result.code !== 0 && !gone) throw this.#failed(result);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
