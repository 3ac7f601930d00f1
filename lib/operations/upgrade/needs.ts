/** What an upgrade needs of the machine and of its users' patience. Changes nothing. */
import type { Engine } from "../../engine/client.ts";
import type { Service } from "../../engine/compose.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Step } from "../../steps/step.ts";
import type { StackVersion } from "../../upgrade/record.ts";
import { sizeText } from "../backup/meter.ts";
import { type BackupScene, containerOf, knownBackups } from "../backup/scene.ts";
import { dataRoom, FLOOR_BYTES } from "../data_room.ts";
import { bytesOf, copiesBytes, copyBytes } from "./database.ts";

/** A first backup is about so large a share of its database, and takes so long (ADR 0023). */
const BACKUP_SHARE = 0.6;
const BACKUP_BYTES_PER_SECOND = 60e6;
const BACKUP_GROWTH = 1.3;

/** Restored, indexed and logged beside the database itself. */
const PROOF_SHARE = 2.2;

/** An archive is compressed; its images, unpacked, are not. */
const ARCHIVE_SHARE = 3;

/** Always left free: a database that meets a full disk stops. */
const SPARE_BYTES = 256 * 2 ** 20;

/** Seconds from the stop to the answer of the demo's stack, without the copy of the database. */
const RESTART_SECONDS = 8;
/** The copy inside PostgreSQL, on a slow disk. */
const COPY_BYTES_PER_SECOND = 150e6;

export interface Place {
  readonly path: string;
  readonly needed: number;
  readonly free: number;
  /** What it is needed for. */
  readonly why: string;
}

export interface Needs {
  /** Bytes that the images may take. */
  readonly images: number;
  readonly database: number;
  /** Bytes and seconds of the backup; absent where none is made. */
  readonly backup?: { readonly bytes: number; readonly seconds: number };
  readonly places: readonly Place[];
  /** Seconds in which users get no answer, about. */
  readonly downtime: number;
}

export interface NeedsOptions {
  readonly host: Host;
  readonly engine: Engine;
  readonly scene: BackupScene;
  readonly plan: Plan;
  readonly running: StackVersion;
  /** Services whose image is fetched, loaded or built. */
  readonly fetched: readonly Service[];
  readonly touchesData: boolean;
  /** Services that are replaced. */
  readonly replaced: readonly string[];
}

async function imageBytes(options: NeedsOptions): Promise<number> {
  const { engine, plan, running, fetched } = options;
  if (fetched.length === 0) return 0;
  if (plan.origin?.kind === "archive") return plan.origin.size * ARCHIVE_SHARE;
  const present = await Promise.all(fetched.map(async (service) => {
    const at = running.images[service];
    return at === undefined ? 0 : (await engine.image(at.id))?.Size ?? 0;
  }));
  return present.reduce((sum, each) => sum + each, 0);
}

export async function needsOf(options: NeedsOptions): Promise<Needs> {
  const { host, engine, scene, touchesData, replaced } = options;
  const container = await containerOf(scene, "postgres");
  const { user, name } = scene.install.answers.database;
  const [database, copies] = container?.State.Running === true
    ? await Promise.all([
      bytesOf(host, { container: container.Id, user, name }),
      copiesBytes(host, { container: container.Id, user, name }),
    ])
    : [0, 0];
  const images = await imageBytes(options);
  const [last] = await knownBackups(host, scene.install);
  const backup = !touchesData
    ? undefined
    : last === undefined
    ? { bytes: database * BACKUP_SHARE, seconds: database / BACKUP_BYTES_PER_SECOND }
    : { bytes: last.size * BACKUP_GROWTH, seconds: last.record?.seconds ?? 0 };
  const proof = last?.record?.proof?.seconds ?? (backup?.seconds ?? 0) * 2 + 10;
  const { DockerRootDir } = await engine.info();
  const docker = images + (touchesData ? database * (1 + PROOF_SHARE) : 0);
  const [root, kept] = [
    await host.files.space(DockerRootDir),
    await host.files.space(scene.directory),
  ];
  const why = touchesData
    ? "images, the copy of the database and the proof of the backup"
    : "images";
  const same = root.totalBytes === kept.totalBytes && root.freeBytes === kept.freeBytes;
  const docked: Place[] = same
    ? [{
      path: DockerRootDir,
      needed: Math.ceil(docker + (backup?.bytes ?? 0)) + SPARE_BYTES,
      free: root.freeBytes,
      why: touchesData ? `${why}, and the backup` : why,
    }]
    : [
      { path: DockerRootDir, needed: Math.ceil(docker) + SPARE_BYTES, free: root.freeBytes, why },
      ...(backup === undefined ? [] : [{
        path: scene.directory,
        needed: Math.ceil(backup.bytes) + SPARE_BYTES,
        free: kept.freeBytes,
        why: "the backup",
      }]),
    ];
  const room = !touchesData || container?.State.Running !== true
    ? undefined
    : await dataRoom(engine, container.Id);
  const ownDisk = room !== undefined && room.total !== root.totalBytes;
  const places: Place[] = [
    ...docked,
    ...(ownDisk
      ? [{
        path: "the disk of the database",
        needed: copyBytes(database) + FLOOR_BYTES,
        // Copies of an earlier upgrade go before the new one is made.
        free: room.free + copies,
        why: "the copy of the database",
      }]
      : []),
  ];
  return {
    images,
    database,
    ...(backup === undefined
      ? {}
      : { backup: { bytes: backup.bytes, seconds: backup.seconds + proof } }),
    places,
    downtime: touchesData
      ? Math.round(RESTART_SECONDS + database / COPY_BYTES_PER_SECOND)
      : replaced.length * 2,
  };
}

/** The first step: what would be found out half-way is found out here. */
export function spaceStep(options: NeedsOptions): Step {
  const short = async () =>
    (await needsOf(options)).places.filter(({ needed, free }) => free < needed);
  return {
    id: "upgrade-space",
    title: "Check that there is room for it",
    check: true,
    isDone: async () => (await short()).length === 0,
    run: async () => {
      throw new SetupError({
        code: "disk_full",
        message: (await short()).map(({ path, needed, free, why }) =>
          `${path} has ${sizeText(free)} free; ${why} may need ${sizeText(needed)}.`
        ).join("\n") + "\nNothing was changed.",
        hint: "rxdx-setup doctor --fix --prune; rxdx-setup backup prune",
        exit: EXIT.prerequisite,
      });
    },
  };
}
