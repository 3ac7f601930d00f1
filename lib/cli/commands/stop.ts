/** `stop`: stops services; data and configuration stay. With `--maintenance` nginx goes on and says so. */
import { Engine } from "../../engine/client.ts";
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import {
  checkMaintenanceMessage,
  maintenanceOffStep,
  maintenanceOnStep,
  maintenanceShownStep,
  stopBehindStep,
} from "../../operations/maintenance.ts";
import type { Install } from "../../operations/install.ts";
import { needOwnStack } from "../../operations/pinned.ts";
import { checkServices, stopStep } from "../../operations/services.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";
import { addressHint } from "../hints.ts";
import { dirFlag } from "../summary.ts";

interface Flags {
  readonly maintenance?: boolean;
  readonly message?: string;
}

export async function run(
  context: CommandContext,
  flags: Flags,
  ...services: readonly string[]
): Promise<ExitCode> {
  checkServices(services);
  const maintenance = flags.maintenance === true;
  if ((maintenance && services.length > 0) || (!maintenance && flags.message !== undefined)) {
    throw new SetupError({
      code: "usage",
      message: maintenance
        ? "--maintenance stops everything but nginx; it takes no services."
        : "--message is what the page of --maintenance says.",
      hint: 'rxdx-setup stop --maintenance --message "Back at 14:00"',
      exit: EXIT.usage,
    });
  }
  if (flags.message !== undefined) checkMaintenanceMessage(flags.message);
  const { host, dir } = context;
  const install = await needOwnStack(host, new Engine(host), dir);
  return maintenance
    ? await stopBehind(context, install, flags.message)
    : await stop(context, install, services);
}

async function stop(
  context: CommandContext,
  { answers: { name } }: Install,
  services: readonly string[],
): Promise<ExitCode> {
  const { host, dir, out } = context;
  const whole = services.length === 0;
  const what = whole ? `the stack ${name}` : services.join(", ");
  if (context.interactive) await confirm(context, `Stop ${what}? Users will be cut off.`);
  return await locked(context, "stop", async () => {
    const engine = new Engine(host);
    const { changed } = await execute(context, "stop", [
      stopStep({ host, engine, dir, project: name, services }),
      // Nobody is left to show it, and whoever starts nginx by hand shall not meet it.
      ...(whole ? [maintenanceOffStep({ host, dir })] : []),
    ]);
    const stopped = changed.includes("stop");
    if (out.json) out.resultJson({ schema: 1, stopped });
    else out.result(stopped ? `Stopped ${what}.` : `${what} was not running.`);
    return EXIT.ok;
  });
}

async function stopBehind(
  context: CommandContext,
  install: Install,
  message: string | undefined,
): Promise<ExitCode> {
  const { host, dir, out } = context;
  const { name } = install.answers;
  if (context.interactive) {
    await confirm(context, `Stop ${name} behind a maintenance page? Users will be cut off.`);
  }
  return await locked(context, "stop", async () => {
    const plan = { answers: install.answers, dir };
    const { changed } = await execute(context, "stop", [
      maintenanceOnStep({
        host,
        dir,
        by: "stop --maintenance",
        ...(message === undefined ? {} : { message }),
      }),
      stopBehindStep(host, new Engine(host), plan),
      maintenanceShownStep(host, plan),
    ]);
    const stopped = changed.includes("stop-behind");
    if (out.json) out.resultJson({ schema: 1, stopped, maintenance: true });
    else {
      const text = `The stack ${name} is ${stopped ? "stopped" : "down"}; nginx answers 503 with ` +
        "the maintenance page. End it: rxdx-setup start";
      out.result(addressHint(text, dirFlag(context)));
    }
    return EXIT.ok;
  });
}
