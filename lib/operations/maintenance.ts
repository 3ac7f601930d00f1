/**
 * The maintenance page: nginx answers 503 to everybody for as long as one file lies in `nginx/maintenance`,
 * which it looks for at every request (docs/adr/0028). `stop --maintenance` puts it up, and `startSteps` take
 * it away once everything is healthy; for a restore and an upgrade see `interruption.ts`. The file outlives a
 * run that was killed, so status and doctor tell of it.
 */
import { isPrintable } from "../answers/rules.ts";
import type { Engine } from "../engine/client.ts";
import { composeUpOne } from "../engine/compose.ts";
import { stackContainers } from "../engine/state.ts";
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import type { Plan } from "../plan/plan.ts";
import { mustRun } from "../steps/command.ts";
import type { Step } from "../steps/step.ts";
import { stopContainers } from "./containers.ts";
import { maintenanceJson, maintenancePage } from "./maintenance_page.ts";

/** Relative to the install directory; nginx sees it as `/etc/nginx/rxdx/maintenance`. */
export const MAINTENANCE_DIRECTORY = "nginx/maintenance";

const FLAG = `${MAINTENANCE_DIRECTORY}/on`;

/** In the order in which they are removed: the flag first, so that no request finds half of it. */
export const MAINTENANCE_FILES: readonly string[] = [
  FLAG,
  `${MAINTENANCE_DIRECTORY}/page.html`,
  `${MAINTENANCE_DIRECTORY}/error.json`,
];

const MESSAGE_CHARACTERS = 300;

/** The page that is shown now. */
export interface Maintenance {
  /** ISO 8601. */
  readonly since: string;
  /** The command that put it there: `stop --maintenance`, `backup restore`. */
  readonly by: string;
  /** What people are told; empty for the usual words. */
  readonly message: string;
}

export async function readMaintenance(
  host: Host,
  dir: string,
): Promise<Maintenance | undefined> {
  const text = await host.files.readText(`${dir}/${FLAG}`);
  if (text === undefined) return undefined;
  const word = (value: unknown) => typeof value === "string" ? value : "";
  try {
    const value = JSON.parse(text) as Partial<Maintenance> | null;
    return { since: word(value?.since), by: word(value?.by), message: word(value?.message) };
  } catch {
    // Put there by hand: nginx asks for nothing but its name.
    return { since: "", by: "", message: "" };
  }
}

/** @throws SetupError `usage` (exit 2) for a message that no page could show */
export function checkMaintenanceMessage(message: string): void {
  if (isPrintable(message) && [...message].length <= MESSAGE_CHARACTERS) return;
  throw new SetupError({
    code: "usage",
    message: `The message must be one printable line of at most ${MESSAGE_CHARACTERS} characters.`,
    hint: 'rxdx-setup stop --maintenance --message "Back at 14:00"',
    exit: EXIT.usage,
  });
}

export interface MaintenanceOptions {
  readonly host: Host;
  readonly dir: string;
  readonly by: string;
  /** One printable line; what is there already stays without one. */
  readonly message?: string;
}

/** Shows the page, at once. */
export async function writeMaintenance(
  host: Host,
  dir: string,
  shown: Maintenance,
): Promise<void> {
  await host.files.mkdir(`${dir}/${MAINTENANCE_DIRECTORY}`, 0o755);
  const write = (name: string, text: string) =>
    host.files.writeAtomic(`${dir}/${MAINTENANCE_DIRECTORY}/${name}`, text, { mode: 0o644 });
  await write("error.json", maintenanceJson(shown.message));
  await write("page.html", maintenancePage(shown.message, shown.since));
  await write("on", `${JSON.stringify(shown)}\n`);
}

/** Takes the page away, at once; also where there is none. */
export async function removeMaintenance(host: Host, dir: string): Promise<void> {
  for (const path of MAINTENANCE_FILES) await host.files.remove(`${dir}/${path}`);
}

