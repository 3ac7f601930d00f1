/**
 * What is written down of a backup beside it, unencrypted: nothing of its content, enough to list it,
 * to tell whether the file is still the same, and whether it was ever proven. Pure.
 */
import type { Manifest } from "./manifest.ts";
import { type BackupName, recordFile } from "./names.ts";

/** A restore into a scratch database, and what came of it. */
export interface Proof {
  /** ISO 8601. */
  readonly at: string;
  readonly ok: boolean;
  /** What the restore took: recovery takes about as long (RTO). */
  readonly seconds: number;
  /**
   * Seconds between the snapshot of the backup before and of this one: what was written in them could have been
   * lost until this one was made (RPO). Absent for the first.
   */
  readonly rpo_seconds?: number;
  /** What was wrong; absent where nothing was. */
  readonly reason?: string;
  /**
   * Whether the application itself was ready on the restored database. `not asked`: in development, or
   * while the backend was not well. Absent in a proof by a version before this.
   */
  readonly application?: "ready" | "not asked";
}

export interface BackupRecord {
  readonly schema: 1;
  readonly file: string;
  readonly stack: string;
  readonly environment: string;
  readonly version: string;
  /** ISO 8601: of the snapshot. */
  readonly at: string;
  readonly seconds: number;
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the encrypted file. */
  readonly sha256: string;
  /** Who can open it; empty with a passphrase. */
  readonly recipients: readonly string[];
  readonly database_bytes: number;
  readonly tables: number;
  readonly rows: number;
  readonly graphs: number;
  readonly uploads: number;
  /** The state that a restore has replaced; `latest` never means it. */
  readonly before_restore?: true;
  readonly proof?: Proof;
}

/** `undefined` for a text that is no such record, whatever the reason. */
export function parseRecord(text: string | undefined): BackupRecord | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Partial<BackupRecord> | null;
    return value?.schema === 1 && typeof value.file === "string" &&
        typeof value.sha256 === "string" && Array.isArray(value.recipients)
      ? value as BackupRecord
      : undefined;
  } catch {
    return undefined;
  }
}

/** What the manifest tells of its backup; the rest is known to who wrote or read the file. */
export function recordOf(
  manifest: Manifest,
  file: Pick<BackupRecord, "file" | "seconds" | "bytes" | "sha256">,
): BackupRecord {
  const { stack, environment, version, at, database, tables, graphs, uploads } = manifest;
  return {
    schema: 1,
    ...file,
    stack,
    environment,
    version,
    at,
    recipients: manifest.recipients ?? [],
    database_bytes: database.bytes,
    tables: tables.length,
    rows: tables.reduce((sum, each) => sum + each.rows, 0),
    graphs: graphs.length,
    uploads: uploads.files,
    ...(manifest.before_restore === true ? { before_restore: true } : {}),
  };
}

/**
 * True for a record that was lost and is written again: little is in it, and nothing that was written with
 * the backup. Every other one names the version that wrote it.
 */
export function isRebuilt(record: BackupRecord): boolean {
  return record.version === "";
}

export function recordText(record: BackupRecord): string {
  return JSON.stringify(record, null, 2) + "\n";
}

/** A finished backup on disk with what is known of it. */
export interface KnownBackup extends BackupName {
  /** Bytes on disk. */
  readonly size: number;
  /** Absent where the record was lost: the backup is whole all the same. */
  readonly record?: BackupRecord;
}

/** Names of files that go together. */
export function filesOf(file: string): readonly string[] {
  return [file, recordFile(file)];
}

/** The last failure of one thing that the timer does, until its next success. */
export interface BackupFailure {
  /** ISO 8601. */
  readonly failed_at: string;
  /** `create` or `verify`. */
  readonly what: string;
  readonly reason: string;
}

/** The reason of a failure in one line; what followed its colon is not told. */
export function shortReason(text: string): string {
  return (text.split("\n")[0] ?? "").replace(/:$/, "");
}

function isFailure(value: Partial<BackupFailure> | null): value is BackupFailure {
  return typeof value?.failed_at === "string" && !Number.isNaN(Date.parse(value.failed_at)) &&
    typeof value.what === "string" && typeof value.reason === "string";
}

/**
 * `.rxdx/backups.json`: what failed and has not succeeded since, the newest first, one of each kind. Nothing is
 * known where the text is none of ours.
 */
export function parseFailures(text: string | undefined): BackupFailure[] {
  if (text === undefined) return [];
  try {
    const value = JSON.parse(text) as
      | (Partial<BackupFailure> & { readonly schema?: unknown; readonly failures?: unknown })
      | null;
    if (value?.schema !== 1) return [];
    const { failures } = value;
    if (Array.isArray(failures)) return (failures as (BackupFailure | null)[]).filter(isFailure);
    // There was room for one failure only.
    if (!isFailure(value)) return [];
    const { failed_at, what, reason } = value;
    return [{ failed_at, what, reason }];
  } catch {
    return [];
  }
}

export function failuresText(failures: readonly BackupFailure[]): string {
  return JSON.stringify({ schema: 1, failures }, null, 2) + "\n";
}
