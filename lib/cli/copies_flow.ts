/**
 * Bringing backups to every target, as `create`, `run` and `copy` do it. One target that fails keeps neither
 * the others from their copies nor the backup from being one. Their caller holds the lock.
 */
import { type CopyTarget, copyTargets } from "../answers/rules_copies.ts";
import type { KnownBackup } from "../backup/record.ts";
import { Cancelled, SetupError } from "../errors.ts";
import { openPlace } from "../operations/backup/copies/open.ts";
import { planCopies } from "../operations/backup/copies/plan.ts";
import { forgetTargets, notedCopy } from "../operations/backup/copies/state.ts";
import { copySteps } from "../operations/backup/copies/steps.ts";
import type { BackupScene } from "../operations/backup/scene.ts";
import type { CommandContext } from "./context.ts";
import { execute } from "./execute.ts";
import { addressHint } from "./hints.ts";
import { dirFlag } from "./summary.ts";

export interface CopyOutcome {
  readonly target: string;
  readonly ok: boolean;
  /** Backups that were copied now. */
  readonly copied: readonly string[];
  readonly reason?: string;
  readonly hint?: string;
}

export interface CopyOptions {
  /** All of `backups.copy_to` where it is absent. */
  readonly targets?: readonly CopyTarget[];
  /** This one alone, and nothing is removed there. */
  readonly only?: KnownBackup;
}

/** Never throws for a target; for Ctrl-C and mistakes of this program it does. */
export async function copyBackups(
  context: CommandContext,
  scene: BackupScene,
  { targets, only }: CopyOptions = {},
): Promise<CopyOutcome[]> {
  const { host, dir, signal } = context;
  const configured = copyTargets(scene.install.answers.backups.copy_to);
  await forgetTargets(host, dir, configured.map((each) => each.text));
  const outcomes: CopyOutcome[] = [];
  for (const target of targets ?? configured) {
    if (signal.aborted) throw new Cancelled();
    // What is no target of rxdx.yml is not looked after, so that nobody has to be told of it later.
    const kept = configured.some((each) => each.text === target.text);
    try {
      // Nothing is removed where retention was never asked for: a disk for the archive keeps what it has.
      const body = () =>
        toTarget(context, scene, target, { only, prune: kept && only === undefined });
      const copied = kept ? await notedCopy(host, dir, target.text, signal, body) : await body();
      if (!kept) await forgetTargets(host, dir, configured.map((each) => each.text));
      outcomes.push({ target: target.text, ok: true, copied });
    } catch (error) {
      if (signal.aborted) throw new Cancelled();
      if (!(error instanceof SetupError) || error instanceof Cancelled) throw error;
      outcomes.push({
        target: target.text,
        ok: false,
        copied: [],
        reason: error.message,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      });
    }
  }
  return outcomes;
}

async function toTarget(
  context: CommandContext,
  scene: BackupScene,
  target: CopyTarget,
  { only, prune }: { readonly only: KnownBackup | undefined; readonly prune: boolean },
): Promise<string[]> {
  const place = await openPlace(context.host, target, scene.install.answers.backups);
  try {
    const plan = await planCopies(scene, place, only);
    const steps = copySteps({ scene, place }, plan, prune);
    await execute(context, "backup copy", steps);
    return plan.missing.map((each) => each.file);
  } finally {
    await place.close();
  }
}

/** What went wrong, on standard error: the backup itself is well. */
export function tellCopies(context: CommandContext, outcomes: readonly CopyOutcome[]): void {
  for (const { reason, hint } of outcomes) {
    if (reason === undefined) continue;
    const text = `The backup is here, and its copy failed: ${reason}`;
    context.out.note(`${text}\n  → ${addressHint(hint ?? "", dirFlag(context))}`);
  }
}
