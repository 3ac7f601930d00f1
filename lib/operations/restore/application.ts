/** The application around the exchange: stopped before, started after, and asked whether it is ready. */
import { composeUpOne } from "../../engine/compose.ts";
import { type ContainerState, stackContainers } from "../../engine/state.ts";
import { SetupError } from "../../errors.ts";
import { mustRun } from "../../steps/command.ts";
import type { StepReport } from "../../steps/step.ts";
import { HEALTHY_MS, untilHealthy } from "../../steps/wait_healthy.ts";
import type { StackScene } from "../backup/scene.ts";
import { stopContainers } from "../containers.ts";
import { endInterruption } from "../interruption.ts";
import { untilReached } from "../behind_door_step.ts";

/** What writes to the database and the uploads. */
const WRITER = "backend";

async function containers(
  { engine, install }: StackScene,
  service: string,
): Promise<ContainerState[]> {
  return stackContainers(await engine.containers(install.answers.name))
    .filter((each) => each.service === service);
}

export async function runsApplication(scene: StackScene): Promise<boolean> {
  return (await containers(scene, WRITER)).some((each) => each.state === "running");
}

export async function stopApplication(
  scene: StackScene,
  report: StepReport,
  signal: AbortSignal,
): Promise<void> {
  const { host, engine, install } = scene;
  const target = { host, engine, project: install.answers.name };
  await stopContainers(target, [WRITER], report, signal);
}

/** The very containers that were stopped: a change of the configuration that was not applied yet waits. */
export async function startApplication(scene: StackScene, signal?: AbortSignal): Promise<void> {
  const { host, install } = scene;
  const own = await containers(scene, WRITER);
  const options = {
    ...(signal === undefined ? {} : { signal }),
    code: "start_failed",
    hint: "rxdx-setup logs backend",
  };
  if (own.length === 0) {
    await mustRun(host, composeUpOne(WRITER), { ...options, cwd: install.dir });
    return;
  }
  const stopped = own.filter((each) => each.state !== "running").map((each) => each.container);
  if (stopped.length > 0) await mustRun(host, ["docker", "start", ...stopped], options);
}

const READY = "http://127.0.0.1:8000/api/v1/health/ready";
const POLL_MS = 200;

/**
 * Returns when every backend says itself that it is ready: people wait for it. Docker's word may be a whole
 * interval later; it is listened to as well, because it explains what has failed.
 *
 * @throws SetupError `service_unhealthy` (exit 6)
 */
export async function applicationReady(
  scene: StackScene,
  report: StepReport,
  signal: AbortSignal,
): Promise<void> {
  const { host, engine, install } = scene;
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  const wanted = Math.max(1, (await containers(scene, WRITER)).length);
  const asked = async () => {
    for (;;) {
      const running = (await containers(scene, WRITER)).filter((each) => each.state === "running");
      const answers = await Promise.all(running.map(async ({ id }) => {
        const { code } = await engine.exec(id, ["curl", "--noproxy", "*", "-fsS", READY])
          .catch(() => ({ code: 1 }));
        return code === 0;
      }));
      if (answers.filter((each) => each).length >= wanted) return;
      await host.clock.sleep(POLL_MS, either);
    }
  };
  const watched = untilHealthy(
    {
      host,
      engine,
      project: install.answers.name,
      expected: { [WRITER]: wanted },
      timeoutMs: HEALTHY_MS,
    },
    report,
    either,
  );
  const both = [asked(), watched];
  try {
    await Promise.race(both);
  } finally {
    done.abort();
    await Promise.allSettled(both);
  }
}

/** How long the old state is waited for before the error that led back to it is told. */
const SERVES_MS = 90_000;

/**
 * Waits until people are served again, through nginx where it runs, which remembers for some seconds that nobody
 * answered; then lets them in. Whatever keeps it from being so is not what went wrong here.
 */
export async function untilServed(scene: StackScene, report: StepReport): Promise<void> {
  const signal = AbortSignal.timeout(SERVES_MS);
  try {
    await applicationReady(scene, report, signal);
    const nginx = (await containers(scene, "nginx")).some((each) => each.state === "running");
    if (nginx) await untilReached(scene, report, signal);
  } catch (error) {
    if (!signal.aborted && !(error instanceof SetupError)) throw error;
  }
  await endInterruption(scene);
}

/** The database alone, where it does not run: it is asked what a restore has left in it. */
export async function databaseUp(
  scene: StackScene,
  report: StepReport,
  signal: AbortSignal,
): Promise<void> {
  const { host, engine, install } = scene;
  const healthy = (await containers(scene, "postgres")).some((each) => each.health === "healthy");
  if (healthy) return;
  await mustRun(host, composeUpOne("postgres"), {
    cwd: install.dir,
    signal,
    code: "start_failed",
    hint: "rxdx-setup logs postgres",
  });
  const project = install.answers.name;
  await untilHealthy(
    { host, engine, project, expected: { postgres: 1 }, timeoutMs: HEALTHY_MS },
    report,
    signal,
  );
}
