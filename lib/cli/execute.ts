/** Runs steps for a command: under the lock, with progress shown, and the terminal left whole. */
import type { AuditFacts } from "../audit/entry.ts";
import { recorded } from "../audit/recorder.ts";
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
  const { host, dir, signal, out, argv } = context;
  const progress = progressFor(host, out);
  try {
    return await runSteps(steps, {
      host,
      dir,
      command,
      argv,
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

/** Puts a change that is made without steps into the record; its caller holds the lock. */
export function recordedChange<T>(
  context: CommandContext,
  command: string,
  facts: AuditFacts,
  change: () => Promise<T>,
): Promise<T> {
  const { host, dir, argv } = context;
  return recorded({ host, dir, command, argv, locked: true, facts }, change);
}
