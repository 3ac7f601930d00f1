/**
 * What all parts of the build share: where things are, and how a step that must work is run. Used by
 * build.ts, bundler.ts and archive.ts.
 */
import { EXIT, SetupError } from "../errors.ts";
import type { CommandOptions, CommandResult, Host } from "../host/types.ts";
import type { Arch } from "./runtime.ts";

/** What the build works with; all paths absolute. */
export interface Build {
  readonly host: Host;
  readonly deno: string;
  readonly arch: Arch;
  /** Of `deno.json`; another one only where a test needs two versions. */
  readonly version: string;
  /** The source tree. */
  readonly root: string;
  /** A directory of this build alone, beside the output, removed at the end. */
  readonly stage: string;
}

/** An expected failure of the build (exit 5: running it again is safe). */
export function failure(message: string, hint?: string): SetupError {
  return new SetupError({
    code: "build_failed",
    message,
    exit: EXIT.apply,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Runs a program that must succeed; its last lines say why it did not. */
export async function must(
  host: Host,
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const result = await host.process.run(argv, options);
  if (result.code === 0) return result;
  const tail = result.stderr.trim().split("\n").slice(-12).join("\n");
  throw failure(`\`${argv.slice(0, 2).join(" ")}\` ended with ${result.code}:\n${tail}`);
}

/** Reads a file that must be there. */
export async function read(host: Host, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await host.files.readBytes(path);
  if (bytes === undefined) throw failure(`${path} is missing`);
  return new Uint8Array(bytes);
}
