/** SIGKILL at named points of a run: which there are, and that the process died at one of them. */
import assert from "node:assert/strict";
import type { Ran } from "./stack.ts";

/**
 * Ids of the steps of the newest run, as its journal lists them: a new step is covered without a change of the
 * tests.
 *
 * @param dir install directory
 * @param command with hyphens, `backup-restore`; any when absent
 */
export function stepsOf(dir: string, command?: string): string[] {
  const journal = `${dir}/.rxdx/journal`;
  const newest = [...Deno.readDirSync(journal)].map((entry) => entry.name)
    .filter((name) => command === undefined || name.includes(`-${command}-`)).sort().at(-1);
  const [first = "{}"] = Deno.readTextFileSync(`${journal}/${newest}`).split("\n");
  return (JSON.parse(first) as { steps: { id: string }[] }).steps.map((step) => step.id);
}

/**
 * Points before and after each of the steps.
 *
 * @param within further points inside of a step, in the order in which they are reached
 */
export function pointsAround(
  steps: readonly string[],
  within: Readonly<Record<string, readonly string[]>> = {},
): string[] {
  return steps.flatMap((id) => [`before:${id}`, ...within[id] ?? [], `after:${id}`]);
}

/** Runs the program, which has to come to this point and die there. */
export async function killedAt(
  point: string,
  run: (options: { env: Record<string, string> }) => Promise<Ran>,
): Promise<Ran> {
  const ran = await run({ env: { RXDX_FAILPOINT: `${point}=kill` } });
  assert.equal(ran.code, 137, `killed at ${point}:\n${ran.text}`);
  return ran;
}
