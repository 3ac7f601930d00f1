/** `restart`: restarts services and waits until they are healthy. */
import { Engine } from "../../engine/client.ts";
import { EXIT, type ExitCode } from "../../errors.ts";
import { startSteps } from "../../operations/apply.ts";
import { checkUnchanged, inputsOf, needOwnStack } from "../../operations/pinned.ts";
import { checkDataHasSecrets } from "../../operations/preflight.ts";
import { prepareApply } from "../../operations/prepare.ts";
import { checkNoneUnfinished } from "../../operations/rotate/pending.ts";
import { checkServices, restartStep } from "../../operations/services.ts";
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
  const reviewed = await inputsOf(host, dir);
  const install = await needOwnStack(host, new Engine(host), dir);
  const prepared = await prepareApply(host, install);
  checkDataHasSecrets(prepared);
  const { plan } = prepared;
  const what = services.length === 0 ? `the stack ${install.answers.name}` : services.join(", ");
  if (context.interactive) await confirm(context, `Restart ${what}? Users will be cut off.`);
  return await locked(context, "restart", async () => {
    await checkUnchanged(host, dir, reviewed);
    await checkNoneUnfinished(host, dir);
    const engine = new Engine(host);
    await execute(context, "restart", [
      restartStep({ host, engine, dir, project: install.answers.name, services }),
      ...startSteps(host, engine, plan),
    ]);
    if (out.json) out.resultJson({ schema: 1, restarted: true });
    else out.result(`Restarted ${what}; everything is healthy.`);
    return EXIT.ok;
  });
}
