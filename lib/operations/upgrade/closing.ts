/**
 * Keeping people out while two versions change places: behind the maintenance page, or with nginx stopped
 * where it shows none. Whether anybody was let in decides what becomes of the newer version's data.
 */
import { stackContainers } from "../../engine/state.ts";
import { EXIT } from "../../errors.ts";
import { mustRun } from "../../steps/command.ts";
import type { StepReport } from "../../steps/step.ts";
import type { UpgradeRecord } from "../../upgrade/record.ts";
import { containerOf, type StackScene } from "../backup/scene.ts";
import { stopContainers } from "../containers.ts";
import { type Interruption, showInterruption } from "../interruption.ts";
import { readMaintenance } from "../maintenance.ts";
import { untilServed } from "../restore/application.ts";

/** Stopped in this order: nginx finishes what is under way, then there is nobody left to disturb. */
export const CLOSED = ["nginx", "backend"] as const;

const ALIVE: readonly string[] = ["running", "restarting", "paused"];

async function alive({ engine, install }: StackScene): Promise<ReadonlySet<string>> {
  const found = stackContainers(await engine.containers(install.answers.name));
  return new Set(found.filter(({ state }) => ALIVE.includes(state)).map(({ service }) => service));
}

/** True when nobody comes in, and no backend works for somebody who is in. */
export async function isClosed(scene: StackScene, record: UpgradeRecord): Promise<boolean> {
  const running = await alive(scene);
  return !running.has("backend") && (!running.has("nginx") || await showsPage(scene, record));
}

/** The page of that time is shown, and none that somebody has put up since. */
async function showsPage(
  { host, install }: StackScene,
  { page }: UpgradeRecord,
): Promise<boolean> {
  return page !== undefined && (await readMaintenance(host, install.dir))?.since === page;
}

/**
 * @param note writes down which page it is, `undefined` for none, before anything is stopped
 */
export async function close(
  scene: StackScene,
  by: Interruption,
  note: (page: string | undefined) => Promise<void>,
  report: StepReport,
  signal: AbortSignal,
): Promise<void> {
  const { host, engine, install: { answers } } = scene;
  const page = await showInterruption(scene, by);
  await note(page?.since);
  await stopContainers(
    { host, engine, project: answers.name },
    page === undefined ? CLOSED : ["backend"],
    report,
    signal,
  );
}

/** Names of the containers that {@link close} stops, in the order in which they are started. */
export async function closedContainers(
  { engine, install }: StackScene,
  which: (state: string) => boolean = (state) => !ALIVE.includes(state),
): Promise<string[]> {
  const found = stackContainers(await engine.containers(install.answers.name));
  return CLOSED.toReversed().flatMap((service) =>
    found.filter((each) => each.service === service && which(each.state))
  ).map(({ container }) => container);
}

/** What was closed serves again, and people are let in. */
export async function reopen(
  scene: StackScene,
  containers: readonly string[],
  report: StepReport,
): Promise<void> {
  if (containers.length > 0) {
    const options = { code: "start_failed", hint: "rxdx-setup status", exit: EXIT.apply };
    await mustRun(scene.host, ["docker", "start", ...containers], options);
  }
  await untilServed(scene, report);
}

/** Whether anybody can have worked in a newer version that is not committed: then its data are kept. */
export async function wasOpened(scene: StackScene, record: UpgradeRecord): Promise<boolean> {
  if (record.opened === true) return true;
  // It is noted before the page goes: where that page is gone, somebody else has taken it away.
  if (record.page !== undefined) return !await showsPage(scene, record);
  const nginx = await containerOf(scene, "nginx");
  const stopped = Date.parse(record.stopped_at ?? record.started_at);
  // nginx was stopped: who came in came after its last start. Of one that is gone nobody knows.
  return nginx === undefined || Date.parse(nginx.State.StartedAt) > stopped;
}
