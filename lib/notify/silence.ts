/** When nobody is to be told: what the operator said, and the weekly windows of `rxdx.yml`. Pure. */
import { parseSilence, WEEK_MINUTES } from "../answers/rules_alerts.ts";
import type { AlertState } from "./state.ts";

const MINUTE_MS = 60_000;

/** The longest that a silence may be: longer ones are forgotten, not wanted. */
export const MAX_SILENCE_MS = 30 * 24 * 3_600_000;

/** Milliseconds of `30m`, `2h`, `1d`, `1h30m`; `undefined` for anything else, and beyond 30 days. */
export function parseDuration(text: string): number | undefined {
  const match = /^(?:(\d{1,3})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, days = "0", hours = "0", minutes = "0"] = match;
  const value = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * MINUTE_MS;
  return value > 0 && value <= MAX_SILENCE_MS ? value : undefined;
}

/** Until when nobody is told, local time counted for the windows; `undefined`: told at once. */
export function silencedUntil(
  state: Pick<AlertState, "silence">,
  windows: readonly string[],
  now: Date,
): Date | undefined {
  let until = now;
  // Windows that touch, and a silence that ends in one, are one silence; a week of them is enough.
  for (let round = 0; round < 2 * windows.length + 8; round++) {
    const next = endOf(state, windows, until);
    if (next === undefined || next <= until || next.getTime() - now.getTime() > MAX_SILENCE_MS) {
      break;
    }
    until = next;
  }
  return until > now ? until : undefined;
}

function endOf(
  { silence }: Pick<AlertState, "silence">,
  windows: readonly string[],
  at: Date,
): Date | undefined {
  const ends: number[] = [];
  if (silence !== null && at.getTime() < Date.parse(silence.until)) {
    ends.push(Date.parse(silence.until));
  }
  const minute = at.getDay() * 24 * 60 + at.getHours() * 60 + at.getMinutes();
  const begun = at.getTime() - at.getSeconds() * 1000 - at.getMilliseconds();
  for (const { starts, length } of windows.map(parseSilence).filter((each) => each !== undefined)) {
    for (const start of starts) {
      const passed = (minute - start + WEEK_MINUTES) % WEEK_MINUTES;
      if (passed < length) ends.push(begun + (length - passed) * MINUTE_MS);
    }
  }
  return ends.length === 0 ? undefined : new Date(Math.max(...ends));
}