/** {@link writeMaintenance} as a step. Taken back when a later step fails before the barrier. */
export function maintenanceOnStep({ host, dir, by, message }: MaintenanceOptions): Step {
  let before: Maintenance | undefined;
  return {
    id: "maintenance-on",
    title: "Show the maintenance page",
    isDone: async () => {
      const there = await readMaintenance(host, dir);
      // One that a killed restore has left is not the operator's, and would go with the next.
      return there?.by === by && (message === undefined || message === there.message);
    },
    run: async () => {
      before = await readMaintenance(host, dir);
      await writeMaintenance(host, dir, {
        since: before?.since || host.clock.now().toISOString(),
        by,
        message: message ?? before?.message ?? "",
      });
    },
    undo: async () => {
      if (before === undefined) await host.files.remove(`${dir}/${FLAG}`);
    },
  };
}

/** Takes the page away, at once. Put it behind the wait for health and before the front door is asked. */
export function maintenanceOffStep({ host, dir }: Pick<MaintenanceOptions, "host" | "dir">): Step {
  return {
    id: "maintenance-off",
    title: "Take the maintenance page away",
    isDone: async () => await host.files.stat(`${dir}/${FLAG}`) === undefined,
    run: () => removeMaintenance(host, dir),
  };
}

/** Everything but nginx is stopped, in reverse order of dependency; nginx is started where it is down. */
export function stopBehindStep(
  host: Host,
  engine: Engine,
  plan: Pick<Plan, "answers" | "dir">,
): Step {
  const project = plan.answers.name;
  const look = async () => {
    const containers = stackContainers(await engine.containers(project));
    const alive = containers.filter((each) =>
      ["running", "restarting", "paused"].includes(each.state)
    );
    return {
      behind: [...new Set(alive.map((each) => each.service))].filter((each) => each !== "nginx"),
      nginx: containers.find((each) => each.service === "nginx"),
    };
  };
  return {
    id: "stop-behind",
    title: "Stop everything but nginx",
    isDone: async () => {
      const { behind, nginx } = await look();
      return behind.length === 0 && nginx?.state === "running";
    },
    run: async (report, signal) => {
      const { behind, nginx } = await look();
      if (nginx === undefined) {
        throw new SetupError({
          code: "nginx_not_there",
          message: "nginx has no container, so that nobody could show a page.",
          hint: `rxdx-setup start; or, in ${plan.dir}: ${composeUpOne("nginx").join(" ")}`,
          exit: EXIT.prerequisite,
        });
      }
      if (nginx.state !== "running") {
        await mustRun(host, ["docker", "start", nginx.container], {
          signal,
          code: "start_failed",
          hint: "rxdx-setup logs nginx",
        });
      }
      if (behind.length > 0) {
        await stopContainers({ host, engine, project }, behind, report, signal);
      }
    },
  };
}

const SHOWN_MS = 20_000;
const POLL_MS = 250;

/**
 * Asks at the published port, the way a browser comes: a page that nobody sees is none.
 *
 * @returns what is shown instead; `undefined` when it is the page
 */
export async function instead(
  host: Host,
  { answers }: Pick<Plan, "answers">,
): Promise<string | undefined> {
  const port = answers.ports.http;
  try {
    const response = await host.net.request({ port, path: "/health", timeoutMs: 5_000 });
    const body = await response.text();
    return response.status === 503 && body.includes("maintenance")
      ? undefined
      : `${response.status} ${body.slice(0, 100)}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export function maintenanceShownStep(host: Host, plan: Pick<Plan, "answers">): Step {
  const port = plan.answers.ports.http;
  const ask = () => instead(host, plan);
  return {
    id: "maintenance-shown",
    title: "Ask nginx whether it shows the page",
    check: true,
    isDone: async () => await ask() === undefined,
    run: async (_report, signal) => {
      const until = host.clock.monotonic() + SHOWN_MS;
      for (;;) {
        const complaint = await ask();
        if (complaint === undefined) return;
        if (host.clock.monotonic() > until) {
          throw new SetupError({
            code: "maintenance_not_shown",
            message: `http://127.0.0.1:${port}/health does not speak of maintenance: ${complaint}`,
            hint: "rxdx-setup apply, so that nginx knows the page; rxdx-setup logs nginx",
            exit: EXIT.unhealthy,
          });
        }
        await host.clock.sleep(POLL_MS, signal);
      }
    },
  };
}
