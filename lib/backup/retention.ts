/** Which backups are kept: the newest of each day, week and month, as far back as was asked for. Pure. */
import type { BackupName } from "./names.ts";

/** How many days, weeks and months that have a backup keep one. */
export interface Keep {
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
}

export interface Kept<T> {
  readonly backup: T;
  /** `newest`, `verified`, `day 2026-03-14`, `week 2026-W11`, `month 2026-03`; empty: it may go. */
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

/**
 * The newest and the last verified one stay whatever was asked for. Days, weeks and months are those
 * that have a backup: who makes none for a month has not lost those before it.
 *
 * @param verified time of the last backup that was restored as a test and was whole
 */
export function decideKept<T extends Pick<BackupName, "at">>(
  backups: readonly T[],
  keep: Keep,
  verified: Date | undefined,
): Kept<T>[] {
  const newestFirst = [...backups].sort((a, b) => b.at.getTime() - a.at.getTime());
  const reasons = new Map<T, string[]>(newestFirst.map((each) => [each, []]));
  const say = (backup: T, why: string) => reasons.get(backup)?.push(why);
  const [newest] = newestFirst;
  if (newest !== undefined) say(newest, "newest");
  for (const each of newestFirst) {
    if (verified !== undefined && each.at.getTime() === verified.getTime()) say(each, "verified");
  }
  const periods = [
    ["day", keep.daily, (at: Date) => at.toISOString().slice(0, 10)],
    ["week", keep.weekly, isoWeek],
    ["month", keep.monthly, (at: Date) => at.toISOString().slice(0, 7)],
  ] as const;
  for (const [word, count, periodOf] of periods) {
    const seen = new Set<string>();
    for (const each of newestFirst) {
      const period = periodOf(each.at);
      if (seen.has(period)) continue;
      if (seen.size === count) break;
      seen.add(period);
      say(each, `${word} ${period}`);
    }
  }
  return newestFirst.map((backup) => ({ backup, because: reasons.get(backup) ?? [] }));
}
