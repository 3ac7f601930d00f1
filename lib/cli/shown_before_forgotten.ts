/** A value that stands nowhere but in the file of an unfinished rotation is shown while it is still there. */
import type { Step } from "../steps/step.ts";

/**
 * Killed anywhere, the value was shown, or the next run shows it.
 *
 * @param steps the last of them forgets
 * @param run runs steps to their end, or throws
 * @param show called with everything done but the last step; `undefined` where there is nothing to show
 */
export async function shownBeforeForgotten(
  steps: readonly Step[],
  run: (steps: readonly Step[]) => Promise<unknown>,
  show: (() => void) | undefined,
): Promise<void> {
  if (show === undefined) return void await run(steps);
  await run(steps.slice(0, -1));
  show();
  await run(steps.slice(-1));
}
