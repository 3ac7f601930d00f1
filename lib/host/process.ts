/**
 * Running other programs: argv arrays only, output collected or streamed line by line.
 * Called through `Host.process` by every step that speaks to docker, apt or the database.
 */
import { EXIT, SetupError } from "../errors.ts";
import { pipe } from "./streams.ts";
import type { CommandOptions, CommandResult, ProcessHost } from "./types.ts";

/** Splits a byte stream into lines; the last, unfinished one is delivered at the end. */
async function collect(
  stream: ReadableStream<Uint8Array>,
  onLine: ((line: string) => void) | undefined,
): Promise<string> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let rest = "";
  const feed = (text: string) => {
    if (text === "") return;
    parts.push(text);
    if (onLine === undefined) return;
    // Progress bars rewrite a line with a carriage return; each state counts as a line.
    const lines = (rest + text).split(/\r\n|\n|\r/);
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  };
  for await (const chunk of stream) feed(decoder.decode(chunk, { stream: true }));
  feed(decoder.decode());
  if (onLine !== undefined && rest !== "") onLine(rest);
  return parts.join("");
}

/** The child's environment, spelled out only when something has to be missing from it. */
function environment(options: CommandOptions): { env?: Record<string, string>; clearEnv?: true } {
  if (options.unset === undefined) return options.env === undefined ? {} : { env: options.env };
  const kept = { ...Deno.env.toObject(), ...options.env };
  for (const name of options.unset) delete kept[name];
  return { env: kept, clearEnv: true };
}

async function run(
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const [program, ...args] = argv;
  if (program === undefined) throw new TypeError("an empty command cannot be run");
  // Nothing is begun after Ctrl-C; the code is that of a program ended by SIGTERM.
  if (options.signal?.aborted === true) return { argv, code: 143, stdout: "", stderr: "" };
  const abort = new AbortController();
  let timedOut = false;
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => {
    timedOut = true;
    abort.abort();
  }, options.timeoutMs);
  const forward = () => abort.abort();
  options.signal?.addEventListener("abort", forward, { once: true });
  try {
    const child = new Deno.Command(program, {
      args,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...environment(options),
      stdin: options.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      signal: abort.signal,
    }).spawn();
    const feeding = options.stdin === undefined ? undefined : feed(child.stdin, options.stdin);
    const onLine = options.onLine;
    const [stdout, stderr, status] = await Promise.all([
      collect(child.stdout, onLine && ((line) => onLine(line, "stdout"))),
      collect(child.stderr, onLine && ((line) => onLine(line, "stderr"))),
      child.status,
    ]);
    await feeding;
    return { argv, code: timedOut ? 124 : status.code, stdout, stderr };
  } catch (error) {
    // The runtime says "not found" for a missing working directory too, which is a mistake of ours.
    if (error instanceof Deno.errors.NotFound && !/No such cwd/.test(error.message)) {
      return { argv, code: 127, stdout: "", stderr: `${program}: command not found` };
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      return { argv, code: 126, stdout: "", stderr: `${program}: permission denied` };
    }
    throw error;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", forward);
  }
}

/** A child that exits without reading its input closes the pipe; its exit code tells the story. */
async function feed(
  stdin: WritableStream<Uint8Array>,
  data: string | Uint8Array,
): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(typeof data === "string" ? new TextEncoder().encode(data) : data);
    await writer.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

async function daemon(
  argv: readonly string[],
  options: { logFile: string },
): Promise<number> {
  const [program, ...args] = argv;
  if (program === undefined) throw new TypeError("an empty command cannot be run");
  // Loaded when they are needed: they cost 25 ms, and a start must not (criteria, Performance).
  const { spawn } = await import("node:child_process");
  const { closeSync, openSync } = await import("node:fs");
  const log = openSync(options.logFile, "a", 0o600);
  return await new Promise<number>((resolve, reject) => {
    const child = spawn(program, args, { detached: true, stdio: ["ignore", log, log] });
    child.once("error", (cause) =>
      reject(
        new SetupError({
          code: "command_not_found",
          message: `${program} could not be started: ${cause.message}`,
          exit: EXIT.prerequisite,
          cause,
        }),
      ));
    child.once("spawn", () => {
      child.unref();
      if (child.pid === undefined) reject(new TypeError(`${program} has no pid`));
      else resolve(child.pid);
    });
  }).finally(() => closeSync(log));
}

async function interactive(
  argv: readonly string[],
  options: { cwd?: string; signal?: AbortSignal } = {},
): Promise<number> {
  const [program, ...args] = argv;
  if (program === undefined) throw new TypeError("an empty command cannot be run");
  const status = await new Deno.Command(program, {
    args,
    ...options,
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  return status.code;
}

/** The real `Host.process`. */
export const processHost: ProcessHost = {
  run,
  pipe,
  daemon,
  interactive,
  // Not SIGTSTP: once a handler was installed for it, its default action is gone for good.
  suspend: () => Deno.kill(Deno.pid, "SIGSTOP"),
};
