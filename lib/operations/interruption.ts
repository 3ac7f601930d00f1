/**
 * The maintenance page for the seconds in which a restore or an upgrade takes the application away: people
 * are told, instead of being refused, and nobody comes in before the new state was judged. A page that the
 * operator has put up (`stop --maintenance`) is not theirs, and stays.
 */
import { SetupError } from "../errors.ts";
import type { Step } from "../steps/step.ts";
import { containerOf, type StackScene } from "./backup/scene.ts";
import { behindDoorStep } from "./behind_door_step.ts";
import { frontDoorStep } from "./front_door_step.ts";
import {
  instead,
  type Maintenance,
  readMaintenance,
  removeMaintenance,
  writeMaintenance,
} from "./maintenance.ts";
import { readState } from "./restore/target.ts";

const INTERRUPTIONS = ["backup restore", "upgrade", "rollback"] as const;
/** The command that shows the page; `by` of {@link Maintenance}. */
export type Interruption = typeof INTERRUPTIONS[number];

/** False for the operator's own page. */
export function isInterruption({ by }: Maintenance): boolean {
  return (INTERRUPTIONS as readonly string[]).includes(by);
}

/**
 * Shows the page, and asks whether people see it: nginx may be down, or have a configuration without it.
 *
 * @returns the page that is shown; `undefined` when none is, and none was left
 */
export async function showInterruption(
  scene: StackScene,
  by: Interruption,
): Promise<Maintenance | undefined> {
  const { host, install } = scene;
  if ((await containerOf(scene, "nginx"))?.State.Running !== true) return undefined;
  const before = await readMaintenance(host, install.dir);
  const page = before ?? { since: host.clock.now().toISOString(), by, message: "" };
  try {
    if (before === undefined) await writeMaintenance(host, install.dir, page);
    if (await instead(host, install) === undefined) return page;
  } catch (error) {
    // A disk that is full must not bar the way back: then there is no page.
    if (!(error instanceof SetupError)) throw error;
  }
  if (before === undefined) await removeMaintenance(host, install.dir);
  return undefined;
}

/** Lets people in again, unless the operator keeps them out, or a restore stands between two states. */
export async function endInterruption({ host, install }: StackScene): Promise<void> {
  // What could not be taken back is settled by the next run, and what they wrote would go with it.
  if ((await readState(host, install.dir))?.phase === "swap") return;
  const page = await readMaintenance(host, install.dir);
  if (page !== undefined && isInterruption(page)) await removeMaintenance(host, install.dir);
}

/** Before what takes the application away. Taken back last, when the old state serves again. */
export function interruptStep(scene: StackScene, by: Interruption): Step {
  const { host, install } = scene;
  return {
    id: "maintenance-on",
    title: "Show the maintenance page",
    isDone: async () =>
      await readMaintenance(host, install.dir) !== undefined ||
      (await containerOf(scene, "nginx"))?.State.Running !== true,
    run: async (report) => {
      if (await showInterruption(scene, by) !== undefined) return;
      report.detail("nginx knows no page yet: people are refused meanwhile");
    },
    undo: () => endInterruption(scene),
  };
}

/** When the new state is well: nginx reaches it, people are let in, and are served where they come in. */
export function letInSteps(scene: StackScene): Step[] {
  const { host, install } = scene;
  const page = () => readMaintenance(host, install.dir);
  const down = async () => (await containerOf(scene, "nginx"))?.State.Running !== true;
  const behind = behindDoorStep(scene);
  const door = frontDoorStep(host, install);
  return [
    { ...behind, isDone: async () => await down() || await behind.isDone() },
    {
      id: "maintenance-off",
      title: "Take the maintenance page away",
      // What people write from here on is not thrown away any more: a failure is gone on from, not undone.
      barrier: true,
      isDone: async () => {
        const shown = await page();
        return shown === undefined || !isInterruption(shown);
      },
      run: () => endInterruption(scene),
    },
    {
      ...door,
      isDone: async () => await down() || await page() !== undefined || await door.isDone(),
    },
  ];
}
