/**
 * The first thing every built file must do: run with an empty environment from another directory
 * and be this program. Without it a wrong compile runtime would go unnoticed: given a plain `deno`
 * as its runtime, `deno compile` makes a file that is just Deno again. Called by build.ts.
 */
import type { CommandResult } from "../host/types.ts";

/** The command lines that are tried, as arguments of the built file. */
export const SMOKE_ARGUMENTS: readonly (readonly string[])[] = [["--version"], ["--help"]];

/**
 * Says what is wrong with the answers to {@link SMOKE_ARGUMENTS}, or `undefined` when the file is
 * this program in this version.
 */
export function smokeFault(
  version: string,
  answers: readonly CommandResult[],
): string | undefined {
  const [asked, help] = answers;
  if (asked === undefined || help === undefined) return "it was not asked";
  for (const each of [asked, help]) {
    if (each.code !== 0) {
      const line = each.stderr.trim().split("\n")[0] ?? "";
      return `${each.argv.at(-1)} ended with ${each.code}${line === "" ? "" : `: ${line}`}`;
    }
  }
  const lines = asked.stdout.trim().split("\n");
  if (lines.length !== 1 || !lines[0]?.split(/\s+/).includes(version)) {
    return `--version says ${JSON.stringify(lines[0])} instead of ${version}`;
  }
  if (!help.stdout.includes("rxdx-setup")) return "--help does not name rxdx-setup";
  return undefined;
}
