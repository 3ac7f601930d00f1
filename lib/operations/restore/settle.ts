/**
 * What a restore that was killed has left: taken back where nobody can have used the new state, else brought
 * to its end. First in everything that starts the application, because a stack that was killed between the old
 * and the new state has neither.
 */
import type { RestoreState } from "../../backup/restore_state.ts";
import { SetupError } from "../../errors.ts";
import type { Step, StepReport } from "../../steps/step.ts";
import type { StackScene } from "../backup/scene.ts";
import { removeScratch } from "../backup/scratch.ts";
import {
  applicationReady,
  databaseUp,
  startApplication,
  stopApplication,
  untilServed,
} from "./application.ts";
import { dropLoaded, dropOld, takeBack } from "./swap.ts";
import { forgetState, readState, writeState } from "./target.ts";

export type Settled = "nothing" | "taken back" | "finished";

/** A step that is done where no restore is under way. */
export function settleStep(scene: StackScene, settled?: (how: Settled) => void): Step {
  const { host, install } = scene;
  return {
    id: "settle-restore",
    title: "Take back or finish an interrupted restore",
    isDone: async () => await readState(host, install.dir) === undefined,
    run: async (report, signal) => {
      const how = await settle(scene, report, signal);
      report.detail(how);
      settled?.(how);
    },
  };
}

/** Safe to be killed anywhere: what is left tells how to go on. */
export async function settle(
  scene: StackScene,
  report: StepReport,
  signal: AbortSignal,
): Promise<Settled> {
  const state = await readState(scene.host, scene.install.dir);
  if (state === undefined) return "nothing";
  await databaseUp(scene, report, signal);
  // A container that was to move files may still be at it, although who started it is gone.
  await removeScratch(scene);
  if (state.phase === "load") {
    await dropLoaded(scene, state);
    await forgetState(scene);
    return "taken back";
  }
  if (state.phase === "start" && await isReady(scene, report, signal)) {
    await writeState(scene, { ...state, phase: "drop" });
    await dropOld(scene, state);
    await forgetState(scene);
    return "finished";
  }
  if (state.phase === "drop") {
    await dropOld(scene, state);
    await forgetState(scene);
    return "finished";
  }
  await returnOld(scene, state, true);
  return "taken back";
}

/** @param serves whether the application shall run on the old state afterwards */
export async function returnOld(
  scene: StackScene,
  state: RestoreState,
  serves: boolean,
): Promise<void> {
  // From here on it must not be taken for one that somebody may have used.
  // Where it says so already it is not written again: a full disk must not keep the old state from serving.
  if ((await readState(scene.host, scene.install.dir))?.phase !== "swap") {
    await writeState(scene, { ...state, phase: "swap" });
  }
  const silent: StepReport = { detail: () => undefined, services: () => undefined };
  const { signal } = new AbortController();
  await removeScratch(scene);
  await stopApplication(scene, silent, signal);
  await takeBack(scene, state);
  if (serves) await startApplication(scene);
  await forgetState(scene);
  if (serves) await untilServed(scene, silent);
}

async function isReady(
  scene: StackScene,
  report: StepReport,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await startApplication(scene, signal);
    await applicationReady(scene, report, signal);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SetupError) return false;
    throw error;
  }
}
