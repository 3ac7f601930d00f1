/** `stop`: stops services; data and configuration stay. */
import { Engine } from "../../engine/client.ts";
import { EXIT, type ExitCode } from "../../errors.ts";
import { needOwnStack } from "../../operations/pinned.ts";
import { checkServices, stopStep } from "../../operations/services.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";

export async function run(
  context: CommandContext,
  _flags: unknown,
  ...services: readonly string[]
): Promise<ExitCode> {
  checkServices(services);
  const { host, dir, out } = context;
  const install = await needOwnStack(host, new Engine(host), dir);
  const what = services.length === 0 ? `the stack ${install.answers.name}` : services.join(", ");
  if (context.interactive) await confirm(context, `Stop ${what}? Users will be cut off.`);
  return await locked(context, "stop", async () => {
    const engine = new Engine(host);
    const project = install.answers.name;
    const { changed } = await execute(context, "stop", [
      stopStep({ host, engine, dir, project, services }),
    ]);
    if (out.json) out.resultJson({ schema: 1, stopped: changed.length > 0 });
    else out.result(changed.length > 0 ? `Stopped ${what}.` : `${what} was not running.`);
    return EXIT.ok;
  });
}
