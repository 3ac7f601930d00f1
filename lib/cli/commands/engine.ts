/** `engine`: finds, installs and starts Docker, the same steps that `init` begins with. */
import { describeNeed, engineSteps } from "../../engine/install_steps.ts";
import { engineNeed } from "../../engine/requirements.ts";
import { EXIT, type ExitCode } from "../../errors.ts";
import { measure } from "../../observe/facts.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { host, out, dir } = context;
  let facts = await measure(host, { dir, ports: [] });
  const need = engineNeed(facts);
  const steps = engineSteps(host, facts);
  if (steps.length > 0) {
    out.note(describeNeed(facts));
    await confirm(context, "Go ahead?");
    await locked(context, "engine", () => execute(context, "engine", steps));
    facts = await measure(host, { dir, ports: [] });
  }
  const warning = need.kind === "ready" ? need.warning : undefined;
  if (out.json) {
    const { rootDir, ...rest } = facts.engine;
    out.resultJson({ schema: 1, ...rest, root_dir: rootDir ?? null, warning: warning ?? null });
  } else {
    out.result(describeNeed(facts));
    if (warning !== undefined) out.note(`${out.colors.yellow("!")} ${warning}`);
  }
  return EXIT.ok;
}
