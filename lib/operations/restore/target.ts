/** What every part of a restore works on: the stack, its database, and how far the restore has come. */
import { maintenanceDatabase } from "../../backup/restore_sql.ts";
import { parseRestoreState, RESTORE_STATE, type RestoreState } from "../../backup/restore_state.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { needDatabase, type RunningDatabase, type StackScene } from "../backup/scene.ts";
import { Session } from "../backup/session.ts";
import { FRESH_STATE } from "./configuration.ts";

/**
 * The restore that is under way in this directory, or was killed there.
 *
 * @throws SetupError `restore_state_unreadable` (exit 5)
 */
export async function readState(host: Host, dir: string): Promise<RestoreState | undefined> {
  const path = `${dir}/${RESTORE_STATE}`;
  try {
    return parseRestoreState(await host.files.readText(path));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SetupError({
      code: "restore_state_unreadable",
      message: `${path} tells of a restore that did not end, and cannot be read: ${error.message}.`,
      hint: "docs/guide/restore.md tells how to look at the databases; then move the file away",
      exit: EXIT.apply,
    });
  }
}

export async function writeState(
  { host, install }: StackScene,
  state: RestoreState,
): Promise<void> {
  const text = JSON.stringify(state, null, 2) + "\n";
  await host.files.writeAtomic(`${install.dir}/${RESTORE_STATE}`, text, { mode: 0o600 });
}

export async function forgetState({ host, install }: StackScene): Promise<void> {
  await host.files.remove(`${install.dir}/${RESTORE_STATE}`);
}

/** The restored state is the one that serves. A move that it was part of goes on no more: people work in it. */
export async function forgetFinished(scene: StackScene): Promise<void> {
  const { host, install } = scene;
  const fresh = `${install.dir}/${FRESH_STATE}`;
  if (await host.files.stat(fresh) !== undefined) await host.files.remove(fresh);
  await forgetState(scene);
}

/** One session in a database of the running cluster, closed when `body` ends. */
export async function inDatabase<T>(
  scene: StackScene,
  name: string,
  signal: AbortSignal,
  body: (session: Session, database: RunningDatabase) => Promise<T>,
): Promise<T> {
  const database = { ...await needDatabase(scene), name };
  const session = new Session(scene.host, database, signal);
  try {
    const result = await body(session, database);
    await session.close();
    return result;
  } finally {
    session.kill();
  }
}

/** The same beside the stack's own database, from where it can be renamed. */
export function besideDatabase<T>(
  scene: StackScene,
  signal: AbortSignal,
  body: (session: Session) => Promise<T>,
): Promise<T> {
  const name = maintenanceDatabase(scene.install.answers.database.name);
  return inDatabase(scene, name, signal, body);
}
