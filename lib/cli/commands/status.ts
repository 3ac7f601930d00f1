/** `status`: the live dashboard, or the state once as text or JSON. */
import { Engine } from "../../engine/client.ts";
import { EXIT, type ExitCode } from "../../errors.ts";
import { needOwnStack } from "../../operations/pinned.ts";
import { canShowFullScreen } from "../../tui/terminal_guard.ts";
import type { CommandContext } from "../context.ts";
import { lookAtStack, needEngine } from "../stack_look.ts";
import { statusText } from "../status_text.ts";
import { watchStatus } from "../watch_status.ts";

interface Flags {
  readonly once: boolean;
  readonly watch: boolean;
  readonly every: number;
  readonly readOnly: boolean;
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out, dir } = context;
  const install = await needOwnStack(host, new Engine(host), dir);
  const engine = new Engine(host);
  const load = () => lookAtStack(context, install, engine);
  const live = !flags.once && !flags.watch && !out.json && !out.accessible &&
    canShowFullScreen(host.terminal, host.env);
  if (live) {
    const [{ runDashboard }, { stackActor }] = await Promise.all([
      import("../../tui/dashboard/run.ts"),
      import("../stack_actor.ts"),
    ]);
    await runDashboard({
      host,
      engine,
      project: install.answers.name,
      load,
      readOnly: flags.readOnly,
      actor: stackActor(context),
      signal: context.signal,
      color: out.resultColors.isColorSupported,
    });
    return EXIT.ok;
  }
  if (flags.watch) {
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
  else out.result(statusText(document, out.resultColors, host.clock.now()));
  return document.stack.state === "healthy" ? EXIT.ok : EXIT.unhealthy;
}
