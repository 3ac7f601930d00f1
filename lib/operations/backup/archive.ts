/**
 * The content of a backup as one stream of tar, in flat memory: configuration, roles, the database as one
 * snapshot has it, uploads, and last the manifest, which tells the sums of all before it. Counts and
 * digests are taken in the session that holds the snapshot, while the dump of the same snapshot runs.
 */
import { createHash } from "node:crypto";
import type { DatabaseSums, Manifest, MemberSum } from "../../backup/manifest.ts";
import { README } from "../../backup/readme.ts";
import { BEGIN_SNAPSHOT, FIX_GRAPH_IDS, SESSION_SETTINGS, SNAPSHOT } from "../../backup/sql.ts";
import {
  readTarStream,
  TAR_END,
  type TarEntry,
  tarHeader,
  tarPadding,
  tarParts,
} from "../../backup/tar.ts";
import { EXIT, SetupError } from "../../errors.ts";
import { BEGIN } from "../../steps/begun_by_line.ts";
import { VERSION } from "../../version.ts";
import { logMembers } from "./logs.ts";
import type { BackupScene, RunningDatabase } from "./scene.ts";
import { Session } from "./session.ts";
import {
  configurationFiles,
  dumpCommand,
  dumpCompression,
  globalsCommand,
  outputOf,
  uploadsCommand,
} from "./sources.ts";
import { sequencesNow, sumDatabase } from "./sums.ts";

/** Bytes of one part; what is held in memory. */
const PART_BYTES = 8 * 2 ** 20;

const encoder = new TextEncoder();

interface SnapshotRow {
  readonly snapshot: string;
  readonly at: string;
  readonly wal_lsn: string;
  readonly version: string;
  readonly bytes: number;
  readonly age_version: string;
}

export interface ArchiveHooks {
  readonly signal: AbortSignal;
  /** What is read now, for people who wait. */
  readonly onPart: (what: string) => void;
  readonly onManifest: (manifest: Manifest) => void;
  /** Logs too, bounded. */
  readonly logs: boolean;
  /** What the manifest says of the backup itself, for a record that is lost. */
  readonly marks: Pick<Manifest, "recipients" | "before_restore">;
}

/** Counts bytes and sums them as they pass. */
class Summed {
  readonly #hash = createHash("sha256");
  #bytes = 0;

  constructor(readonly path: string) {}

  async *through(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.#hash.update(chunk);
      this.#bytes += chunk.length;
      yield chunk;
    }
  }

  sum(): MemberSum {
    return { path: this.path, bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }
}

function* whole(entry: Omit<TarEntry, "size">, bytes: Uint8Array): Generator<Uint8Array> {
  yield tarHeader({ ...entry, size: bytes.length });
  yield bytes;
  yield tarPadding(bytes.length);
}

/** Files and their bytes in a tar archive, counted while it passes. */
class Counted {
  files = 0;
  bytes = 0;
  times = 0;

  async *through(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const passed: Uint8Array[] = [];
    const tee = async function* () {
      for await (const chunk of chunks) {
        passed.push(chunk);
        yield chunk;
      }
    };
    try {
      for await (const event of readTarStream(tee())) {
        if (event.type === "entry" && event.kind === "0") {
          this.files++;
          this.bytes += event.size;
          this.times += event.seconds;
        }
        yield* passed.splice(0);
      }
    } catch (error) {
      throw error instanceof RangeError ? notWhole(error) : error;
    }
    yield* passed.splice(0);
  }
}

function notWhole(error: RangeError): SetupError {
  return new SetupError({
    code: "backup_source_failed",
    message: `The uploads could not be read to their end: ${error.message}.`,
    hint: "docker info; then run the same command again",
    exit: EXIT.apply,
  });
}

