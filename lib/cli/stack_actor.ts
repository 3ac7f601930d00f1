/**
 * What the dashboard may do to the stack: the same steps as the commands `restart`, `stop`, `start` and
 * `apply`, under the same lock, told to the dashboard instead of to the terminal.
 */
import type { Service } from "../engine/compose.ts";
import { Engine } from "../engine/client.ts";
import { stackContainers } from "../engine/state.ts";
import { EXIT, SetupError } from "../errors.ts";
import { applySteps, startSteps } from "../operations/apply.ts";
import { findChanges } from "../operations/changes.ts";
import { needInstall } from "../operations/install.ts";
import { checkDataHasSecrets, checkPorts } from "../operations/preflight.ts";
import { prepareApply, type Prepared } from "../operations/prepare.ts";
import { checkServices, restartStep, startServiceSteps, stopStep } from "../operations/services.ts";
import { scaled, scaleDowntime, scaleLines } from "../operations/scale/wanted.ts";
import type { Host } from "../host/types.ts";
import type { ProgressEvent } from "../steps/events.ts";
import { runSteps } from "../steps/runner.ts";
import type { Step } from "../steps/step.ts";
import { actionTitle, type Actor, type StackAction } from "../tui/dashboard/actions.ts";
import { VERSION } from "../version.ts";
import { createColors } from "picocolors";
import { absolute, type CommandContext } from "./context.ts";
import { locked } from "./execute.ts";
import { changesText } from "./review.ts";

/** Tells the dashboard what is being done, in a few words. */
function told(report: (text: string) => void): (event: ProgressEvent) => void {
  let title = "";
  return (event) => {
    if (event.type === "step-start") report(title = event.title);
    else if (event.type === "step-detail") report(`${title} · ${event.text}`);
    else if (event.type === "step-services") {
      const waiting = event.services.filter((each) => each.state !== "healthy");
      const names = waiting.map(({ service, state }) => `${service} ${state}`);
      report(names.length === 0 ? title : `${title} · ${names.join(", ")}`);
    }
  };
}

/** How long a service may take to end, in the words of the compose files. */
const ENDS: Readonly<Record<string, string>> = {
  postgres: "It finishes what it writes, for at most 120 s; the application waits for it.",
  backend: "Requests that it has taken are finished; new ones wait or fail until it is back.",
  nginx: "Nobody reaches anything until it is back.",
  frontend: "Pages cannot be loaded until it is back; what is open goes on.",
};

function about(section: string): number {
  return section.startsWith("Containers") ? 0 : 1;
}

export function stackActor(context: CommandContext): Omit<Actor, "shell"> {
  const { host, dir } = context;
  const engine = new Engine(host);

  const run = (
    action: StackAction,
    report: (text: string) => void,
    steps: () => Promise<readonly Step[]>,
    signal: AbortSignal,
  ) =>
    locked(context, actionTitle(action), async () => {
      await runSteps(await steps(), {
        host,
        dir,
        command: action.kind,
        argv: context.argv,
        version: VERSION,
        emit: told(report),
        signal: AbortSignal.any([context.signal, signal]),
      });
    });

  const prepared = async (): Promise<Prepared> => {
    const ready = await prepareApply(host, await needInstall(host, dir));
    checkDataHasSecrets(ready);
    return ready;
  };

  const preview = async (action: StackAction): Promise<readonly string[]> => {
    const install = await needInstall(host, dir);
    if (action.kind === "scale") {
      const before = (await prepareApply(host, install)).plan;
      const ready = await prepareApply(host, scaled(install, action.replicas));
      const found = { ...await findChanges(host, ready, undefined, true), order: undefined };
      const changes = changesText(ready, found, createColors(false));
      return [
        `resources.backend.replicas in rxdx.yml becomes ${action.replicas}; it stays so.`,
        "",
        ...scaleLines(before, ready.plan),
        "",
        "Downtime expected:",
        ...scaleDowntime(found, ready.plan).map((line) => `  ${line}`),
        "",
        // What becomes of the containers first: that is what was asked for.
        ...changes.split("\n\n").sort((a, b) => about(a) - about(b)).join("\n\n").split("\n"),
      ];
    }
    // Anybody can give a container the labels of this stack; Compose does not know it.
    if (action.service !== undefined) checkServices([action.service]);
    const containers = stackContainers(await engine.containers(install.answers.name))
      .filter((each) => action.service === undefined || each.service === action.service);
    const names = containers.map((each) => each.container);
    const services = [...new Set(containers.map((each) => each.service))];
    const what = names.length === 0 ? "No container is there." : names.join(", ");
    switch (action.kind) {
      case "restart":
        return [what, "", ...services.map((each) => ENDS[each] ?? ""), "Data stay."];
      case "stop":
        return [
          what,
          "",
          ...(action.service === undefined
            ? ["Nobody can use the application until it is started again."]
            : services.map((each) => ENDS[each] ?? "")),
          "Data and configuration stay. It also stays stopped when the machine restarts.",
        ];
      case "start":
        return [
          what,
          "",
          "What is not running is started as rxdx.yml says, and waited for until it is healthy.",
        ];
    }
  };

  const steps = async (action: StackAction): Promise<readonly Step[]> => {
    if (action.kind === "scale") {
      const ready = await prepareApply(
        host,
        scaled(await needInstall(host, dir), action.replicas),
      );
      checkDataHasSecrets(ready);
      return await applySteps(host, ready, { start: true, roll: true });
    }
    const { plan } = await prepared();
    const target = { host, engine, dir, project: plan.answers.name };
    const services = action.service === undefined ? [] : [action.service];
    switch (action.kind) {
      case "restart":
        return [
          restartStep({ ...target, services }),
          ...(action.service === undefined
            ? startSteps(host, engine, plan)
            : startServiceSteps(host, engine, plan, action.service as Service)),
        ];
      case "start":
        checkPorts(plan);
        return action.service === undefined
          ? startSteps(host, engine, plan)
          : startServiceSteps(host, engine, plan, action.service as Service);
      case "stop":
        return [stopStep({ ...target, services })];
    }
  };

  return {
    preview,
    perform: (action, report, signal) => run(action, report, () => steps(action), signal),
    doctor: async (service) => {
      const { doctorLines } = await import("./doctor_lines.ts");
      return await doctorLines(context, service);
    },
    save: (path, text) => saveNew(host, path, text),
  };
}

/** Writes a file that was not there; `~/` is the home directory. Returns its absolute path. */
async function saveNew(host: Host, path: string, text: string): Promise<string> {
  const target = absolute(host, path.replace(/^~(?=\/)/, host.env["HOME"] ?? "~"));
  const refused = (code: string, message: string, cause?: unknown) =>
    new SetupError({ code, message, hint: "Choose another name: S", exit: EXIT.usage, cause });
  try {
    const directory = target.replace(/\/[^/]*$/, "") || "/";
    if ((await host.files.stat(directory))?.kind !== "directory") {
      throw refused("no_directory", `There is no directory ${directory}`);
    }
    if (await host.files.stat(target) !== undefined) {
      throw refused("file_exists", `${target} is there already`);
    }
    await host.files.writeAtomic(target, text, { mode: 0o600 });
    return target;
  } catch (error) {
    if (error instanceof SetupError) throw error;
    throw refused("not_written", `${target} cannot be written`, error);
  }
}
