/**
 * The time stamp that the daemon puts in front of every log line, read at the rate at which lines come:
 * nearly all of them have one form, and thousands in a row are of the same minute. That minute is
 * remembered, which changes no result. Used by everything that reads logs. Pure.
 */

/** Characters of `2026-01-31T08:15:00.123456789Z`, as nearly every logging driver writes it. */
const LENGTH = 30;

/** Any RFC 3339 time in front of a line; the `local` driver writes the daemon's own zone. */
const ANY = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)(?= |$)/;

const ZERO = 0x30;

/** Whether a line begins with a stamp of the usual form and a space. */
function isUsual(text: string): boolean {
  return text.charCodeAt(LENGTH - 1) === 0x5a && text.charCodeAt(19) === 0x2e &&
    text.charCodeAt(10) === 0x54 && text.charCodeAt(4) === 0x2d && text.charCodeAt(16) === 0x3a &&
    (text.length === LENGTH || text.charCodeAt(LENGTH) === 0x20);
}

/** The stamp of a raw line as it is written there; empty when it has none. */
export function stampOf(text: string): string {
  return isUsual(text) ? text.slice(0, LENGTH) : ANY.exec(text)?.[0] ?? "";
}

/** The stamp of a raw line in UTC with nine digits, so that text order is time order; empty for none. */
export function sortStamp(text: string): string {
  if (isUsual(text)) return text.slice(0, LENGTH);
  const [, seconds = "", fraction = "", zone = ""] = ANY.exec(text) ?? [];
  const utc = new Date(`${seconds}${zone}`);
  if (seconds === "" || Number.isNaN(utc.getTime())) return "";
  return `${utc.toISOString().slice(0, 19)}.${fraction.padEnd(9, "0")}Z`;
}

/** `2026-01-31T08:15:` and its time. */
let minute = "";
let minuteAt = 0;

/** Milliseconds since the epoch of a stamp, by whole milliseconds; `NaN` when it is none. */
export function stampTime(stamp: string): number {
  if (!isUsual(stamp)) return Date.parse(stamp);
  if (!stamp.startsWith(minute) || minute === "") {
    minute = stamp.slice(0, 17);
    minuteAt = Date.parse(`${minute}00Z`);
  }
  const digit = (at: number) => stamp.charCodeAt(at) - ZERO;
  return minuteAt + digit(17) * 10_000 + digit(18) * 1_000 + digit(20) * 100 + digit(21) * 10 +
    digit(22);
}
