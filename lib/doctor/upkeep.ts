/** Is the stack looked after: backups made and proven, alerts tested? Pure. */
import { age, type Found, found } from "./check.ts";

/** What is known of backups; empty: none was ever made. */
export interface BackupState {
  readonly lastAt?: Date;
  /** When one was last restored as a test, and was whole. */
  readonly provenAt?: Date;
  /** How long that took. */
  readonly provenSeconds?: number;
  /** Seconds from the backup before it to that one; absent for the first. */
  readonly provenRpoSeconds?: number;
  /** Whether the application had a say in it; absent where it was not written down. */
  readonly provenApplication?: "ready" | "not asked";
  /** When one was last put back, and how long that took. */
  readonly restoredAt?: Date;
  readonly restoredSeconds?: number;
  /** A restore did not come to its end. */
  readonly restoring?: true;
  /** The newest one was restored as a test, and was not whole. */
  readonly lastIsBad?: true;
  /** What was wrong with it, where that was written down. */
  readonly lastBadReason?: string;
  /** Every target of `backups.copy_to`. */
  readonly copies?: readonly {
    readonly target: string;
    readonly lastAt?: Date;
    readonly failure?: { readonly at: string; readonly reason: string; readonly hint: string };
  }[];
  /** What failed and has not succeeded since: `create`, `verify`; the newest first. */
  readonly failures?: readonly {
    readonly at: Date;
    readonly what: string;
    readonly reason: string;
  }[];
}

/** Where `alerts.backup_hours` is 0: a day, and some hours for a run that takes long. */
const BACKUP_HOURS = 30;
const PROOF_DAYS = 45;

export function judgeBackups(
  state: BackupState,
  { enabled, now, hours, keys }: {
    readonly enabled: boolean;
    readonly now: Date;
    /** `alerts.backup_hours` */
    readonly hours: number;
    /** Recovery keys, in `backups.recipients`. */
    readonly keys: number;
  },
): Found {
  const title = "Backups";
  if (!enabled) {
    return found("backups", title, "warn", "switched off (backups.enabled)", {
      hint: "rxdx-setup config set backups.enabled=true; rxdx-setup apply",
    });
  }
  const { lastAt, provenAt, failures = [], lastIsBad } = state;
  if (lastAt === undefined) {
    return found("backups", title, "warn", "no backup has been made", {
      hint: "rxdx-setup backup create",
    });
  }
  const seconds = (at: Date) => (now.getTime() - at.getTime()) / 1000;
  const last = seconds(lastAt);
  const text = `the last ${age(last)} ago`;
  if (lastIsBad === true) {
    return found("backups", title, "fail", `${text}, and restoring it as a test failed`, {
      hint: "rxdx-setup backup create; rxdx-setup backup verify",
    });
  }
  if (last > (hours || BACKUP_HOURS) * 3_600) {
    return found("backups", title, "warn", `${text}, which is too long`, {
      hint: "rxdx-setup backup create; rxdx-setup backup list",
    });
  }
  if (failures.length > 0) {
    const told = failures.map(({ at, what, reason }) =>
      `a later ${what === "create" ? "backup" : "test"} failed ${age(seconds(at))} ago: ${reason}`
    );
    return found("backups", title, "warn", [text, ...told].join("; "), {
      // A test comes after what it tests, whichever failed last.
      hint: failures.map(({ what }) => `rxdx-setup backup ${what}`).sort().join("; "),
    });
  }
  if (provenAt === undefined || seconds(provenAt) > PROOF_DAYS * 86_400) {
    const proven = provenAt === undefined ? "none was ever" : "none was lately";
    return found("backups", title, "warn", `${text}; ${proven} restored as a test`, {
      hint: "rxdx-setup backup verify",
    });
  }
  if (keys === 0) {
    return found("backups", title, "warn", `${text}; when this server is lost, nothing opens it`, {
      hint: "rxdx-setup backup key; rxdx-setup backup create",
    });
  }
  return found("backups", title, "ok", `${text}, proven ${age(seconds(provenAt))} ago`);
}

const TEST_DAYS = 90;

/** @param testedAt when a test message last went out through every channel */
export function judgeAlertTest(testedAt: Date | undefined, now: Date): Found {
  const title = "Alerts";
  const hint = "rxdx-setup check webhook; rxdx-setup check mail --to you@example.com";
  if (testedAt === undefined) {
    return found("alert-test", title, "warn", "never tested: nobody knows whether one arrives", {
      hint,
    });
  }
  const seconds = (now.getTime() - testedAt.getTime()) / 1000;
  return seconds > TEST_DAYS * 86_400
    ? found("alert-test", title, "warn", `last tested ${age(seconds)} ago`, { hint })
    : found("alert-test", title, "ok", `tested ${age(seconds)} ago`);
}

/** `tested_at` of `.rxdx/alerts.json`, in whatever version it was written. */
export function testedAt(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as { tested_at?: unknown } | null;
    const at = new Date(typeof value?.tested_at === "string" ? value.tested_at : Number.NaN);
    return Number.isNaN(at.getTime()) ? undefined : at;
  } catch {
    return undefined;
  }
}
