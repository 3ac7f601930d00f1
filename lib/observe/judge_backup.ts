/** What is wrong with backups, as problems of the status; part of `judge.ts`. Pure. */
import type { StatusProblem } from "./status.ts";

/** What is known of the backups of this stack. */
export interface BackupFindings {
  /** `backups.enabled` */
  readonly wanted: boolean;
  /** Hours after which the newest is too old (`alerts.backup_hours`); 0: it never is. */
  readonly hours: number;
  readonly lastAt?: Date | undefined;
  /** The newest one was restored as a test, and was not whole. */
  readonly lastIsBad?: boolean | undefined;
  /** What was wrong with it. */
  readonly lastBadReason?: string | undefined;
  /** What failed and has not succeeded since, one of `create` and of `verify`. */
  readonly failures?:
    | readonly { readonly at: Date; readonly what: string; readonly reason: string }[]
    | undefined;
  /** Every target of `backups.copy_to`. */
  readonly copies?:
    | readonly {
      readonly target: string;
      /** When the newest copy there was verified. */
      readonly lastAt?: Date;
      readonly failure?: { readonly at: string; readonly reason: string; readonly hint: string };
    }[]
    | undefined;
  /** A restore did not come to its end, and nobody is at work on it. */
  readonly restoring?: boolean | undefined;
  /** A stack without a backup is given as long as one with an old one. */
  readonly installedAt?: Date | undefined;
}

const HOUR_MS = 3_600_000;

export function backupProblems(found: BackupFindings | undefined, now: Date): StatusProblem[] {
  if (found === undefined) return [];
  const problems: StatusProblem[] = [];
  if (found.restoring === true) {
    problems.push({
      code: "restore_interrupted",
      severity: "critical",
      message: "A restore did not come to its end; the stack is between two states.",
      hint: "rxdx-setup start",
    });
  }
  if (found.lastIsBad === true) {
    problems.push({
      code: "backup_bad",
      severity: "critical",
      message: "The newest backup was restored as a test, and was not whole" +
        `${found.lastBadReason === undefined ? "." : `: ${found.lastBadReason}`}`,
      hint: "rxdx-setup backup create; rxdx-setup backup verify",
    });
  }
  for (const { at, what, reason } of found.failures ?? []) {
    // That it is bad says more than that a test of it failed.
    if (what === "verify" && found.lastIsBad === true) continue;
    problems.push({
      code: "backup_failed",
      // Told apart: each is news, and over by its own success.
      subject: what,
      severity: "warning",
      message: `${what === "create" ? "The last backup" : "The last test of a backup"} failed at ` +
        `${at.toISOString()}: ${reason}`,
      hint: `rxdx-setup backup ${what}`,
    });
  }
  problems.push(...copyProblems(found, now));
  const since = found.lastAt ?? found.installedAt;
  if (
    found.wanted && found.hours > 0 && since !== undefined &&
    now.getTime() - since.getTime() > found.hours * HOUR_MS
  ) {
    const hours = Math.floor((now.getTime() - since.getTime()) / HOUR_MS);
    problems.push({
      code: "backup_old",
      severity: "warning",
      message: found.lastAt === undefined
        ? `There is no backup, ${hours} hours after the installation.`
        : `The newest backup is ${hours} hours old.`,
      hint: "rxdx-setup backup create; rxdx-setup backup schedule",
    });
  }
  return problems;
}

/** A copy that fails, or that was not made for as long as a backup may be old while backups were. */
function copyProblems(
  { copies = [], hours, lastAt }: BackupFindings,
  now: Date,
): StatusProblem[] {
  return copies.flatMap(({ target, lastAt: copied, failure }): StatusProblem[] => {
    if (failure !== undefined) {
      return [{
        code: "copy_failed",
        subject: target,
        severity: "warning",
        message: `The copy of backups failed at ${failure.at}: ${failure.reason}`,
        hint: failure.hint,
      }];
    }
    const old = hours > 0 && lastAt !== undefined && copied !== undefined &&
      now.getTime() - copied.getTime() > hours * HOUR_MS &&
      lastAt.getTime() - copied.getTime() > HOUR_MS;
    return !old ? [] : [{
      code: "copy_old",
      subject: target,
      severity: "warning",
      message: `The newest copy at ${target} is ${
        Math.floor((now.getTime() - copied.getTime()) / HOUR_MS)
      } hours old.`,
      hint: "rxdx-setup backup copy",
    }];
  });
}
