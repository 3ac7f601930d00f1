/** Runs a program for a step: a failure becomes an error that carries the end of its output. */
import { EXIT, type ExitCode, SetupError } from "../errors.ts";
import type { CommandOptions, CommandResult, Host } from "../host/types.ts";
import { quoted } from "./command_line.ts";

export interface MustRunOptions extends CommandOptions {
  /** Stable name of the error. */
  readonly code?: string;
  readonly hint?: string;
  readonly exit?: ExitCode;
}

/** Lines of output that an error message quotes. */
const TAIL = 12;

/** The last lines of a text, without empty ones. */
export function tail(text: string, lines = TAIL): string {
  return text.split(/\r?\n/).filter((line) => line.trim() !== "").slice(-lines).join("\n");
}

/**
 * @throws SetupError when the program does not exist or does not exit with 0
 */
export async function mustRun(
  host: Host,
  argv: readonly string[],
  options: MustRunOptions = {},
): Promise<CommandResult> {
  const { code, hint, exit, ...rest } = options;
  const result = await host.process.run(argv, rest);
  options.signal?.throwIfAborted();
  if (result.code === 0) return result;
  const output = tail(result.stderr) || tail(result.stdout);
  throw new SetupError({
    code: code ?? "command_failed",
    message: `\`${quoted(argv)}\` ended with ${result.code}` +
      (output === "" ? "." : `:\n${output}`),
    ...(hint === undefined ? {} : { hint }),
    exit: exit ?? EXIT.apply,
  });
}
