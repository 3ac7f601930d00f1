/**
 * One look that never fails: what keeps it from seeing is a problem of its own, for it is at night, when
 * Docker is down, that somebody has to be told. Called by `healthcheck`.
 */
import { Engine } from "../engine/client.ts";
import { EXIT, SetupError } from "../errors.ts";
import { diskStatus } from "../observe/inspect.ts";
import { diskProblems } from "../observe/judge.ts";
import { engineUnreachable, lookFailed } from "../observe/judge_failed.ts";
import type { StackState, StatusProblem, TlsStatus } from "../observe/status.ts";
import { lookAtAlerts } from "../operations/alerts/status.ts";
import { withoutSecrets } from "../operations/alerts/scene.ts";
import type { Install } from "../operations/install.ts";
import { needOwnStack } from "../operations/pinned.ts";
import type { CommandContext } from "./context.ts";
import { addressed, lookAtStack } from "./stack_look.ts";

export interface HealthLook {
  readonly state: StackState | "unknown";
  /** Without secrets, with hints that name the directory. */
  readonly problems: readonly StatusProblem[];
  /** False when much was not seen. */
  readonly complete: boolean;
  readonly lastOrder: TlsStatus["renewal"]["last_attempt"];
}

/** Milliseconds after which a look is given up: a daemon that hangs must not hang the timer. */
const LOOK_MS = 60_000;
const SECOND_MS = 1_000;

/** @throws SetupError where it is not this stack's directory, or the configuration is not valid */
export async function lookForHealth(
  context: CommandContext,
  install: Install,
): Promise<HealthLook> {
  const { host } = context;
  const engine = new Engine(host);
  if (!await engine.ping()) return await blind(context, install, engineUnreachable());
  const over = new AbortController();
  try {
    const look = lookAtStack(
      context,
      await needOwnStack(host, engine, install.dir),
      engine,
      true,
    );
    const { stack, problems, tls } = await Promise.race([look, tooLate(context, over.signal)]);
    return {
      state: stack.state,
      problems: withoutSecrets(host, install, problems),
      complete: true,
      lastOrder: tls.renewal.last_attempt,
    };
  } catch (error) {
    if (context.signal.aborted) throw error;
    if (!(error instanceof SetupError)) {
      const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return await blind(context, install, lookFailed(`${why}.`, "rxdx-setup status --once"));
    }
    if (error.exit === EXIT.answers || error.code === "name_in_use") throw error;
    const hint = error.hint ?? "rxdx-setup status --once";
    return await blind(context, install, lookFailed(error.message, hint));
  } finally {
    over.abort();
  }
}

async function tooLate({ host }: CommandContext, signal: AbortSignal): Promise<never> {
  const began = host.clock.monotonic();
  while (!signal.aborted && host.clock.monotonic() - began < LOOK_MS) {
    await host.clock.sleep(SECOND_MS, signal).catch(() => undefined);
  }
  throw new SetupError({
    code: "look_timed_out",
    message: `It took longer than ${LOOK_MS / SECOND_MS} seconds.`,
    hint: "docker ps; systemctl status docker",
    exit: EXIT.unhealthy,
  });
}

/** What can be seen without Docker: the disk, whose end is so often why it is silent. */
async function blind(
  context: CommandContext,
  install: Install,
  problem: StatusProblem,
): Promise<HealthLook> {
  const { host, dir } = context;
  const { alerts } = install.answers;
  const [{ open: held }, space] = await Promise.all([
    lookAtAlerts(host, install),
    host.files.space(dir).catch(() => undefined),
  ]);
  const disk = space === undefined
    ? []
    : diskProblems({ disk: diskStatus(dir, space), alerts, held });
  const problems = addressed(context, [problem, ...disk]);
  return {
    state: "unknown",
    problems: withoutSecrets(host, install, problems),
    complete: false,
    lastOrder: null,
  };
}
