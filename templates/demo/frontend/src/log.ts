/** Messages to the browser's console from `VITE_LOG_LEVEL` (debug, info, warn, error) upwards. */

const LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];

const threshold = LEVELS.findIndex((level) => level === import.meta.env.VITE_LOG_LEVEL);

export function log(level: Level, message: string, details?: unknown): void {
  if (LEVELS.indexOf(level) < (threshold < 0 ? LEVELS.indexOf("warn") : threshold)) return;
  console[level](`rxdx: ${message}`, ...(details === undefined ? [] : [details]));
}
