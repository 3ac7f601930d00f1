/**
 * What is too large for memory: a program whose output is read as it comes, and files written and read
 * piece by piece. Called through `Host.process.pipe`, `Host.files.openSink` and `openSource` by backups.
 */
import { EXIT, SetupError } from "../errors.ts";
import type { ByteProcess, ByteSink, PipeOptions } from "./types.ts";

/** Bytes of a program's complaints that are kept: the end of them names the reason. */
const STDERR_BYTES = 16_384;

const READ_BYTES = 256 * 1024;

const encoder = new TextEncoder();

/** The child's environment, spelled out only when something has to be missing from it. */
function environment(options: PipeOptions): { env?: Record<string, string>; clearEnv?: true } {
  if (options.unset === undefined) return options.env === undefined ? {} : { env: options.env };
  const kept = { ...Deno.env.toObject(), ...options.env };
  for (const name of options.unset) delete kept[name];
  return { env: kept, clearEnv: true };
}

async function lastOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text = (text + decoder.decode(chunk, { stream: true })).slice(-STDERR_BYTES);
  }
  return text;
}

/** Starts a program whose input and output are streams. Aborting ends it with SIGTERM. */
export function pipe(argv: readonly string[], options: PipeOptions = {}): ByteProcess {
  const [program, ...args] = argv;
  if (program === undefined) throw new TypeError("an empty command cannot be run");
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...environment(options),
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    }).spawn();
  } catch (error) {
    throw new SetupError({
      code: "command_not_found",
      message: `${program} could not be started: ${(error as Error).message}`,
      exit: EXIT.prerequisite,
      cause: error,
    });
  }
  const writer = child.stdin.getWriter();
  // A child that ends without reading its input closes the pipe; its exit code tells the story.
  const unlessGone = (error: unknown) => {
    if (!(error instanceof Deno.errors.BrokenPipe) && !(error instanceof TypeError)) throw error;
  };
  writer.closed.catch(() => undefined);
  const stderr = lastOf(child.stderr);
  stderr.catch(() => undefined);
  return {
    write: async (data) => {
      await writer.write(typeof data === "string" ? encoder.encode(data) : data).catch(unlessGone);
    },
    end: async () => {
      await writer.close().catch(unlessGone);
    },
    output: child.stdout,
    ended: async () => {
      const [text, status] = await Promise.all([stderr, child.status]);
      return { code: status.code, stderr: text };
    },
    kill: () => {
      try {
        child.kill("SIGTERM");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
    },
  };
}

/** @param guarded turns an error of the operating system into one that names path and remedy */
export async function openSink(
  path: string,
  mode: number,
  guarded: <T>(body: () => Promise<T>) => Promise<T>,
): Promise<ByteSink> {
  const file = await guarded(() => Deno.open(path, { write: true, createNew: true, mode }));
  return {
    write: (data) =>
      guarded(async () => {
        for (let at = 0; at < data.length;) at += await file.write(data.subarray(at));
      }),
    sync: () => guarded(() => file.sync()),
    close: () => file.close(),
  };
}

export async function* openSource(
  path: string,
  guarded: <T>(body: () => Promise<T>) => Promise<T>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  using file = await guarded(() => Deno.open(path, { read: true }));
  for (;;) {
    // A buffer of its own for each piece: the former may still be in somebody's hands.
    const buffer = new Uint8Array(READ_BYTES);
    const count = await guarded(() => file.read(buffer));
    if (count === null) return;
    yield buffer.subarray(0, count);
  }
}
