/** `start`: starts the stack as it is configured and waits until it is healthy. */
import { Engine } from "../../engine/client.ts";
import { EXIT, type ExitCode } from "../../errors.ts";
import { startSteps } from "../../operations/apply.ts";
import { needOwnStack } from "../../operations/pinned.ts";
import { checkDataHasSecrets, checkPorts } from "../../operations/preflight.ts";
import { prepareApply } from "../../operations/prepare.ts";
import { bringUpEngine } from "../bring_up.ts";
import type { CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";
import { summary } from "../summary.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { host, dir } = context;
  let prepared = await prepareApply(host, await needOwnStack(host, new Engine(host), dir));
  return await locked(context, "start", async () => {
    if (await bringUpEngine(context, prepared, true)) {
      prepared = await prepareApply(host, await needOwnStack(host, new Engine(host), dir));
    }
    checkDataHasSecrets(prepared);
    checkPorts(prepared.plan);
    await execute(context, "start", startSteps(host, new Engine(host), prepared.plan));
    await summary(context, prepared, true);
    return EXIT.ok;
  });
}
