/** What a restore would replace, seen before it: how much there is now, and what is in the backup. */
import type { DatabaseSums, Manifest, UploadSums } from "../../backup/manifest.ts";
import { SESSION_SETTINGS } from "../../backup/sql.ts";
import type { Part } from "../../backup/restore_state.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Step } from "../../steps/step.ts";
import { sizeText } from "../backup/meter.ts";
import { containerOf, needDatabase, type StackScene } from "../backup/scene.ts";
import type { Session } from "../backup/session.ts";
import { sumDatabase } from "../backup/sums.ts";
import { dataRoom, FLOOR_BYTES } from "../data_room.ts";
import { inDatabase } from "./target.ts";
import { presentUploads } from "./uploads.ts";

export interface Amounts {
  readonly tables: number;
  readonly rows: number;
  readonly vertices: number;
  readonly edges: number;
  readonly uploads: number;
}

export interface Present {
  readonly amounts: Amounts;
  /** Sentences about what is now and is not in the backup; empty: nothing would be lost. */
  readonly lost: readonly string[];
  /** True for a stack in which nobody has worked yet, and of which nothing would be lost. */
  readonly empty: boolean;
  /** Why the present state could not be read. */
  readonly unreadable?: string;
  /** What was looked at, and milliseconds that it took; absent where it could not be read. */
  readonly held?: Held;
  readonly lookMs?: number;
}

/** What a restored database takes, measured against the one it was taken from; and room for its log. */
const RESTORED_SHARE = 1.1;
const LOG_BYTES = 2 * 2 ** 30;
const SPARE_BYTES = 2 * FLOOR_BYTES;

/** Bytes that are needed beside what is in use, until the old state is removed. */
export function neededBytes(manifest: Manifest, parts: readonly Part[]): number {
  const database = manifest.database.bytes * RESTORED_SHARE;
  return Math.ceil(
    (parts.includes("database") ? database + Math.min(database, LOG_BYTES) : 0) +
      (parts.includes("uploads") ? manifest.uploads.bytes * 1.05 : 0) + SPARE_BYTES,
  );
}

export function backupAmounts(manifest: Manifest): Amounts {
  return amountsOf(manifest, manifest.uploads.files);
}

function amountsOf(sums: DatabaseSums, uploads: number): Amounts {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  return {
    tables: sums.tables.length,
    rows: sum(sums.tables.map(({ rows }) => rows)),
    vertices: sum(sums.graphs.map(({ vertices }) => vertices)),
    edges: sum(sums.graphs.map(({ edges }) => edges)),
    uploads,
  };
}

/** What a stack holds at one moment. A manifest is one of these, too. */
export interface Held extends DatabaseSums {
  readonly uploads: UploadSums;
}

/** @param onTable what is being counted, for people who wait */
export async function heldNow(
  scene: StackScene,
  signal: AbortSignal,
  onTable: (table: string) => void,
): Promise<Held> {
  const { image } = await needDatabase(scene);
  const uploads = await uploadsOrNone(() => presentUploads(scene, image, signal));
  const sums = await inDatabase(
    scene,
    scene.install.answers.database.name,
    signal,
    async (session: Session) => {
      await session.run(SESSION_SETTINGS);
      return await sumDatabase(session, onTable);
    },
  );
  return { ...sums, uploads };
}

/** None only where there is no place for them: a look that fails must not count as a stack without uploads. */
export async function uploadsOrNone(look: () => Promise<UploadSums>): Promise<UploadSums> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof SetupError && error.code === "no_uploads_volume") {
      return { files: 0, bytes: 0, times: 0 };
    }
    throw error;
  }
}

/** @param onTable what is being counted, for people who wait */
export async function lookAtPresent(
  scene: StackScene,
  manifest: Manifest,
  signal: AbortSignal,
  onTable: (table: string) => void,
): Promise<Present> {
  const from = scene.host.clock.monotonic();
  try {
    const held = await heldNow(scene, signal, onTable);
    const lost = lostOf(held, held.uploads, manifest);
    return {
      amounts: amountsOf(held, held.uploads.files),
      lost,
      empty: held.uploads.files === 0 && isUnused(held) && lost.length === 0,
      held,
      lookMs: scene.host.clock.monotonic() - from,
    };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof SetupError)) throw error;
    return {
      amounts: { tables: 0, rows: 0, vertices: 0, edges: 0, uploads: 0 },
      lost: [],
      empty: false,
      unreadable: error.message,
    };
  }
}

