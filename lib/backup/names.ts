/** How a backup is called: by its stack and the second of its snapshot, in UTC. Pure. */

/** `rxdx-20260314T101500Z.tar.age` */
const PATTERN = /^(?<stack>[a-z0-9][a-z0-9_-]*)-(?<time>\d{8}T\d{6}Z)\.tar\.age$/;

export interface BackupName {
  readonly file: string;
  readonly stack: string;
  /** To the second. */
  readonly at: Date;
}

/** `20260314T101500Z` */
function compact(at: Date): string {
  return at.toISOString().replace(/[-:]|\.\d+/g, "");
}

export function backupFile(stack: string, at: Date): string {
  return `${stack}-${compact(at)}.tar.age`;
}

/** `undefined` for the name of anything that is no finished backup. */
export function parseBackupFile(file: string): BackupName | undefined {
  const { stack, time } = PATTERN.exec(file)?.groups ?? {};
  if (stack === undefined || time === undefined) return undefined;
  const at = new Date(time.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  // The 31st of February is no time, however well it is spelled.
  return Number.isNaN(at.getTime()) || compact(at) !== time ? undefined : { file, stack, at };
}

/** Backups of one stack among names, of any stack where none is named; the newest first. */
export function backupsAmong(names: readonly string[], stack?: string): BackupName[] {
  return names.flatMap((name) => parseBackupFile(name) ?? [])
    .filter((each) => stack === undefined || each.stack === stack)
    .sort((a, b) => b.at.getTime() - a.at.getTime());
}

/** What is being written: hidden, and ends as no backup does. */
export function partialFile(file: string): string {
  return `.${file}.partial`;
}

/** True for what a create that was killed has left of this stack. */
export function isPartial(name: string, stack: string): boolean {
  const match = /^\.(.+)\.partial$/.exec(name);
  return match !== null && parseBackupFile(match[1] ?? "")?.stack === stack;
}

/** What is written down of a backup, beside it. */
export function recordFile(file: string): string {
  return file.replace(/\.tar\.age$/, ".json");
}

/** True for the record of a backup of this stack that is not there (any more). */
export function isOrphanRecord(name: string, stack: string, names: readonly string[]): boolean {
  if (!name.endsWith(".json")) return false;
  const file = name.replace(/\.json$/, ".tar.age");
  return parseBackupFile(file)?.stack === stack && !names.includes(file);
}
