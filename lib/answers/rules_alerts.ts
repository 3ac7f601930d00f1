/** Rules of what `alerts` holds: intervals, and weekly windows in which nobody is told. Pure; part of `rules.ts`. */
import type { Rule } from "./rules.ts";

/** Minutes of a week, from Sunday 00:00 local time. */
export const WEEK_MINUTES = 7 * 24 * 60;
const DAY_MINUTES = 24 * 60;

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** One entry of `alerts.silence`. */
export interface SilenceWindow {
  /** Minutes of the week at which it begins, one for each day. */
  readonly starts: readonly number[];
  /** Minutes; at most a day. */
  readonly length: number;
}

function clockMinutes(hours: string, minutes: string): number | undefined {
  const value = Number(hours) * 60 + Number(minutes);
  return Number(minutes) < 60 && value <= DAY_MINUTES ? value : undefined;
}

/** `sun 02:00-04:00`, `mon-fri 22:00-06:00`, `daily 03:00-03:30`; `undefined` for anything else. */
export function parseSilence(text: string): SilenceWindow | undefined {
  const match = /^(daily|([a-z]{3})(?:-([a-z]{3}))?) (\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(text);
  if (match === null) return undefined;
  const [, days, first = "", last = first, h1 = "", m1 = "", h2 = "", m2 = ""] = match;
  const from = clockMinutes(h1, m1);
  const to = clockMinutes(h2, m2);
  if (from === undefined || to === undefined || from === DAY_MINUTES || from === to) {
    return undefined;
  }
  const [begin, end] = days === "daily" ? [0, 6] : [DAYS.indexOf(first), DAYS.indexOf(last)];
  if (begin < 0 || end < 0) return undefined;
  const count = (end - begin + 7) % 7 + 1;
  return {
    starts: Array.from({ length: count }, (_, index) => (begin + index) % 7 * DAY_MINUTES + from),
    // One that ends before it begins goes on past midnight.
    length: to > from ? to - from : to + DAY_MINUTES - from,
  };
}

export const silenceWindow: Rule<string> = {
  text: "be days and two times of day: sun 02:00-04:00, mon-fri 22:00-06:00 or daily 03:00-03:30",
  holds: (value) => parseSilence(value) !== undefined,
  suggest: (value) =>
    value.trim().toLowerCase().replace(/\s*-\s*/g, "-").replace(/\s+/g, " ")
      .replace(/\b(sun|mon|tue|wed|thu|fri|sat)[a-z]+/g, "$1")
      .replace(/(^|[ -])(\d):/g, "$10$2:"),
};

/** cron counts minutes within an hour: only divisors of it come at even distances. */
export const timerMinutes: Rule<number> = {
  text: "be 0 (no timer) or a divisor of 60 up to 30: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30",
  holds: (value) =>
    Number.isInteger(value) && value >= 0 && value <= 30 &&
    (value === 0 || 60 % value === 0),
};
