/** What `doctor` says, as lines for the dashboard. */
import { createColors } from "picocolors";
import { Engine } from "../engine/client.ts";
import { needOwnStack } from "../operations/pinned.ts";
import { checksText } from "./checks_text.ts";
import { stackChecks } from "./commands/doctor.ts";
import { lookAt } from "./commands/check.ts";
import type { CommandContext } from "./context.ts";
import { lookAtStack, needEngine } from "./stack_look.ts";

export async function doctorLines(
  context: CommandContext,
  _service: string | undefined,
): Promise<readonly string[]> {
  const engine = new Engine(context.host);
  const install = await needOwnStack(context.host, engine, context.dir);
  await needEngine(engine);
  const checks = [
    ...await lookAt(context, install, ["machine", "names", "certificate"], {}),
    ...stackChecks(await lookAtStack(context, install, engine)),
  ];
  return checksText(checks, createColors(false)).split("\n");
}
