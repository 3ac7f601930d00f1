/**
 * Points in time as operators type them: `10m` and `2h30m` ago, `2026-01-31`, `2026-01-31T08:00` in the
 * machine's own zone or with one given. Pure; used for `logs --since` and `--until`.
 */

const MILLISECONDS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const AGO = /^(?:\d+[smhdw])+$/;
const DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** Milliseconds since the epoch, or `undefined` when the text is no point in time. */
export function momentOf(text: string, now: Date): number | undefined {
  const wanted = text.trim();
  if (AGO.test(wanted)) {
    let ago = 0;
    for (const [, count = "", unit = ""] of wanted.matchAll(/(\d+)([smhdw])/g)) {
      ago += Number(count) * (MILLISECONDS[unit] ?? 0);
    }
    // Before the epoch there is nothing, and nothing that Docker would take.
    return Math.max(0, now.getTime() - ago);
  }
  const parts = DATE.exec(wanted);
  if (parts === null) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.slice(1, 7)
    .map((each) => Number(each ?? 0));
  const fraction = Number(`0.${parts[7] ?? 0}`) * 1_000;
  const zone = parts[8];
  const utc = Date.UTC(year, month - 1, day, hour, minute, second);
  // A day that the month does not have is carried over by Date: then it was none.
  const said = new Date(utc);
  if (said.getUTCMonth() !== month - 1 || said.getUTCDate() !== day) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  if (zone === undefined) {
    return new Date(year, month - 1, day, hour, minute, second).getTime() + fraction;
  }
  const [, sign = "+", hours = "0", minutes = "0"] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return utc + fraction - (sign === "-" ? -offset : offset);
}
