/** Runs steps for a command: under the lock, with progress shown, and the terminal left whole. */
import { withLock } from "../steps/lock.ts";
import { type RunOutcome, runSteps } from "../steps/runner.ts";
import type { Step } from "../steps/step.ts";
import { VERSION } from "../version.ts";
import type { CommandContext } from "./context.ts";
import { progressFor } from "./progress.ts";

/** Runs steps whose caller holds the lock. */
export async function execute(
  context: CommandContext,
  command: string,
  steps: readonly Step[],
): Promise<RunOutcome> {
  const { host, dir, signal, out } = context;
  const progress = progressFor(host, out);
  try {
    return await runSteps(steps, {
      host,
      dir,
      command,
      version: VERSION,
      emit: progress.emit,
      signal,
    });
  } finally {
    progress.end();
  }
}

/** Takes the lock of the install directory for the whole of a command. */
export function locked<T>(
  context: CommandContext,
  command: string,
  body: () => Promise<T>,
): Promise<T> {
  return withLock(context.host, context.dir, command, body);
}
