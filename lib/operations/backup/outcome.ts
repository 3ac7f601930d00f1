/** What is written down after a backup or a proof: beside the backup, and of what failed last. */
import { recordFile } from "../../backup/names.ts";
import {
  type BackupFailure,
  type BackupRecord,
  failuresText,
  isRebuilt,
  type KnownBackup,
  parseFailures,
  type Proof,
  recordOf,
  recordText,
  shortReason,
} from "../../backup/record.ts";
import { Cancelled, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import type { Install } from "../install.ts";
import type { ReadBackup } from "./read.ts";
import { type BackupScene, knownBackups } from "./scene.ts";

function failuresPath(dir: string): string {
  return `${dir}/.rxdx/backups.json`;
}

/** What failed and has not succeeded since, the newest first. */
export async function readFailures(host: Host, dir: string): Promise<BackupFailure[]> {
  return parseFailures(await host.files.readText(failuresPath(dir)).catch(() => undefined));
}

async function writeFailures(
  host: Host,
  dir: string,
  failures: readonly BackupFailure[],
): Promise<void> {
  const path = failuresPath(dir);
  if (failures.length === 0) return await host.files.remove(path);
  await host.files.writeAtomic(path, failuresText(failures), { mode: 0o600 });
}

/** Errors that speak of the backup itself, and not of the machine that could not prove it. */
const OF_THE_BACKUP = ["backup_damaged", "backup_not_proven"];

/**
 * Runs it; a failure is written down for status and alerts, a success of the same kind takes that away.
 * Who calls it holds the lock.
 *
 * @param mistakes codes of errors that are the operator's own, and say nothing of the backups
 */
export async function noted<T>(
  host: Host,
  dir: string,
  what: "create" | "verify",
  body: () => Promise<T>,
  mistakes: readonly string[] = [],
): Promise<T> {
  try {
    const result = await body();
    // A backup that was made says nothing of a proof that failed, nor does a proof of one that was not made.
    const failures = await readFailures(host, dir);
    const left = failures.filter((each) => each.what !== what);
    if (left.length < failures.length) await writeFailures(host, dir, left);
    return result;
  } catch (error) {
    const mistaken = error instanceof SetupError && mistakes.includes(error.code);
    if (!(error instanceof Cancelled) && !mistaken) {
      const failure: BackupFailure = {
        failed_at: host.clock.now().toISOString(),
        what,
        reason: shortReason(error instanceof Error ? error.message : String(error)),
      };
      const others = (await readFailures(host, dir)).filter((each) => each.what !== what);
      // A full disk is told by the error that matters.
      await writeFailures(host, dir, [failure, ...others]).catch(() => undefined);
    }
    throw error;
  }
}

/** What a proof tells while it is made. */
export interface Proving {
  /** The file was read to its end. */
  onRead(found: ReadBackup): void;
  /** The application was ready on what was restored. */
  onReady(): void;
}

/** Runs the proof of a backup and writes down how it ended, where it tells something of the backup. */
export async function proving(
  scene: BackupScene,
  backup: KnownBackup,
  body: (told: Proving) => Promise<void>,
): Promise<Proof> {
  const { host } = scene;
  let read: ReadBackup | undefined;
  let application: NonNullable<Proof["application"]> = "not asked";
  const began = host.clock.monotonic();
  const proofOf = (rest: Omit<Proof, "at" | "seconds">): Proof => ({
    at: host.clock.now().toISOString(),
    seconds: Math.round((host.clock.monotonic() - began) / 100) / 10,
    ...rest,
  });
  try {
    await body({
      onRead: (found) => read = found,
      onReady: () => application = "ready",
    });
    // Once measured it stays: what lay before may have been pruned since. A look that fails costs no proof.
    const rpo = backup.record?.proof?.rpo_seconds ??
      await sinceTheOneBefore(scene, backup).catch(() => undefined);
    const proof = proofOf({
      ok: true,
      application,
      ...(rpo === undefined ? {} : { rpo_seconds: rpo }),
    });
    await writeProof(scene, backup, proof, read);
    return proof;
  } catch (error) {
    if (error instanceof SetupError && OF_THE_BACKUP.includes(error.code)) {
      await writeProof(scene, backup, proofOf({ ok: false, reason: error.message }), read)
        .catch(() => undefined);
    }
    throw error;
  }
}

/**
 * Seconds between the snapshots; `undefined` where there is none before. A state that a restore has replaced,
 * and one whose proof failed, would have saved nobody.
 */
async function sinceTheOneBefore(
  { host, install }: BackupScene,
  { at }: KnownBackup,
): Promise<number | undefined> {
  const before = (await knownBackups(host, install)).find((each) =>
    each.at < at && each.record?.before_restore !== true && each.record?.proof?.ok !== false
  );
  return before === undefined ? undefined : (at.getTime() - before.at.getTime()) / 1000;
}

async function writeProof(
  { host, install, directory }: BackupScene,
  backup: KnownBackup,
  proof: Proof,
  read: ReadBackup | undefined,
): Promise<void> {
  const { record: kept } = backup;
  const known = kept === undefined || isRebuilt(kept)
    ? foundRecord(backup, read) ?? kept ?? lostRecord(backup, install)
    : kept;
  // What was read is the sum of the file only where nothing was written down with it.
  const record: BackupRecord = { ...known, sha256: known.sha256 || (read?.sha256 ?? ""), proof };
  await host.files.writeAtomic(`${directory}/${recordFile(backup.file)}`, recordText(record), {
    mode: 0o600,
  });
}

/** Of a backup whose manifest says who can open it, all is known again but how long it took. */
function foundRecord(
  { file, size }: KnownBackup,
  read: ReadBackup | undefined,
): BackupRecord | undefined {
  if (read?.manifest.recipients === undefined) return undefined;
  return recordOf(read.manifest, { file, seconds: 0, bytes: size, sha256: read.sha256 });
}

/** A record was lost, and the backup is there: what can still be said of it. `isRebuilt` knows it again. */
function lostRecord(backup: KnownBackup, { answers }: Install): BackupRecord {
  return {
    schema: 1,
    file: backup.file,
    stack: backup.stack,
    environment: answers.environment,
    version: "",
    at: backup.at.toISOString(),
    seconds: 0,
    bytes: backup.size,
    sha256: "",
    recipients: [],
    database_bytes: 0,
    tables: 0,
    rows: 0,
    graphs: 0,
    uploads: 0,
  };
}
