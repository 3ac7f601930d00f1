/**
 * Bringing the backend to another number of containers, or to another definition, while one always
 * serves: what is new is healthy before what is old leaves, and what leaves is out of nginx before it is
 * stopped. It looks, makes one move and looks again until there is nothing left to do, so a run that was
 * killed is gone on with. Who goes is decided here and not by Compose, whose choice differs between
 * versions: Compose only ever adds. Used by the step `start` of `scale`.
 */
import { composeAdd } from "../../engine/compose.ts";
import type { Engine } from "../../engine/client.ts";
import { containerState } from "../../engine/state.ts";
import type { ApiContainerSummary } from "../../engine/api.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import type { Plan } from "../../plan/plan.ts";
import { mustRun } from "../../steps/command.ts";
import type { StepReport } from "../../steps/step.ts";
import { HEALTHY_MS, untilHealthy } from "../../steps/wait_healthy.ts";
import { SWITCH_MS } from "../nginx_reload.ts";
import { drain, type DrainTarget, isDrained, undrain } from "./drain.ts";
import { mostAtOnce, nextMove, type Replica } from "./moves.ts";

export interface RollTarget {
  readonly host: Host;
  readonly engine: Engine;
  readonly plan: Plan;
  /** Compose's hash of the backend's definition as it is wanted. */
  readonly hash: string;
  readonly wanted: number;
  /** Of nginx, relative to the install directory. */
  readonly configuration: string;
  readonly signal: AbortSignal;
}

/** Port of the backend inside its container (application contract). */
const BACKEND_PORT = 8000;

async function summariesOf(target: Pick<RollTarget, "engine" | "plan">, service: string) {
  return (await target.engine.containers(target.plan.answers.name)).filter((each) =>
    each.Labels["com.docker.compose.service"] === service &&
    each.Labels["com.docker.compose.oneoff"] !== "True"
  );
}

/**
 * True when containers can come and go beside each other: the port of a development backend is published,
 * another image may not get on with the data of the present one, and where nothing serves there is
 * nothing to keep up.
 */
export async function canRoll(target: Pick<RollTarget, "engine" | "plan">): Promise<boolean> {
  const { engine, plan } = target;
  if (plan.answers.environment === "development") return false;
  const [backends, nginx, image] = await Promise.all([
    summariesOf(target, "backend"),
    summariesOf(target, "nginx"),
    engine.image(plan.images.backend),
  ]);
  const serves = backends.some((each) => containerState(each).health === "healthy");
  return serves && nginx.some((each) => each.State === "running") &&
    backends.every((each) => each.ImageID === image?.Id);
}

function replicaOf(summary: ApiContainerSummary, hash: string): Replica {
  const state = containerState(summary);
  return {
    id: state.id,
    name: state.container,
    number: Number(summary.Labels["com.docker.compose.container-number"] ?? "0"),
    current: state.configHash === hash,
    alive: ["running", "restarting", "paused"].includes(state.state),
    serving: state.state === "running" && state.health === "healthy",
  };
}

/** Brings it about. Safe to be killed anywhere: see the head of this file. */
export async function rollBackend(target: RollTarget, report: StepReport): Promise<void> {
  const { host, plan, wanted, signal } = target;
  const look = async () =>
    (await summariesOf(target, "backend")).map((each) => replicaOf(each, target.hash));
  const first = await look();
  const most = mostAtOnce(first.length, wanted);
  // Each move brings it nearer; somebody who starts containers meanwhile must not keep us here.
  let left = 4 * most;
  let drained: DrainTarget | undefined;
  const began = (of: DrainTarget) => {
    drained = of;
  };
  try {
    for (;;) {
      signal.throwIfAborted();
      const replicas = await look();
      const move = nextMove(replicas, wanted, most);
      if (move === undefined) break;
      if (left-- === 0) throw restless();
      if (move.kind === "remove") {
        await remove(target, move, report, began);
        continue;
      }
      if (move.kind === "add") {
        report.detail(`starting ${move.total - replicas.length} of ${wanted} backend containers`);
        host.failpoint("before:add");
        await mustRun(host, composeAdd("backend", move.total), {
          cwd: plan.dir,
          signal,
          code: "start_failed",
          hint: "rxdx-setup logs backend",
        });
        host.failpoint("after:add");
      }
      await healthy(target, move.total, report);
    }
  } catch (error) {
    // Also after Ctrl-C. Where it fails, the note makes the next run's `reload-nginx` do it.
    if (drained !== undefined && await isDrained(host, plan.dir)) {
      await tellAgain(drained).catch(() => undefined);
    }
    throw error;
  }
  if (drained === undefined || !await isDrained(host, plan.dir)) return;
  report.detail("nginx follows all of them again");
  await tellAgain(drained);
  host.failpoint("after:undrain");
}

