/** `status`: the live dashboard, or the state once as text or JSON. */
import { Engine } from "../../engine/client.ts";
import { EXIT, type ExitCode } from "../../errors.ts";
import type { StatusDocument } from "../../observe/status.ts";
import type { Install } from "../../operations/install.ts";
import { checkName, needNamedStack, needOwnStack } from "../../operations/pinned.ts";
import { canShowFullScreen } from "../../tui/terminal_guard.ts";
import type { CommandContext } from "../context.ts";
import { lazyActor } from "../lazy_actor.ts";

interface Flags {
  readonly once: boolean;
  readonly watch: boolean;
  readonly every: number;
  readonly readOnly: boolean;
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out, dir } = context;
  const engine = new Engine(host);
  const live = !flags.once && !flags.watch && !out.json && !out.accessible &&
    canShowFullScreen(host.terminal, host.env);
  if (live) {
    // What is on the screen first needs next to nothing; everything else is looked for behind it.
    const install = await needNamedStack(host, dir);
    const { name } = install.answers;
    const { runDashboard } = await import("../../tui/dashboard/run.ts");
    await runDashboard({
      host,
      engine,
      project: name,
      load: () => look(context, install, engine),
      check: () => checkName(host, engine, { name, dir }),
      readOnly: flags.readOnly,
      actor: lazyActor(context),
      signal: context.signal,
      color: out.resultColors.isColorSupported,
    });
    return EXIT.ok;
  }
  const install = await needOwnStack(host, engine, dir);
  const load = () => look(context, install, engine);
  const { needEngine } = await import("../stack_look.ts");
  if (flags.watch) {
    const { watchStatus } = await import("../watch_status.ts");
    await watchStatus({
      context,
      engine,
      project: install.answers.name,
      load: async () => {
        await needEngine(engine);
        return await load();
      },
      everyMs: flags.every * 1000,
    });
    // It has no end of its own: who ends it has seen what they wanted to see.
    return EXIT.ok;
  }
  await needEngine(engine);
  const document = await load();
  if (out.json) out.resultJson(document);
  else {
    const { statusText } = await import("../status_text.ts");
    out.result(statusText(document, out.resultColors, host.clock.now()));
  }
  return document.stack.state === "healthy" ? EXIT.ok : EXIT.unhealthy;
}

async function look(
  context: CommandContext,
  install: Install,
  engine: Engine,
): Promise<StatusDocument> {
  const { lookAtStack } = await import("../stack_look.ts");
  return await lookAtStack(context, install, engine);
}
