/** A time in cron's five fields, as systemd spells it. Pure. */

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** Numbers that one field means, `*` being all of them. */
function numbers(field: string, low: number, high: number): number[] {
  const found = new Set<number>();
  for (const part of field.split(",")) {
    const [range = "*", step] = part.split("/");
    const [from = low, to] = range === "*" ? [low, high] : range.split("-").map(Number);
    const end = to ?? (step === undefined ? from : high);
    for (let at = from; at <= end; at += Number(step ?? 1)) found.add(at);
  }
  return [...found].sort((a, b) => a - b);
}

function list(field: string, low: number, high: number): string {
  return field === "*"
    ? "*"
    : numbers(field, low, high).map((each) => String(each).padStart(2, "0")).join(",");
}

/**
 * Values of `OnCalendar=`. Two where both the day of the month and that of the week are named: cron takes
 * either, systemd would want both.
 *
 * @param cron five valid fields
 */
export function onCalendar(cron: string): string[] {
  const [minute = "*", hour = "*", day = "*", month = "*", weekday = "*"] = cron.trim().split(
    /\s+/,
  );
  const time = `${list(hour, 0, 23)}:${list(minute, 0, 59)}:00`;
  const months = list(month, 1, 12);
  const days = new Set(numbers(weekday, 0, 7).map((each) => each % 7));
  const week = weekday === "*"
    ? undefined
    : WEEKDAYS.filter((_, index) => days.has(index)).join(",");
  const dated = (days: string) => `*-${months}-${days} ${time}`;
  if (week === undefined) return [dated(list(day, 1, 31))];
  // A field that begins with a star restricts nothing for cron's either-or.
  if (day === "*") return [`${week} ${dated("*")}`];
  return [dated(list(day, 1, 31)), `${week} ${dated("*")}`];
}
