/** `rxdx-setup` alone: the wizard on a new server, a menu on an installed one. */
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { findInstall } from "../../operations/install.ts";
import type { CommandContext } from "../context.ts";

export async function start(context: CommandContext): Promise<ExitCode | void> {
  if (!context.interactive) {
    throw new SetupError({
      code: "no_terminal",
      message: "Without a terminal a command must be named.",
      hint: "rxdx-setup init --demo --yes; rxdx-setup status --once; rxdx-setup --help",
      exit: EXIT.usage,
    });
  }
  const installed = await findInstall(context.host, context.dir) !== undefined;
  if (!installed) return await initialise(context);
  const { askChoice } = await import("../../tui/prompts.ts");
  const choice = await askChoice(context.host, `RxDx in ${context.dir}`, [
    { value: "status", label: "Status", hint: "the live dashboard" },
    { value: "change", label: "Change settings" },
    { value: "apply", label: "Apply rxdx.yml" },
    { value: "restart", label: "Restart" },
    { value: "stop", label: "Stop" },
    { value: "quit", label: "Quit" },
  ]);
  switch (choice) {
    case "status": {
      const { run } = await import("./status.ts");
      return await run(context, { once: false, readOnly: false });
    }
    case "change":
      return await initialise(context);
    case "apply":
      return await (await import("./apply.ts")).run(context);
    case "restart":
      return await (await import("./restart.ts")).run(context, {});
    case "stop":
      return await (await import("./stop.ts")).run(context, {});
    case "quit":
      return EXIT.ok;
  }
}

async function initialise(context: CommandContext): Promise<ExitCode | void> {
  const { run } = await import("./init.ts");
  return await run(context, { demo: false, start: true, engine: true });
}
