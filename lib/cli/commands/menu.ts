/** `rxdx-setup` alone: the wizard on a new server, a menu on an installed one. */
import { Engine } from "../../engine/client.ts";
import { stackContainers } from "../../engine/state.ts";
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { findInstall, type Install } from "../../operations/install.ts";
import type { Choice } from "../../tui/prompts.ts";
import { canShowFullScreen } from "../../tui/terminal_guard.ts";
import type { CommandContext } from "../context.ts";

const CHOICES: readonly Choice<string>[] = [
  { value: "status", label: "Status", hint: "the live dashboard" },
  { value: "change", label: "Change settings", hint: "the questions again, with present values" },
  { value: "edit", label: "Edit rxdx.yml", hint: "in your editor; checked before it is saved" },
  { value: "plan", label: "Plan", hint: "what applying rxdx.yml would change" },
  { value: "apply", label: "Apply", hint: "make the machine match rxdx.yml" },
  { value: "upgrade", label: "Upgrade", hint: "another version, with a backup; shown first" },
  { value: "restart", label: "Restart", hint: "all services" },
  { value: "stop", label: "Stop", hint: "data and configuration stay" },
  { value: "quit", label: "Quit", hint: "the stack goes on" },
];

export async function start(context: CommandContext): Promise<ExitCode | void> {
  if (!context.interactive) {
    throw new SetupError({
      code: "no_terminal",
      message: "Without a terminal a command must be named.",
      hint: "rxdx-setup init --demo --yes; rxdx-setup status --once; rxdx-setup --help",
      exit: EXIT.usage,
    });
  }
  const install = await findInstall(context.host, context.dir);
  if (install === undefined) return await initialise(context);
  switch (await choose(context, install)) {
    case "status": {
      const { run } = await import("./status.ts");
      return await run(context, { once: false, watch: false, every: 5, readOnly: false });
    }
    case "change":
      return await initialise(context);
    case "edit":
      return await (await import("./config_edit.ts")).run(context);
    case "plan":
      return await (await import("./plan.ts")).run(context, { explain: false });
    case "apply":
      return await (await import("./apply.ts")).run(context);
    case "upgrade":
      return await (await import("./upgrade.ts")).run(context, { check: false });
    case "restart":
      return await (await import("./restart.ts")).run(context, {});
    case "stop":
      return await (await import("./stop.ts")).run(context, {});
    case "quit":
      return EXIT.ok;
  }
}

async function choose(context: CommandContext, install: Install): Promise<string> {
  const { host, out, dir, signal } = context;
  const title = `RxDx in ${dir}`;
  if (out.accessible || !canShowFullScreen(host.terminal, host.env)) {
    const { askChoice } = await import("../../tui/prompts.ts");
    return await askChoice(host, title, CHOICES);
  }
  const { runMenu } = await import("../../tui/menu/menu.ts");
  return await runMenu({
    host,
    title,
    choices: CHOICES,
    look: () => stateOf(context, install),
    signal,
    color: out.resultColors.isColorSupported,
  });
}

async function stateOf({ host }: CommandContext, { answers }: Install) {
  const engine = new Engine(host);
  if (!await engine.ping()) return { text: "Docker does not answer", good: false };
  const containers = stackContainers(await engine.containers(answers.name));
  if (containers.length === 0) return { text: "has no containers", good: false };
  const healthy = containers.filter((each) => each.health === "healthy").length;
  return {
    text: `${answers.environment} · ${healthy} of ${containers.length} containers healthy`,
    good: healthy === containers.length,
  };
}

async function initialise(context: CommandContext): Promise<ExitCode | void> {
  const { run } = await import("./init.ts");
  return await run(context, { demo: false, start: true, engine: true });
}
