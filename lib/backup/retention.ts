/** Which backups are kept: the newest of each day, week and month, as far back as was asked for. Pure. */
import type { BackupName } from "./names.ts";

/** How many days, weeks and months that have a backup keep one. */
export interface Keep {
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
}

/** What is decided about. */
export interface Candidate extends Pick<BackupName, "at"> {
  /** How its last proof ended; absent where there was none. */
  readonly proven?: boolean;
  /** What a restore has replaced: a state that somebody wanted to be rid of. */
  readonly beforeRestore?: boolean;
  /** A rollback goes back to it, or has made it. */
  readonly forRollback?: boolean;
}

export interface Kept<T> {
  readonly backup: T;
  /** `newest`, `verified`, `rollback`, `day 2026-03-14`, `week 2026-W11` and the like; empty: it may go. */
  readonly because: readonly string[];
}

/** ISO 8601 week of a UTC date: it belongs to the year that has its Thursday. */
export function isoWeek(at: Date): string {
  const thursday = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()));
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7));
  const year = thursday.getUTCFullYear();
  const week = Math.ceil(((thursday.getTime() - Date.UTC(year, 0, 1)) / 86_400_000 + 1) / 7);
  return `${year}-W${String(week).padStart(2, "0")}`;
}

const DAY_MS = 86_400_000;

/** How long the state before a restore is kept. */
const BEFORE_RESTORE_DAYS = 7;

/**
 * The newest and the last verified one stay whatever was asked for. Days, weeks and months are those
 * that have a backup: who makes none for a month has not lost those before it. One that failed its proof
 * stands for no day; it stays until a later one was proven, as the last hope. What was made within a day
 * of the newest stays as well: it may be the one from before a change. The state before a restore stands for no
 * day either, and stays for seven. What `rollback` needs stays for as long as there is a way back.
 */
export function decideKept<T extends Candidate>(backups: readonly T[], keep: Keep): Kept<T>[] {
  const newestFirst = [...backups].sort((a, b) => b.at.getTime() - a.at.getTime());
  const reasons = new Map<T, string[]>(newestFirst.map((each) => [each, []]));
  const say = (backup: T, why: string) => reasons.get(backup)?.push(why);
  const [newest] = newestFirst;
  if (newest !== undefined) say(newest, "newest");
  const verified = newestFirst.find((each) => each.proven === true);
  if (verified !== undefined) say(verified, "verified");
  for (const each of newestFirst) if (each.forRollback === true) say(each, "rollback");
  for (const each of newestFirst) {
    if (each.proven !== false) continue;
    if (verified === undefined || verified.at < each.at) say(each, "no later one is proven");
  }
  for (const each of newestFirst) {
    const age = (newest?.at.getTime() ?? 0) - each.at.getTime();
    if (each.beforeRestore === true && age < BEFORE_RESTORE_DAYS * DAY_MS) {
      say(each, "before a restore");
    } else if (each !== newest && each.proven !== false && age < DAY_MS) {
      say(each, "of the last 24 hours");
    }
  }
  const sound = newestFirst
    .filter((each) => each.proven !== false && each.beforeRestore !== true);
  const periods = [
    ["day", keep.daily, (at: Date) => at.toISOString().slice(0, 10)],
    ["week", keep.weekly, isoWeek],
    ["month", keep.monthly, (at: Date) => at.toISOString().slice(0, 7)],
  ] as const;
  for (const [word, count, periodOf] of periods) {
    const seen = new Set<string>();
    for (const each of sound) {
      const period = periodOf(each.at);
      if (seen.has(period)) continue;
      if (seen.size === count) break;
      seen.add(period);
      say(each, `${word} ${period}`);
    }
  }
  return newestFirst.map((backup) => ({ backup, because: reasons.get(backup) ?? [] }));
}
