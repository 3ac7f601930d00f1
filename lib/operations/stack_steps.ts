/** Starting and reloading the stack, as steps. */
import type { Engine } from "../engine/client.ts";
import { composeUp, composeUpOne, type Service, SERVICES } from "../engine/compose.ts";
import { stackContainers } from "../engine/state.ts";
import type { Host } from "../host/types.ts";
import type { Plan } from "../plan/plan.ts";
import { EXIT, SetupError } from "../errors.ts";
import { tail } from "../steps/command.ts";
import { readReceipt, sha256 } from "../steps/receipt.ts";
import type { ServiceProgress, Step, StepReport } from "../steps/step.ts";
import { explainFailure, HEALTHY_MS, serviceStates, untilHealthy } from "../steps/wait_healthy.ts";
import { matchSignature } from "../doctor/signatures.ts";
import { reloadNginx, runningNginx } from "./nginx_reload.ts";
import { definedHashes, expectedContainers, type ServiceChange, serviceChanges } from "./hashes.ts";
import { readSameDatabase } from "./same_database.ts";
import { forgetDrained, isDrained, restoreUsual } from "./scale/drain.ts";
import { canRoll, rollBackend } from "./scale/roll.ts";
import { removeUnnamed, unnamedIn } from "./unnamed_volumes.ts";

/** Path of the configuration in use, relative to the install directory. */
export function nginxConfiguration(plan: Pick<Plan, "answers">): string {
  return plan.answers.environment === "development" ? "nginx/nginx.conf" : "nginx/nginx.prod.conf";
}

/** Identifies what nginx has to have read: its configuration, its certificate and what belongs to it. */
export async function nginxInputs(
  host: Host,
  plan: Pick<Plan, "answers" | "dir">,
): Promise<string> {
  const texts = await Promise.all(
    [nginxConfiguration(plan), "nginx/ssl/cert.pem", "nginx/ssl/live/hsts.map"]
      .map((path) => host.files.readText(`${plan.dir}/${path}`)),
  );
  return sha256(texts.map((text) => text ?? "").join("\0"));
}

export interface StartOptions {
  /** Replace and remove backend containers so that one always serves, instead of all at once. */
  readonly roll?: boolean;
}

/**
 * Creates and starts what differs. A stack that is down as a whole is left to Compose, which
 * knows the order; in a running one the services that changed are replaced one after the other,
 * each healthy before the next, and the others are left alone.
 */
export function startStep(
  host: Host,
  engine: Engine,
  plan: Plan,
  options: StartOptions = {},
): Step {
  const expected = expectedContainers(plan);
  const changes = async () => {
    const [hashes, same, rolls] = await Promise.all([
      definedHashes(host, plan.dir),
      readSameDatabase(host, plan.dir),
      options.roll === true && canRoll({ engine, plan }),
    ]);
    return await serviceChanges({ engine, plan, hashes, same, rolls });
  };
  // What `isDone` has found, for the `run` right behind it: Compose takes its time to tell.
  let asked: ServiceChange[] | undefined;
  return {
    id: "start",
    title: "Create and start the containers",
    barrier: true,
    isDone: async () => {
      asked = await changes();
      return asked.length === 0;
    },
    run: async (report, signal) => {
      const found = asked ?? await changes();
      asked = undefined;
      const changed = SERVICES.filter((service) => found.some((each) => each.service === service));
      const orphans = found.some((each) => each.action === "remove");
      // Services of the operator's own override file.
      const foreign = found.map((each) => each.service).filter((service) => !isService(service));
      if (changed.length === SERVICES.length || orphans) {
        await up({ host, engine, plan, signal }, composeUp(), report);
        return;
      }
      for (const service of [...SERVICES, ...foreign]) {
        const change = found.some((each) => each.service === service);
        if (change) {
          report.detail(service);
          const rolls = options.roll === true && service === "backend";
          if (rolls && await canRoll({ engine, plan })) {
            await rollBackend(
              {
                host,
                engine,
                plan,
                hash: (await definedHashes(host, plan.dir)).get("backend") ?? "",
                wanted: expected.backend,
                configuration: nginxConfiguration(plan),
                signal,
              },
              report,
            );
          } else await up({ host, engine, plan, signal }, composeUpOne(service), report);
        }
        // What others depend on must be well before they are started, also when it is only its
        // last check that says otherwise: Compose would refuse.
        if (!isService(service) || !(change || await isUnwell(engine, plan, service))) continue;
        await untilHealthy(
          {
            host,
            engine,
            project: plan.answers.name,
            expected: { [service]: expected[service] },
            timeoutMs: HEALTHY_MS,
          },
          report,
          signal,
        );
      }
    },
  };
}