function tellAgain(drained: DrainTarget): Promise<void> {
  return undrain({ ...drained, signal: AbortSignal.timeout(SWITCH_MS + 10_000) });
}

function restless(): SetupError {
  return new SetupError({
    code: "scale_failed",
    message:
      "The backend's containers change while they are being counted: somebody else starts or " +
      "stops them.",
    hint: "docker compose ps backend; then run the same command again",
    exit: EXIT.apply,
  });
}

function healthy(target: RollTarget, count: number, report: StepReport): Promise<void> {
  const { host, engine, plan, signal } = target;
  return untilHealthy(
    {
      host,
      engine,
      project: plan.answers.name,
      expected: { backend: count },
      timeoutMs: HEALTHY_MS,
    },
    report,
    signal,
  );
}

/** @param began is told where nginx is about to be drained, so that it is told the name again in the end */
async function remove(
  target: RollTarget,
  move: { readonly leaving: readonly Replica[]; readonly staying: readonly Replica[] },
  report: StepReport,
  began: (of: DrainTarget) => void,
): Promise<void> {
  const { host, plan, signal } = target;
  const names = move.leaving.map((each) => each.name);
  const failing = {
    signal,
    code: "stop_failed",
    hint: `docker ps --all --filter label=com.docker.compose.project=${plan.answers.name}`,
  };
  if (move.leaving.some((each) => each.alive)) {
    report.detail(`nginx sends nothing new to ${names.join(", ")}`);
    await leaveNginx(target, move.staying.filter((each) => each.serving), began);
    // Its own grace period (stop_grace_period) is for what it still works on; WebSockets it closes.
    report.detail(`stopping ${names.join(", ")}`);
    host.failpoint("before:remove");
    await mustRun(host, ["docker", "stop", ...names], failing);
  }
  host.failpoint("during:remove");
  await mustRun(host, ["docker", "rm", ...names], failing);
  host.failpoint("after:remove");
}

async function leaveNginx(
  target: RollTarget,
  staying: readonly Replica[],
  began: (of: DrainTarget) => void,
): Promise<void> {
  const { host, plan, signal } = target;
  const [nginx] = await summariesOf(target, "nginx");
  const backends = await summariesOf(target, "backend");
  const addresses = staying.map(({ id }) =>
    addressFor(nginx, backends.find((each) => each.Id === id))
  ).filter((each) => each !== undefined);
  if (nginx === undefined || addresses.length !== staying.length) return;
  const drained: DrainTarget = {
    host,
    dir: plan.dir,
    nginx: nginx.Id,
    configuration: target.configuration,
    signal,
  };
  began(drained);
  await drain(drained, addresses);
}

/** Where nginx reaches a backend: the address in a network that both are in. */
export function addressFor(
  nginx: ApiContainerSummary | undefined,
  backend: ApiContainerSummary | undefined,
): string | undefined {
  const networks = backend?.NetworkSettings?.Networks ?? {};
  const shared = Object.keys(nginx?.NetworkSettings?.Networks ?? {})
    .map((name) => networks[name]?.IPAddress ?? "")
    .find((address) => address !== "");
  return shared === undefined ? undefined : `${shared}:${BACKEND_PORT}`;
}
