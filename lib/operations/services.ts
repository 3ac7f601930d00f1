/** Stopping and restarting services, as steps. */
import { composeRestart, composeUpOne, type Service, SERVICES } from "../engine/compose.ts";
import type { Engine } from "../engine/client.ts";
import { stackContainers } from "../engine/state.ts";
import { EXIT, SetupError } from "../errors.ts";
import { nearest } from "../answers/suggest.ts";
import type { Host } from "../host/types.ts";
import type { Plan } from "../plan/plan.ts";
import { mustRun } from "../steps/command.ts";
import type { Step } from "../steps/step.ts";
import { HEALTHY_MS, waitHealthyStep } from "../steps/wait_healthy.ts";
import { stopContainers } from "./containers.ts";
import { expectedContainers } from "./hashes.ts";

/**
 * @throws SetupError `unknown_service` (exit 2)
 */
export function checkServices(names: readonly string[]): void {
  const known: readonly string[] = SERVICES;
  for (const name of names) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw new SetupError({
      code: "unknown_service",
      message: `There is no service ${name}` +
        (near === undefined ? "." : `; did you mean ${near}?`),
      hint: `Services are ${known.join(", ")}`,
      exit: EXIT.usage,
    });
  }
}

interface Target {
  readonly host: Host;
  readonly engine: Engine;
  readonly dir: string;
  readonly project: string;
  /** All when empty. */
  readonly services: readonly string[];
}

function titled(verb: string, services: readonly string[]): string {
  return services.length === 0 ? `${verb} the stack` : `${verb} ${services.join(", ")}`;
}

/** Stops in reverse order of dependency; each service finishes what it is doing. */
export function stopStep(target: Target): Step {
  const { host, engine, project, services } = target;
  return {
    id: "stop",
    title: titled("Stop", services),
    isDone: async () =>
      !stackContainers(await engine.containers(project))
        .filter((each) => services.length === 0 || services.includes(each.service))
        .some((each) => ["running", "restarting", "paused"].includes(each.state)),
    run: async (report, signal) => {
      await stopContainers({ host, engine, project }, services, report, signal);
    },
  };
}

export function restartStep(target: Target): Step {
  const { host, dir, services } = target;
  return {
    id: "restart",
    title: titled("Restart", services),
    isDone: () => Promise.resolve(false),
    run: async (report, signal) => {
      await mustRun(host, composeRestart(services), {
        cwd: dir,
        signal,
        code: "restart_failed",
        hint: "docker compose ps",
        onLine: (line) => report.detail(line.trim()),
      });
    },
  };
}

/** Starts one service, and what it depends on, and waits for it; the others stay as they are. */
export function startServiceSteps(
  host: Host,
  engine: Engine,
  plan: Plan,
  service: Service,
): Step[] {
  const project = plan.answers.name;
  const wanted = expectedContainers(plan)[service] ?? 1;
  return [
    {
      id: "start-service",
      title: `Start ${service}`,
      isDone: async () =>
        stackContainers(await engine.containers(project))
          .filter((each) => each.service === service && each.state === "running")
          .length >= wanted,
      run: async (report, signal) => {
        await mustRun(host, composeUpOne(service), {
          cwd: plan.dir,
          signal,
          code: "start_failed",
          hint: `rxdx-setup logs ${service}`,
          onLine: (line) => report.detail(line.trim()),
        });
      },
    },
    waitHealthyStep({
      host,
      engine,
      project,
      expected: { [service]: wanted },
      timeoutMs: HEALTHY_MS,
    }),
  ];
}
