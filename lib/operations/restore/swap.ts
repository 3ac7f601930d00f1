/**
 * Old and new change places, and back. The application is stopped meanwhile; should somebody start it, it finds
 * no database until both, rows and uploads, are of the same state. Every function may be run again.
 */
import {
  type DatabaseRow,
  DATABASES,
  dropDatabase,
  fence,
  swapBack,
  swapDatabases,
  unfence,
} from "../../backup/restore_sql.ts";
import { newDatabase, oldDatabase, type RestoreState } from "../../backup/restore_state.ts";
import { needDatabase, type StackScene } from "../backup/scene.ts";
import type { Session } from "../backup/session.ts";
import { besideDatabase } from "./target.ts";
import { dropOldUploads, swapUploads, takeUploadsBack } from "./uploads.ts";

type State = Pick<RestoreState, "id" | "parts">;

async function there(session: Session): Promise<Set<string>> {
  return new Set((await session.rows<DatabaseRow>(DATABASES)).map(({ name }) => name));
}

/** Both, or where the process is killed in between, neither to be had. */
export async function swap(scene: StackScene, state: State, signal: AbortSignal): Promise<void> {
  const live = scene.install.answers.database.name;
  const { id, parts } = state;
  const { image } = await needDatabase(scene);
  const shut = parts.includes("database") ? [live, newDatabase(id)] : [live];
  await besideDatabase(scene, signal, async (session) => {
    await session.run(fence(shut));
  });
  scene.host.failpoint("after:restore-fence");
  if (parts.includes("uploads")) await swapUploads(scene, image, id, signal);
  scene.host.failpoint("after:restore-uploads");
  await besideDatabase(scene, signal, async (session) => {
    await session.run(parts.includes("database") ? swapDatabases(id, live) : unfence(live));
  });
}

/** The old state is in its place afterwards, and nothing is left of the new one. */
export async function takeBack(scene: StackScene, state: State): Promise<void> {
  const live = scene.install.answers.database.name;
  const { id, parts } = state;
  const { signal } = new AbortController();
  const { image } = await needDatabase(scene);
  const swapped = await besideDatabase(scene, signal, async (session) => {
    const names = await there(session);
    const swapped = names.has(oldDatabase(id));
    await session.run(fence([live, swapped ? oldDatabase(id) : newDatabase(id)]
      .filter((name) => names.has(name))));
    return swapped;
  });
  if (parts.includes("uploads")) await takeUploadsBack(scene, image, id);
  await besideDatabase(scene, signal, async (session) => {
    await session.run(swapped ? swapBack(id, live) : unfence(live));
    await session.run(dropDatabase(newDatabase(id)));
  });
}

/** What was loaded beside the present state, and never took its place. */
export async function dropLoaded(scene: StackScene, state: State): Promise<void> {
  const { id, parts } = state;
  const { image } = await needDatabase(scene);
  await besideDatabase(scene, new AbortController().signal, async (session) => {
    await session.run(dropDatabase(newDatabase(id)));
  });
  if (parts.includes("uploads")) await takeUploadsBack(scene, image, id);
}

/** The old state goes. */
export async function dropOld(scene: StackScene, state: State): Promise<void> {
  const { id, parts } = state;
  const { image } = await needDatabase(scene);
  if (parts.includes("uploads")) await dropOldUploads(scene, image, id);
  await besideDatabase(scene, new AbortController().signal, async (session) => {
    await session.run(dropDatabase(oldDatabase(id)));
  });
}