/** Nobody has worked in it: no vertex, and no row but the catalogue of graphs and one administrator. */
function isUnused({ tables, graphs }: DatabaseSums): boolean {
  return graphs.every(({ vertices }) => vertices === 0) &&
    tables.every(({ table, rows }) =>
      rows === 0 || table === "ag_catalog.ag_label" || table === "public.users" && rows <= 1
    );
}

function rowsText(rows: number): string {
  return rows === 1 ? "1 row" : `${rows} rows`;
}

/** Sentences about what is now and is not in the backup. */
export function lostOf(
  present: DatabaseSums,
  uploads: UploadSums,
  manifest: Manifest,
): string[] {
  const then = new Map(manifest.tables.map((each) => [each.table, each]));
  const tables = present.tables.flatMap(({ table, rows, digest }) => {
    if (table === "ag_catalog.ag_label") return [];
    const before = then.get(table);
    if (before === undefined) return rows === 0 ? [] : [`${table}: all of its ${rowsText(rows)}`];
    if (rows > before.rows) {
      return [`${table}: ${rowsText(rows - before.rows)} more than in the backup`];
    }
    // Of an empty table nothing is lost; of one with fewer rows a digest does not tell which are left.
    if (rows < before.rows) {
      return rows === 0 ? [] : [
        `${table}: ${
          rowsText(before.rows - rows)
        } fewer than in the backup, others perhaps changed`,
      ];
    }
    return digest === before.digest ? [] : [`${table}: changes in its rows`];
  });
  return [...tables, ...uploadsLost(uploads, manifest.uploads)];
}

/** Of as many files of as many bytes; not known of a backup that has no times. */
export function isRewritten(now: UploadSums, then: UploadSums): boolean {
  return now.times !== undefined && then.times !== undefined && now.times !== then.times;
}

/** Number, bytes and times tell: content is not read for it. */
function uploadsLost(now: UploadSums, then: UploadSums): string[] {
  const more = now.files - then.files;
  if (more > 0) return [`uploads: ${more} more than in the backup`];
  if (now.files === 0) return [];
  if (more < 0) return [`uploads: ${-more} fewer than in the backup, others perhaps changed`];
  if (now.bytes !== then.bytes) {
    return [`uploads: ${now.bytes} bytes instead of ${then.bytes} in as many files`];
  }
  return isRewritten(now, then) ? ["uploads: some were written anew, in the same size"] : [];
}

/**
 * @param bytes in all, where Docker keeps what it has
 * @param database those of them where the database lies
 * @throws SetupError `disk_full` (exit 4) when it runs
 */
export function restoreSpaceStep(scene: StackScene, bytes: number, database: number): Step {
  const { host, engine } = scene;
  const short = async () => {
    const { DockerRootDir } = await engine.info();
    const { freeBytes } = await host.files.space(DockerRootDir);
    if (freeBytes < bytes) return { at: DockerRootDir, free: freeBytes, needed: bytes };
    const container = database === 0 ? undefined : await containerOf(scene, "postgres");
    const room = container === undefined ? undefined : await dataRoom(engine, container.Id);
    if (room === undefined || room.free >= database) return undefined;
    return { at: "The disk of the database", free: room.free, needed: database };
  };
  return {
    id: "restore-space",
    title: "Check that there is room beside what is in use",
    check: true,
    isDone: async () => await short() === undefined,
    run: async () => {
      const found = await short();
      if (found !== undefined) throw noRoom(found.at, found.free, found.needed);
    },
  };
}

function noRoom(at: string, free: number, needed: number): SetupError {
  return new SetupError({
    code: "disk_full",
    message: `${at} has ${sizeText(free)} free; the restored state needs ${
      sizeText(needed)
    } beside the present one. Nothing was changed.`,
    hint: "rxdx-setup doctor --fix; or restore on another machine: docs/guide/move.md",
    exit: EXIT.prerequisite,
  });
}
