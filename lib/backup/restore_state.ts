/**
 * How far a restore has come, on disk before each part of it: what a run that was killed has left is taken
 * back, or brought to its end, by this alone. Pure.
 */

/** What can be put back beside a running stack. */
export const PARTS = ["database", "uploads"] as const;
export type Part = (typeof PARTS)[number];

/**
 * - `load`: the restored state is being made beside the present one, which serves. Thrown away.
 * - `swap`: the application is stopped, old and new change places. Taken back.
 * - `start`: the new state is in place and the application was told to start: somebody may have written
 *   to it since. Brought to its end when the application is ready, else taken back.
 * - `drop`: the new state has passed, the old one goes. Brought to its end.
 */
export type Phase = "load" | "swap" | "start" | "drop";

export interface RestoreState {
  readonly schema: 1;
  /** Eight hexadecimal digits, in the names of everything that this restore makes. */
  readonly id: string;
  readonly phase: Phase;
  /** Name of the backup. */
  readonly file: string;
  readonly parts: readonly Part[];
  /** ISO 8601: when it began. */
  readonly at: string;
}

const PHASES: readonly string[] = ["load", "swap", "start", "drop"];

/** Relative to the install directory. */
export const RESTORE_STATE = ".rxdx/restore.json";

/** `undefined` where there is none. @throws RangeError for what is no such state */
export function parseRestoreState(text: string | undefined): RestoreState | undefined {
  if (text === undefined) return undefined;
  let value: Partial<RestoreState> | null;
  try {
    value = JSON.parse(text) as Partial<RestoreState> | null;
  } catch {
    throw new RangeError("it is no JSON");
  }
  const sound = value?.schema === 1 && /^[0-9a-f]{8}$/.test(value.id ?? "") &&
    PHASES.includes(value.phase ?? "") && typeof value.file === "string" &&
    Array.isArray(value.parts);
  if (!sound) throw new RangeError("it is of no version that this program knows");
  return value as RestoreState;
}

/** Name of the database that is being restored. */
export function newDatabase(id: string): string {
  return `rxdx_restore_${id}`;
}

/** Name of the old database while the new one has its name. */
export function oldDatabase(id: string): string {
  return `rxdx_before_${id}`;
}

/** A restore that came to its end: how long it took is how long the next one may take. */
export interface LastRestore {
  readonly schema: 1;
  /** ISO 8601: when it ended. */
  readonly at: string;
  readonly file: string;
  /** ISO 8601: of the backup. */
  readonly backup_at: string;
  readonly parts: readonly Part[];
  /** From the first step to the last: what recovery takes (RTO). */
  readonly seconds: number;
  /** From the order to stop to the application's readiness. */
  readonly downtime_seconds: number;
}

/** Relative to the install directory. */
export const LAST_RESTORE = ".rxdx/last-restore.json";

/** `undefined` for a text that is no such record, whatever the reason. */
export function parseLastRestore(text: string | undefined): LastRestore | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Partial<LastRestore> | null;
    return value?.schema === 1 && typeof value.at === "string" &&
        typeof value.seconds === "number" && typeof value.downtime_seconds === "number"
      ? value as LastRestore
      : undefined;
  } catch {
    return undefined;
  }
}
