/** Numbers as people read them on a screen. Pure. */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** Three significant digits at most, and never a fourth by rounding up. */
function digits(value: number): string {
  if (value >= 99.95 || Number.isInteger(value)) return value.toFixed(0);
  return value.toFixed(1);
}

function scaled(bytes: number): { value: number; unit: (typeof UNITS)[number] } {
  let value = Math.max(0, bytes);
  let step = 0;
  while (value >= 1023.5 && step < UNITS.length - 1) {
    value /= 1024;
    step += 1;
  }
  return { value, unit: UNITS[step] ?? "B" };
}

/** `12.3 MiB` (binary units). */
export function bytes(count: number): string {
  const { value, unit } = scaled(count);
  return `${digits(value)} ${unit}`;
}

/** `12.3M`, for narrow screens (binary units). */
export function shortBytes(count: number): string {
  const { value, unit } = scaled(count);
  return `${digits(value)}${unit[0]}`;
}

/** `0.3 %`, `100 %`. */
export function percent(value: number): string {
  return `${value >= 99.95 ? value.toFixed(0) : value.toFixed(1)} %`;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The largest unit alone: `42s`, `5m`, `3h`, `12d`. */
export function age(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h`;
  return `${Math.floor(ms / DAY)}d`;
}

/** The two largest units: `42s`, `5m 12s`, `3h 04m`, `12d 3h`. */
export function duration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m ${two(ms % HOUR % MINUTE / SECOND)}s`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h ${two(ms % DAY % HOUR / MINUTE)}m`;
  return `${Math.floor(ms / DAY)}d ${Math.floor(ms % DAY / HOUR)}h`;
}

/** `12,345`. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** `1 problem`, `2 problems`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** `08:15:00` in the zone that is this many minutes ahead of UTC. */
export function timeOfDay(at: number, zoneMinutes: number): string {
  return new Date(at + zoneMinutes * MINUTE).toISOString().slice(11, 19);
}
