/** Runs steps for a command: under the lock, with progress shown, and the terminal left whole. */
import type { AuditFacts } from "../audit/entry.ts";
import { recorded } from "../audit/recorder.ts";
import { EXIT, SetupError } from "../errors.ts";
import { readUnfinished } from "../operations/upgrade/records.ts";
import { unfinishedText } from "../upgrade/record.ts";
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

/** What would start, or write down, one of the two versions between which an upgrade stands. */
const WAITS_FOR_UPGRADE =
  /^(init|scale|start|restart|config |doctor|secrets rotate|backup (restore|key)|tls import|admin )/;

/**
 * Takes the lock of the install directory for the whole of a command.
 *
 * @throws SetupError `upgrade_unfinished` (exit 5) for what must not happen in the middle of an upgrade
 */
export function locked<T>(
  context: CommandContext,
  command: string,
  body: () => Promise<T>,
): Promise<T> {
  const { host, dir } = context;
  return withLock(host, dir, command, async () => {
    const pending = WAITS_FOR_UPGRADE.test(command) ? await readUnfinished(host, dir) : undefined;
    if (pending === undefined) return await body();
    throw new SetupError({
      code: "upgrade_unfinished",
      message: unfinishedText(pending),
      hint: pending.phase === "rolling-back"
        ? "rxdx-setup rollback goes on with it"
        : "rxdx-setup upgrade goes on with it; rxdx-setup rollback returns to the version before",
      exit: EXIT.apply,
    });
  });
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