function isService(name: string): name is Service {
  return (SERVICES as readonly string[]).includes(name);
}

async function isUnwell(engine: Engine, plan: Plan, service: Service): Promise<boolean> {
  return stackContainers(await engine.containers(plan.answers.name))
    .some((each) => each.service === service && each.health !== "healthy");
}

interface Target {
  readonly host: Host;
  readonly engine: Engine;
  readonly plan: Plan;
  readonly signal: AbortSignal;
}

/** Runs Compose and, while it waits for dependencies, shows their state. */
async function up(target: Target, command: readonly string[], report: StepReport): Promise<void> {
  const { host, engine, plan, signal } = target;
  const from = host.clock.monotonic();
  const unnamed = unnamedIn(await engine.containers(plan.answers.name));
  const done = new AbortController();
  const healthyAt = new Map<string, number>();
  const watching = (async () => {
    while (!done.signal.aborted) {
      const containers = stackContainers(await engine.containers(plan.answers.name));
      const elapsed = Math.round(host.clock.monotonic() - from);
      const states = serviceStates(containers, expectedContainers(plan));
      report.services([...states].map(([service, state]): ServiceProgress => {
        if (state === "healthy" && !healthyAt.has(service)) healthyAt.set(service, elapsed);
        return { service, state, elapsedMs: healthyAt.get(service) ?? elapsed };
      }));
      await host.clock.sleep(250, done.signal);
    }
  })().catch(() => undefined);
  try {
    const result = await host.process.run(command, { cwd: plan.dir, signal });
    // Those that no new container has taken over; after a failure nobody would know of them any more.
    if (unnamed.length > 0) {
      const now = await engine.containers(plan.answers.name).then(unnamedIn, () => unnamed);
      await removeUnnamed(host, unnamed.filter((name) => !now.includes(name)));
    }
    signal.throwIfAborted();
    if (result.code === 0) return;
    const failure = await explainFailure(engine, plan.answers.name);
    if (failure !== undefined) throw failure;
    const output = tail(result.stderr);
    const signature = matchSignature(output.split("\n"));
    throw new SetupError({
      code: "start_failed",
      message: `Docker Compose could not start the stack:\n${output}` +
        (signature === undefined ? "" : `\nLikely cause: ${signature.cause}.`),
      hint: signature?.remedy ?? "Correct it and run the same command again.",
      exit: EXIT.apply,
    });
  } finally {
    done.abort();
    await watching;
  }
}

/**
 * A changed configuration or certificate is read by the running nginx; requests under way have the time of
 * `worker_shutdown_timeout` to end. A connection of HTTP/2 that asks for nothing at that moment is taken leave of
 * (GOAWAY), and its browser opens another.
 */
export function reloadNginxStep(host: Host, engine: Engine, plan: Plan): Step {
  const newestInput = async () => {
    const infos = await Promise.all(
      [nginxConfiguration(plan), "nginx/ssl/live", "nginx/ssl/live/hsts.map", "nginx/ssl/cert.pem"]
        .map((path) => host.files.stat(`${plan.dir}/${path}`)),
    );
    return Math.max(...infos.map((info) => info?.modified.getTime() ?? 0));
  };
  return {
    id: "reload-nginx",
    title: "Let nginx read its configuration",
    isDone: async () => {
      // A run was killed while nginx knew only those backends that were to stay.
      if (await isDrained(host, plan.dir)) return false;
      const receipt = await readReceipt(host, plan.dir);
      if (receipt?.nginxLoaded === await nginxInputs(host, plan)) return true;
      // A container that was started after the last write has read it at its start.
      const [nginx] = stackContainers(await engine.containers(plan.answers.name))
        .filter((each) => each.service === "nginx");
      const started = nginx === undefined
        ? undefined
        : (await engine.container(nginx.id))?.State.StartedAt;
      return started !== undefined && Date.parse(started) > await newestInput();
    },
    run: async (_report, signal) => {
      await restoreUsual(host, plan.dir);
      const nginx = await runningNginx(engine, plan.answers.name);
      // One that starts reads what is on disk; why none runs is told by the step that waits for it.
      if (nginx === undefined) return;
      await reloadNginx({ host, nginx, signal });
      await forgetDrained(host, plan.dir);
    },
  };
}