export async function* archiveOf(
  scene: BackupScene,
  database: RunningDatabase,
  hooks: ArchiveHooks,
): AsyncGenerator<Uint8Array> {
  const { host, install } = scene;
  const modified = host.clock.now();
  const members: MemberSum[] = [];
  const small = function* (path: string, bytes: Uint8Array, entry: Partial<TarEntry> = {}) {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    members.push({ path, bytes: bytes.length, sha256 });
    yield* whole({ path, mode: 0o600, modified, ...entry }, bytes);
  };
  const streamed = async function* (path: string, chunks: AsyncIterable<Uint8Array>) {
    const summed = new Summed(path);
    yield* tarParts(path, summed.through(chunks), { partBytes: PART_BYTES, modified });
    members.push(summed.sum());
  };
  const compression = await dumpCompression(scene, database);
  const session = new Session(host, database, hooks.signal);
  try {
    await session.run(SESSION_SETTINGS);
    await session.run(BEGIN_SNAPSHOT);
    const [snapshot] = await session.rows<SnapshotRow>(SNAPSHOT);
    if (snapshot === undefined) throw new TypeError("the database gave no snapshot");
    yield* small("README.txt", encoder.encode(README));
    yield* small("graphs.sql", encoder.encode(FIX_GRAPH_IDS));
    for (const { path, info, link } of await configurationFiles(scene)) {
      const entry = { mode: info.mode, uid: info.uid, gid: info.gid, modified: info.modified };
      if (link !== undefined) {
        yield tarHeader({ ...entry, path: `config/${path}`, link, size: 0 });
        continue;
      }
      const bytes = await host.files.readBytes(`${install.dir}/${path}`);
      if (bytes !== undefined) yield* small(`config/${path}`, bytes, entry);
    }
    const output = (argv: readonly string[], what: string) =>
      outputOf(scene, argv, hooks.signal, { what });
    const roles: Uint8Array[] = [];
    for await (const chunk of output(globalsCommand(database), "The roles of the database")) {
      roles.push(chunk);
    }
    yield* small("globals.sql", concatenated(roles));
    hooks.onPart("database");
    // Before `pg_dump`, which reads them at its beginning: what people count up while it runs is in neither.
    const sequences = await sequencesNow(session);
    const sums = Promise.withResolvers<DatabaseSums>();
    sums.promise.catch(() => undefined);
    sumDatabase(session, undefined, sequences).then(sums.resolve, sums.reject);
    yield* streamed(
      "database.dump",
      output(dumpCommand(database, snapshot.snapshot, compression), "The database"),
    );
    hooks.onPart("counts and digests");
    const found = await sums.promise;
    hooks.onPart("uploads");
    const uploads = new Counted();
    const command = await uploadsCommand(scene, database.image);
    if (command !== undefined) {
      // GNU tar ends with 1 where a file grew or went away under its hands; the archive is sound.
      const options = { what: "The uploads", accept: [1], input: BEGIN };
      const tar = outputOf(scene, command, hooks.signal, options);
      yield* streamed("uploads.tar", uploads.through(tar));
    }
    const logs = { containers: [], files: 0, bytes: 0, left_out: 0 };
    if (hooks.logs) {
      hooks.onPart("logs");
      for await (const { path, chunks } of logMembers(scene, database.image, hooks.signal, logs)) {
        yield* streamed(path, chunks);
      }
    }
    const manifest: Manifest = {
      schema: 1,
      kind: "rxdx-backup",
      stack: install.answers.name,
      environment: install.answers.environment,
      version: VERSION,
      at: snapshot.at,
      finished_at: host.clock.now().toISOString(),
      database: {
        name: database.name,
        user: database.user,
        version: snapshot.version,
        age_version: snapshot.age_version,
        wal_lsn: snapshot.wal_lsn,
        bytes: snapshot.bytes,
      },
      images: scene.lock?.services ?? {},
      uploads: { files: uploads.files, bytes: uploads.bytes, times: uploads.times },
      ...found,
      ...hooks.marks,
      ...(hooks.logs ? { logs } : {}),
      members,
    };
    hooks.onManifest(manifest);
    yield* whole(
      { path: "manifest.json", mode: 0o600, modified },
      encoder.encode(JSON.stringify(manifest, null, 1) + "\n"),
    );
    yield TAR_END;
    await session.close();
  } finally {
    session.kill();
  }
}

function concatenated(chunks: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(chunks.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const each of chunks) {
    joined.set(each, at);
    at += each.length;
  }
  return joined;
}
