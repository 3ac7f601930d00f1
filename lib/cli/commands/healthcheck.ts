/** `healthcheck`: one look for a timer or a monitor; what is wrong on a line each, and an exit code. */
import { Engine } from "../../engine/client.ts";
import { EXIT, type ExitCode } from "../../errors.ts";
import { needOwnStack } from "../../operations/pinned.ts";
import type { CommandContext } from "../context.ts";
import { lookAtStack, needEngine } from "../stack_look.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { host, out, dir } = context;
  const engine = new Engine(host);
  const install = await needOwnStack(host, engine, dir);
  await needEngine(engine);
  const { stack, problems, tls } = await lookAtStack(context, install, engine);
  const ok = stack.state === "healthy" && problems.every((each) => each.severity !== "critical");
  if (out.json) {
    out.resultJson({
      schema: 1,
      ok,
      state: stack.state,
      problems,
      last_order: tls.renewal.last_attempt,
    });
  } else {
    const lines = problems.map((each) => `${each.severity}: ${each.message} ${each.hint}`);
    out.result([stack.state, ...lines].join("\n"));
  }
  return ok ? EXIT.ok : EXIT.unhealthy;
}
