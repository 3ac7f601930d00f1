/**
 * Stopping and removing the containers of a project by its label, service by service against the order
 * in which they start. Not by Compose: with a project's name alone (measured: 2.26.1) it refuses to
 * stop or remove anything as soon as one service has no container ("could not find frontend"), and with
 * the files it needs all of them whole. Used by `stop`, `restart` and `uninstall`.
 */
import type { Engine } from "../engine/client.ts";
import { SERVICES } from "../engine/compose.ts";
import { type ContainerState, containerState, stackContainers } from "../engine/state.ts";
import type { Host } from "../host/types.ts";
import { mustRun } from "../steps/command.ts";
import type { StepReport } from "../steps/step.ts";
import { removeUnnamed, unnamedIn } from "./unnamed_volumes.ts";

export interface ContainerTarget {
  readonly host: Host;
  readonly engine: Engine;
  readonly project: string;
}

/** States in which there is something to stop. */
const ALIVE: readonly string[] = ["running", "restarting", "paused"];

/** Containers of a service of the operator's own go first: they may use any of ours. */
function inOrder(containers: readonly ContainerState[]): (readonly ContainerState[])[] {
  const own: readonly string[] = SERVICES;
  const others = containers.filter((each) => !own.includes(each.service));
  const ours = [...SERVICES].reverse().map((service) =>
    containers.filter((each) => each.service === service)
  );
  return [others, ...ours].filter((group) => group.length > 0);
}

/** Runs a command about containers; one that has gone meanwhile is no failure. */
async function withContainers(
  { host, engine, project }: ContainerTarget,
  words: readonly string[],
  names: readonly string[],
  options: { readonly code: string; readonly report: StepReport; readonly signal: AbortSignal },
): Promise<void> {
  const { code, report, signal } = options;
  const run = (left: readonly string[]) =>
    mustRun(host, ["docker", ...words, ...left], {
      signal,
      code,
      hint: `docker ps --all --filter label=com.docker.compose.project=${project}`,
      onLine: (line) => report.detail(line.trim()),
    });
  try {
    await run(names);
  } catch (error) {
    signal.throwIfAborted();
    const there = new Set(
      (await engine.containers(project)).map((each) => containerState(each).container),
    );
    const left = names.filter((name) => there.has(name));
    if (left.length === names.length) throw error;
    if (left.length > 0) await run(left);
  }
}

/** Stops what runs, each within its own grace period; of these services, of all when empty. */
export async function stopContainers(
  target: ContainerTarget,
  services: readonly string[],
  report: StepReport,
  signal: AbortSignal,
): Promise<void> {
  const running = stackContainers(await target.engine.containers(target.project))
    .filter((each) => services.length === 0 || services.includes(each.service))
    .filter((each) => ALIVE.includes(each.state));
  for (const group of inOrder(running)) {
    report.detail(`stopping ${group.map((each) => each.container).join(", ")}`);
    const names = group.map((each) => each.container);
    await withContainers(target, ["stop"], names, { code: "stop_failed", report, signal });
  }
}

/** Removes every container of the project, those of single commands too, and its networks. */
export async function removeContainers(
  target: ContainerTarget,
  report: StepReport,
  signal: AbortSignal,
): Promise<void> {
  const { host, engine, project } = target;
  await stopContainers(target, [], report, signal);
  const found = await engine.containers(project);
  const names = found.map((each) => containerState(each).container);
  const unnamed = unnamedIn(found);
  if (names.length > 0) {
    const words = ["container", "rm", "--force"];
    await withContainers(target, words, names, { code: "down_failed", report, signal });
  }
  await removeUnnamed(host, unnamed);
  for (const network of await engine.networks(project)) {
    report.detail(`network ${network.Name}`);
    await mustRun(host, ["docker", "network", "rm", network.Name], {
      signal,
      code: "down_failed",
      hint: `docker network inspect ${network.Name}`,
    });
  }
}
