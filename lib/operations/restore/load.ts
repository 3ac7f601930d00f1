/**
 * The content of a backup, read once and put beside what is in use: the database into a new one of the running
 * cluster, the uploads into a directory of their volume. The stack serves meanwhile and notices nothing.
 */
import type { Key } from "../../backup/age.ts";
import type { Manifest } from "../../backup/manifest.ts";
import {
  createDatabase,
  dropDatabase,
  majorVersion,
  missingRoles,
  ROLES,
} from "../../backup/restore_sql.ts";
import { newDatabase, type Part } from "../../backup/restore_state.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { StepReport } from "../../steps/step.ts";
import { feed } from "../backup/feed.ts";
import { Meter } from "../backup/meter.ts";
import { readBackup, type Receiver } from "../backup/read.ts";
import { needDatabase, type StackScene } from "../backup/scene.ts";
import { inContainer } from "../backup/session.ts";
import { needFloor, roomError, whileRoom } from "../data_room.ts";
import { besideDatabase } from "./target.ts";
import { uploadsReceiver } from "./uploads.ts";

/** A backup that can be opened, wherever it lies. */
export interface RestoreSource {
  /** Absolute. */
  readonly path: string;
  /** Name of the file, for people and the record. */
  readonly file: string;
  readonly key: Key;
  /** SHA-256 from the record beside it, where there is one. */
  readonly sha256?: string;
  /** Owner of its database (`database.user`); where it is another than the stack's, all will belong to the stack's. */
  readonly user?: string;
  /** Bytes that have to be free beside what is in use; not looked at when absent. */
  readonly neededBytes?: number;
  /** Those of them where the database lies, whose volume may be a disk of its own. */
  readonly neededForDatabase?: number;
}

/** Its database does not restore: whatever it says, the present one stays. */
export function notRestored(file: string, why: string): SetupError {
  return new SetupError({
    code: "restore_failed",
    message: `${file} did not restore to what it was taken from:\n${why}`,
    hint: "Take another one: rxdx-setup backup list",
    exit: EXIT.unhealthy,
  });
}

/**
 * Reads the backup into `rxdx_restore_<id>` and the directory beside the uploads. What a run before this one
 * has left under the same id is replaced.
 */
export async function load(
  scene: StackScene,
  source: RestoreSource,
  of: { readonly id: string; readonly parts: readonly Part[] },
  report: StepReport,
  signal: AbortSignal,
): Promise<Manifest> {
  const { id, parts } = of;
  const database = await needDatabase(scene);
  const { host, install } = scene;
  const live = install.answers.database;
  if (parts.includes("database")) {
    await needFloor(scene.engine, database.container);
    await besideDatabase(scene, signal, async (session) => {
      await session.run(dropDatabase(newDatabase(id)));
      await session.run(createDatabase(id, live.name, live.user));
    });
  }
  const meter = new Meter(host, report);
  meter.what = "read";
  const uploads = parts.includes("uploads")
    ? await uploadsReceiver(scene, database.image, id, signal)
    : undefined;
  let fed = false;
  const { manifest } = await readBackup(host, source.path, source.key, source.sha256, {
    signal,
    onBytes: (count) => meter.add(count),
    receiver: (member) => {
      if (member === "uploads.tar") {
        fed = true;
        return uploads;
      }
      if (!parts.includes("database")) return undefined;
      if (member === "globals.sql") return rolesReceiver(scene, signal);
      if (member !== "database.dump") return undefined;
      const foreign = source.user !== undefined && source.user !== live.user;
      return feed(host, inContainer(database.container, restorer(live.user, id, foreign)), {
        signal,
        failed: (complaint) => roomError(complaint) ?? notRestored(source.file, complaint),
      });
    },
  });
  // A stack without a volume for uploads left none in its backup; the directory of none is an empty one.
  if (uploads !== undefined && !fed) {
    await uploads.write(new Uint8Array(1024));
    await uploads.end();
  }
  return manifest;
}

function restorer(user: string, id: string, foreign: boolean): string[] {
  return whileRoom([
    "env",
    // The exchange of names waits for the disk, and with it for all that was written before.
    "PGOPTIONS=-c synchronous_commit=off",
    "pg_restore",
    "--exit-on-error",
    ...(foreign ? ["--no-owner", "--no-privileges"] : []),
    `--username=${user}`,
    `--dbname=${newDatabase(id)}`,
  ]);
}

/** Makes the roles that are not here yet; those that are keep their passwords. */
function rolesReceiver(scene: StackScene, signal: AbortSignal): Receiver {
  const decoder = new TextDecoder();
  let text = "";
  return {
    write: (bytes) => {
      text += decoder.decode(bytes, { stream: true });
      return Promise.resolve();
    },
    end: async () => {
      await besideDatabase(scene, signal, async (session) => {
        const here = await session.rows<{ role: string }>(ROLES);
        const sql = missingRoles(text, here.map(({ role }) => role));
        // One that cannot be made is missed by the dump at once, which then says for what.
        if (sql !== "") await session.run(`\\set ON_ERROR_STOP off\n${sql}`);
      });
    },
  };
}

/**
 * A dump of a later PostgreSQL is read by no earlier one; the other way round is how one moves to the next
 * major version.
 *
 * @throws SetupError `restore_older_server` (exit 4)
 */
export function checkMajor(manifest: Manifest, running: string): void {
  const [from, to] = [majorVersion(manifest.database.version), majorVersion(running)];
  if (!(from > to)) return;
  throw new SetupError({
    code: "restore_older_server",
    message: `The backup is of PostgreSQL ${from}, and this stack runs ${to}.`,
    hint: "Restore into an empty directory, which takes the image of the backup: " +
      "rxdx-setup backup restore --from FILE --identity-file key.txt --dir /srv/rxdx",
    exit: EXIT.prerequisite,
  });
}
