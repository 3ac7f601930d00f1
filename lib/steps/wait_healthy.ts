/**
 * Waiting until every service is healthy, and saying why when one is not: the service, its last
 * log lines, a matched cause, the next command (exit 6).
 */
import { matchSignature } from "../doctor/signatures.ts";
import type { Engine } from "../engine/client.ts";
import { type ContainerState, stackContainers } from "../engine/state.ts";
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import type { ServiceProgress, Step, StepReport } from "./step.ts";

/** How often the daemon is asked. One call tells all containers. */
const POLL_MS = 250;
/** Restarts after which a service counts as failed: it will not come up by itself. */
const RESTARTS = 3;
const LOG_LINES = 20;
/**
 * A container that was unhealthy before the wait began may say so because of what has just been
 * put right; three checks at the longest interval (30 s) must have had their chance.
 */
const STALE_MS = 95_000;

/** Milliseconds until a start counts as failed; a small machine that builds its caches takes one minute. */
export const HEALTHY_MS = 240_000;

export interface WaitOptions {
  readonly host: Host;
  readonly engine: Engine;
  readonly project: string;
  /** Service → number of containers that must be healthy. */
  readonly expected: Readonly<Record<string, number>>;
  /** Milliseconds in all. */
  readonly timeoutMs: number;
}

/** Worst first, so that a row of replicas shows what holds the start up. */
const ORDER = ["missing", "exited", "restarting", "unhealthy", "created", "starting", "running"];

/** The one word for a container: its health once it runs, its state until then. */
export function stateWord(container: ContainerState): string {
  if (container.state !== "running") return container.state;
  return container.health === "none" ? "running" : container.health;
}

/** The state of each expected service. */
export function serviceStates(
  containers: readonly ContainerState[],
  expected: Readonly<Record<string, number>>,
): Map<string, string> {
  return new Map(
    Object.entries(expected).map(([service, count]) => {
      const own = containers.filter((each) => each.service === service);
      const words = own.map(stateWord);
      if (words.length < count) words.push("missing");
      words.sort((a, b) => rank(a) - rank(b));
      return [service, words[0] ?? "missing"];
    }),
  );
}

function rank(word: string): number {
  const index = ORDER.indexOf(word);
  return index < 0 ? ORDER.length : index;
}

export function waitHealthyStep(options: WaitOptions): Step {
  return {
    id: "wait-healthy",
    title: "Wait until every service is healthy",
    check: true,
    isDone: async () => allHealthy((await look(options)).states),
    run: (report, signal) => untilHealthy(options, report, signal),
  };
}

async function look({ engine, project, expected }: WaitOptions) {
  const containers = stackContainers(await engine.containers(project));
  return { containers, states: serviceStates(containers, expected) };
}

function allHealthy(states: ReadonlyMap<string, string>): boolean {
  return [...states.values()].every((state) => state === "healthy");
}

/**
 * Returns once all expected containers are healthy.
 *
 * @throws SetupError `service_unhealthy` (exit 6) for a service that has failed or is too late
 */
export async function untilHealthy(
  options: WaitOptions,
  report: StepReport,
  signal: AbortSignal,
): Promise<void> {
  const { host, engine, expected } = options;
  const from = host.clock.monotonic();
  const healthyAt = new Map<string, number>();
  let stale: ReadonlySet<string> | undefined;
  for (;;) {
    const { containers, states } = await look(options);
    const elapsed = host.clock.monotonic() - from;
    stale ??= new Set(
      containers.filter((each) => each.health === "unhealthy").map((each) => each.id),
    );
    for (const [service, state] of states) {
      if (state !== "healthy") healthyAt.delete(service);
      else if (!healthyAt.has(service)) healthyAt.set(service, elapsed);
    }
    report.services(
      [...states].map(([service, state]): ServiceProgress => ({
        service,
        state,
        elapsedMs: Math.round(healthyAt.get(service) ?? elapsed),
      })),
    );
    if (allHealthy(states)) return;
    const patient = elapsed < Math.min(STALE_MS, options.timeoutMs);
    const grace = patient ? stale : new Set<string>();
    const awaited = containers.filter((each) =>
      expected[each.service] !== undefined && !grace.has(each.id)
    );
    const failed = await failedContainer(engine, awaited, elapsed > options.timeoutMs);
    if (failed !== undefined) throw await explain(engine, failed);
    if (elapsed > options.timeoutMs) throw timedOut(states, options.timeoutMs);
    await host.clock.sleep(POLL_MS, signal);
  }
}

interface Failure {
  readonly container: ContainerState;
  readonly reason: string;
}

/** A container that will not become healthy by waiting longer. */
async function failedContainer(
  engine: Engine,
  containers: readonly ContainerState[],
  late: boolean,
): Promise<Failure | undefined> {
  for (const container of containers) {
    const suspicious = ["exited", "dead", "restarting"].includes(container.state) ||
      container.health === "unhealthy" || (late && container.health !== "healthy");
    if (!suspicious) continue;
    const detail = await engine.container(container.id);
    if (detail === undefined) continue;
    const { State: state } = detail;
    if (state.OOMKilled) {
      return { container, reason: "was killed: it used more memory than its limit" };
    }
    if (container.state === "exited" || container.state === "dead") {
      return { container, reason: `ended with exit code ${state.ExitCode}` };
    }
    if (detail.RestartCount >= RESTARTS) {
      return {
        container,
        reason: `ended ${detail.RestartCount} times and was restarted each time`,
      };
    }
    if (container.health === "unhealthy") {
      const last = state.Health?.Log?.at(-1)?.Output.trim().split("\n").at(-1) ?? "";
      return {
        container,
        reason: "is unhealthy" + (last === "" ? "" : `; its check says: ${last}`),
      };
    }
    if (late) return { container, reason: "did not become healthy in time" };
  }
  return undefined;
}

/** The error for the first container that has failed, or `undefined` when none has. */
export async function explainFailure(
  engine: Engine,
  project: string,
): Promise<SetupError | undefined> {
  const containers = stackContainers(await engine.containers(project));
  const failed = await failedContainer(engine, containers, false);
  return failed === undefined ? undefined : await explain(engine, failed);
}

async function explain(engine: Engine, failure: Failure): Promise<SetupError> {
  const { container, reason } = failure;
  const lines: string[] = [];
  try {
    for await (const batch of engine.logs(container.id, { tail: LOG_LINES })) {
      // The engine puts a time before each line; the service usually has one of its own.
      lines.push(...batch.map((line) => line.text.replace(/^\S+ /, "")));
    }
  } catch {
    // Without its log the failure is still worth telling.
  }
  const signature = matchSignature(lines);
  const shown = lines.slice(-LOG_LINES).map((line) => `  │ ${line}`).join("\n");
  return new SetupError({
    code: "service_unhealthy",
    message: `${container.service} ${reason}.` +
      (signature === undefined ? "" : `\nLikely cause: ${signature.cause}.`) +
      (shown === "" ? "" : `\nLast lines of ${container.container}:\n${shown}`),
    hint: signature?.remedy ?? `docker logs ${container.container}`,
    exit: EXIT.unhealthy,
  });
}

function timedOut(states: ReadonlyMap<string, string>, timeoutMs: number): SetupError {
  const late = [...states].filter(([, state]) => state !== "healthy")
    .map(([service, state]) => `${service} (${state})`).join(", ");
  return new SetupError({
    code: "service_unhealthy",
    message: `Not healthy after ${Math.round(timeoutMs / 1000)} seconds: ${late}.`,
    hint: "docker compose ps; rxdx-setup logs",
    exit: EXIT.unhealthy,
  });
}
