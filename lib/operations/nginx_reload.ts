/**
 * A reload of nginx, to its end: told to read its configuration, it answers with the old one until its new workers
 * serve, and goes on with the old one for ever when it cannot read the new one. So its workers are looked at.
 * Used wherever nginx is told: `scale/drain.ts`, `stack_steps.ts`, `tls/swap_steps.ts`, `behind_door_step.ts`.
 */
import type { Engine } from "../engine/client.ts";
import { stackContainers } from "../engine/state.ts";
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import { mustRun } from "../steps/command.ts";

export interface NginxTarget {
  readonly host: Host;
  /** Id of the nginx container. */
  readonly nginx: string;
  readonly signal?: AbortSignal;
}

/** Milliseconds until nginx has read a configuration; it takes about 100, on a busy machine seconds. */
export const SWITCH_MS = 20_000;
const POLL_MS = 100;
/** Where workers cannot be looked at: long enough for any machine that runs the stack. */
const BLIND_MS = 1_500;

/** Process ids of nginx's workers. */
export interface Workers {
  readonly serving: ReadonlySet<number>;
  readonly ending: ReadonlySet<number>;
}

/** Reads what `docker top ID -eo pid,args` prints. */
export function parseWorkers(text: string): Workers {
  const rows = text.split("\n").map((line) => /^\s*(\d+)\s+nginx: worker process(.*)$/.exec(line))
    .filter((row) => row !== null);
  const ids = (ending: boolean) =>
    new Set(
      rows.filter((row) => (row[2] ?? "").includes("shutting down") === ending)
        .map((row) => Number(row[1])),
    );
  return { serving: ids(false), ending: ids(true) };
}

/** `undefined` where they cannot be looked at. */
export async function workersOf({ host, nginx }: NginxTarget): Promise<Workers | undefined> {
  const asked = await host.process.run(["docker", "top", nginx, "-eo", "pid,args"]);
  const found = asked.code === 0 ? parseWorkers(asked.stdout) : undefined;
  return found === undefined || found.serving.size + found.ending.size === 0 ? undefined : found;
}

/** Id of the running nginx of a project; `undefined` where none runs. */
export async function runningNginx(engine: Engine, project: string): Promise<string | undefined> {
  return stackContainers(await engine.containers(project))
    .find((each) => each.service === "nginx" && each.state === "running")?.id;
}

/**
 * Tells it, and does not wait. Not by `docker kill`: whatever the signal, Docker then takes the container for one
 * that somebody has stopped, and does not start it again after a reboot (moby 41302; measured: 26.1.5).
 */
export async function tellNginx({ host, nginx, signal }: NginxTarget): Promise<void> {
  await mustRun(host, ["docker", "exec", nginx, "sh", "-c", "kill -HUP 1"], {
    ...(signal === undefined ? {} : { signal }),
    code: "nginx_reload_failed",
    hint: "rxdx-setup logs nginx",
  });
}

/**
 * nginx reads everything anew in fresh workers; the old ones finish what they have begun. Returns when the new ones
 * serve.
 *
 * @throws SetupError `nginx_reload_failed` (exit 5), with what nginx says of it
 */
export async function reloadNginx(target: NginxTarget): Promise<void> {
  const { host, signal } = target;
  const before = await workersOf(target);
  await tellNginx(target);
  if (before === undefined) {
    await host.clock.sleep(BLIND_MS, signal);
    return;
  }
  const from = host.clock.monotonic();
  for (;;) {
    await host.clock.sleep(POLL_MS, signal);
    const now = await workersOf(target);
    const serving = [...now?.serving ?? []];
    if (serving.length > 0 && serving.every((id) => !before.serving.has(id))) return;
    if (host.clock.monotonic() - from > SWITCH_MS) throw await refusal(target, now !== undefined);
  }
}

/** With nginx's last words about it: on standard error, where its requests are not. */
async function refusal({ host, nginx }: NginxTarget, runs: boolean): Promise<SetupError> {
  const { stderr } = await host.process.run(["docker", "logs", "--since", "60s", nginx]);
  const said = stderr.split("\n").filter((line) => /\[(?:emerg|alert)\]/.test(line)).at(-1);
  return new SetupError({
    code: "nginx_reload_failed",
    message: `nginx did not take over its configuration; ${
      runs ? "it serves with the one before" : "it does not run any more"
    }${said === undefined ? "." : `:\n${said.trim()}`}`,
    // A fresh nginx takes what a running one may refuse: another key for a zone that it has.
    hint: "rxdx-setup logs nginx; where its configuration is right: rxdx-setup restart nginx",
    exit: EXIT.apply,
  });
}
