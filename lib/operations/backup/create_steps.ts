/** The steps of `backup create`. A backup has its name only when it is whole and on disk. */
import { createHash } from "node:crypto";
import { encrypted, type Lock } from "../../backup/age.ts";
import type { Manifest } from "../../backup/manifest.ts";
import {
  backupFile,
  isOrphanRecord,
  isPartial,
  partialFile,
  recordFile,
} from "../../backup/names.ts";
import { type BackupRecord, recordOf, recordText } from "../../backup/record.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { ByteSink } from "../../host/types.ts";
import type { Step, StepReport } from "../../steps/step.ts";
import { archiveOf } from "./archive.ts";
import { Meter, sizeText } from "./meter.ts";
import { type BackupScene, knownBackups, needDatabase } from "./scene.ts";
import { endLostDumps } from "./sources.ts";

/** Left free beside a backup: journals and the database itself need room as well. */
const SPARE_BYTES = 64 * 2 ** 20;

/** A first backup is smaller than this share of its database, but for one of pictures. */
const FIRST_SHARE = 0.6;

/** A later one is at most so much larger than the one before. */
const GROWTH = 1.3;

export interface Created {
  readonly record: BackupRecord;
  readonly manifest: Manifest;
}

/** Removes what a create that was killed has left. */
export function sweepStep({ host, install, directory }: BackupScene): Step {
  const left = async () => {
    const names = await host.files.list(directory);
    const stack = install.answers.name;
    return names.filter((name) => isPartial(name, stack) || isOrphanRecord(name, stack, names));
  };
  return {
    id: "backup-sweep",
    title: "Remove what an interrupted backup left",
    isDone: async () => (await left()).length === 0,
    run: async () => {
      for (const name of await left()) await host.files.remove(`${directory}/${name}`);
    },
  };
}

export function directoryStep({ host, directory }: BackupScene): Step {
  return {
    id: "backup-directory",
    title: `Make ${directory}`,
    isDone: async () => (await host.files.stat(directory))?.kind === "directory",
    run: () => host.files.mkdir(directory, 0o700),
  };
}

export function spaceStep(scene: BackupScene): Step {
  const { host, engine, install, directory } = scene;
  const check = async () => {
    const database = await needDatabase(scene);
    const [last] = await knownBackups(host, install);
    const { stdout } = await engine.exec(database.container, [
      "psql",
      "--no-psqlrc",
      "--tuples-only",
      "--no-align",
      `--username=${database.user}`,
      `--dbname=${database.name}`,
      "--command=SELECT pg_database_size(current_database())",
    ]);
    const first = Number(stdout.trim()) * FIRST_SHARE || 0;
    const needed = Math.ceil(last === undefined ? first : last.size * GROWTH) + SPARE_BYTES;
    return { needed, free: (await host.files.space(directory)).freeBytes };
  };
  return {
    id: "backup-space",
    title: "Check that there is room for it",
    check: true,
    isDone: async () => {
      const { needed, free } = await check();
      return free >= needed;
    },
    run: async () => {
      const { needed, free } = await check();
      throw new SetupError({
        code: "disk_full",
        message: `${directory} has ${sizeText(free)} free; this backup may need ${
          sizeText(needed)
        }. Nothing was written.`,
        hint: "rxdx-setup backup prune; or another disk in backups.directory",
        exit: EXIT.prerequisite,
      });
    },
  };
}

/**
 * @param lockFor asked when the keys are there
 * @param created called when the backup is on disk
 * @param logs whether logs shall be in it
 * @param marks what its record and its manifest say besides
 */
export function writeStep(
  scene: BackupScene,
  lockFor: () => Promise<Lock>,
  created: (made: Created) => void,
  marks: Pick<BackupRecord, "before_restore"> = {},
  logs = false,
): Step {
  const { host, directory } = scene;
  const file = backupFile(scene.install.answers.name, host.clock.now());
  const temporary = `${directory}/${partialFile(file)}`;
  return {
    id: "backup-write",
    title: `Write ${file}`,
    isDone: () => Promise.resolve(false),
    run: async (report, signal) => {
      if (await host.files.stat(`${directory}/${file}`) !== undefined) {
        throw new SetupError({
          code: "backup_exists",
          message: `${directory}/${file} exists already.`,
          hint: "Run the same command again: its name is the second it begins in",
          exit: EXIT.apply,
        });
      }
      const lock = await lockFor();
      const database = await needDatabase(scene);
      await endLostDumps(scene, database);
      let sink: ByteSink | undefined;
      try {
        sink = await host.files.openSink(temporary, 0o600);
        const made = await written(scene, { file, lock, logs, marks }, sink, report, signal);
        await sink.sync();
        sink.close();
        sink = undefined;
        // The record first: one without its backup is removed by prune, a backup is never without one.
        await host.files.writeAtomic(`${directory}/${recordFile(file)}`, recordText(made.record), {
          mode: 0o600,
        });
        await host.files.rename(temporary, `${directory}/${file}`);
        created(made);
      } catch (error) {
        sink?.close();
        await endLostDumps(scene, database).catch(() => undefined);
        await host.files.remove(temporary).catch(() => undefined);
        await host.files.remove(`${directory}/${recordFile(file)}`).catch(() => undefined);
        throw error;
      }
    },
  };
}

async function written(
  scene: BackupScene,
  { file, lock, logs, marks }: {
    readonly file: string;
    readonly lock: Lock;
    readonly logs: boolean;
    readonly marks: Pick<BackupRecord, "before_restore">;
  },
  sink: ByteSink,
  report: StepReport,
  signal: AbortSignal,
): Promise<Created> {
  const { host } = scene;
  const meter = new Meter(host, report);
  let manifest: Manifest | undefined;
  const archive = archiveOf(scene, await needDatabase(scene), {
    signal,
    logs,
    marks: { recipients: lock.kind === "recipients" ? lock.recipients : [], ...marks },
    onPart: (what) => meter.what = what,
    onManifest: (found) => manifest = found,
  });
  const hash = createHash("sha256");
  for await (const chunk of await encrypted(lock, archive)) {
    signal.throwIfAborted();
    hash.update(chunk);
    await sink.write(chunk);
    meter.add(chunk.length);
  }
  if (manifest === undefined) throw new TypeError("the archive ended without a manifest");
  const record = recordOf(manifest, {
    file,
    seconds: Math.round(meter.elapsedMs / 100) / 10,
    bytes: meter.bytes,
    sha256: hash.digest("hex"),
  });
  return { record, manifest };
}
