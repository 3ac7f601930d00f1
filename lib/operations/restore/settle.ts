/**
 * What a restore that was killed has left: taken back where nobody can have used the new state, else brought
 * to its end. First in everything that starts the application, because a stack that was killed between the old
 * and the new state has neither.
 */
import type { RestoreState } from "../../backup/restore_state.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Step, StepReport } from "../../steps/step.ts";
import type { StackScene } from "../backup/scene.ts";
import { removeScratch } from "../backup/scratch.ts";
import { endInterruption } from "../interruption.ts";
import {
  applicationReady,
  databaseUp,
  runsApplication,
  startApplication,
  stopApplication,
  untilServed,
} from "./application.ts";
import { dropLoaded, dropOld, takeBack } from "./swap.ts";
import { forgetFinished, forgetState, readState, writeState } from "./target.ts";

export type Settled = "nothing" | "taken back" | "finished";

export interface SettleOptions {
  /** What was restored is given up, although somebody may have used it. */
  readonly takeBack?: boolean;
}

/** A step that is done where no restore is under way. */
export function settleStep(
  scene: StackScene,
  settled?: (how: Settled) => void,
  options: SettleOptions = {},
): Step {
  const { host, install } = scene;
  return {
    id: "settle-restore",
    title: "Take back or finish an interrupted restore",
    isDone: async () => await readState(host, install.dir) === undefined,
    run: async (report, signal) => {
      const how = await settle(scene, report, signal, options);
      report.detail(how);
      settled?.(how);
    },
  };
}

/**
 * Safe to be killed anywhere: what is left tells how to go on.
 *
 * @throws SetupError `restore_not_ready` (exit 6) where somebody may have used the new state, and the
 *   application does not become ready on it: a person has to choose
 */
export async function settle(
  scene: StackScene,
  report: StepReport,
  signal: AbortSignal,
  options: SettleOptions = {},
): Promise<Settled> {
  const state = await readState(scene.host, scene.install.dir);
  if (state === undefined) return "nothing";
  await databaseUp(scene, report, signal);
  // A container that was to move files may still be at it, although who started it is gone.
  await removeScratch(scene);
  if (state.phase === "load") {
    await dropLoaded(scene, state);
    await forgetState(scene);
    // Killed behind the page, and before it had stopped anything.
    if (await runsApplication(scene)) await endInterruption(scene);
    return "taken back";
  }
  const used = state.phase === "start" && options.takeBack !== true;
  if (used || state.phase === "drop") {
    if (used) {
      await ready(scene, state, report, signal);
      await writeState(scene, { ...state, phase: "drop" });
    }
    await dropOld(scene, state);
    await forgetFinished(scene);
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

async function ready(
  scene: StackScene,
  state: RestoreState,
  report: StepReport,
  signal: AbortSignal,
): Promise<void> {
  try {
    await startApplication(scene, signal);
    await applicationReady(scene, report, signal);
    await untilServed(scene, report);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof SetupError ? notReady(state, error) : error;
  }
}

/** A full disk or a host that is slow must not throw away what people wrote since the restore. */
export function notReady({ file }: RestoreState, { message }: SetupError): SetupError {
  return new SetupError({
    code: "restore_not_ready",
    message:
      `${file} is restored and in place since a run that was interrupted, and the application ` +
      `does not become ready on it: ${message}\nSomebody may have worked in it, so nothing is taken back.`,
    hint:
      "Put right what `rxdx-setup logs backend` says, then rxdx-setup start; or have the state " +
      "before: rxdx-setup backup restore --take-back",
    exit: EXIT.unhealthy,
  });
}
