/** What the commands of `admin` share: the stack they speak to, and where a password comes from. */
import { EXIT, invalidAnswers, type Problem, SetupError } from "../errors.ts";
import { Engine } from "../engine/client.ts";
import { stackContainers } from "../engine/state.ts";
import { normalEmail, passwordProblems } from "../operations/accounts/checks.ts";
import type { Install } from "../operations/install.ts";
import { needOwnStack } from "../operations/pinned.ts";
import { knownNames } from "../operations/prepare.ts";
import { Secret } from "../plan/secret.ts";
import { randomPassword } from "../secrets/secrets.ts";
import type { CommandContext } from "./context.ts";
import { needEngine } from "./stack_look.ts";

/** The install, when its database and, where it is asked for, its backend run. */
export async function needAccounts(
  context: CommandContext,
  services: readonly ("postgres" | "backend")[],
): Promise<Install> {
  const { host, dir } = context;
  const engine = new Engine(host);
  await needEngine(engine);
  const install = await needOwnStack(host, engine, dir);
  const running = stackContainers(await engine.containers(install.answers.name))
    .filter((each) => each.state === "running").map((each) => each.service);
  const missing = services.filter((each) => !running.includes(each));
  if (missing.length > 0) {
    throw new SetupError({
      code: "not_running",
      message: `${missing.join(" and ")} must run for this.`,
      hint: "rxdx-setup start",
      exit: EXIT.unhealthy,
    });
  }
  return install;
}

export interface PasswordFlags {
  readonly generate: boolean;
  readonly passwordStdin: boolean;
}

export interface ChosenPassword {
  readonly password: Secret;
  /** Made here, so it has to be shown once. */
  readonly generated: boolean;
}

/** Bytes read of a password on standard input; what is longer is refused by its length. */
const MOST_BYTES = 4096;

/**
 * The password, by the way that was chosen; what else is wrong with the call is told together with what is
 * wrong with it, and before anybody is asked.
 *
 * @throws SetupError `usage` (exit 2), `invalid_answers` (exit 3)
 */
export async function choosePassword(
  context: CommandContext,
  install: Install,
  of: { readonly email: string; readonly flags: PasswordFlags; readonly problems: Problem[] },
): Promise<ChosenPassword> {
  const { host } = context;
  const { email, flags, problems } = of;
  const known = [...knownNames(install.answers), ...normalEmail(email).split("@")];
  const refuse = (more: readonly Problem[]) => {
    const all = [...problems, ...more];
    if (all.length > 0) throw invalidAnswers(all, "what was given");
  };
  if (flags.generate && flags.passwordStdin) {
    throw oneWay("--generate and --password-stdin: one of them.");
  }
  if (flags.generate) {
    refuse([]);
    return {
      password: new Secret(randomPassword((count) => host.random.bytes(count))),
      generated: true,
    };
  }
  if (flags.passwordStdin) {
    if (host.terminal.stdinIsTerminal) {
      throw oneWay("--password-stdin reads a pipe or a file, and standard input is a terminal.");
    }
    const text = (await host.terminal.input(MOST_BYTES)).replace(/\r?\n$/, "");
    refuse(passwordProblems(text, known));
    return { password: new Secret(text), generated: false };
  }
  if (!context.interactive) {
    refuse([]);
    throw oneWay("A password is needed, and there is no terminal to ask on.");
  }
  refuse([]);
  return { password: new Secret(await typedTwice(context, known)), generated: false };
}

function oneWay(message: string): SetupError {
  return new SetupError({
    code: "usage",
    message,
    hint: "--generate makes a password and shows it once; --password-stdin reads it from a pipe",
    exit: EXIT.usage,
  });
}

/** Asks until a good one was typed twice. */
async function typedTwice(context: CommandContext, known: readonly string[]): Promise<string> {
  const { host } = context;
  const { askHidden } = await import("../tui/prompts.ts");
  for (;;) {
    const first = await askHidden(host, "Password (not shown)");
    const [problem] = passwordProblems(first, known);
    if (problem !== undefined) {
      host.terminal.err(`✗ The password ${problem.rule}.\n`);
      continue;
    }
    if (first === await askHidden(host, "Again")) return first;
    host.terminal.err("✗ The two differ.\n");
  }
}

/** What follows a change of the first administrator's password: `.env` still has the former one. */
export function formerPasswordNote(install: Install, email: string): string | undefined {
  const first = install.answers.admin.email || `admin@${install.answers.domain}`;
  const kept = install.secrets.ADMIN_PASSWORD ?? "";
  return kept === "" || first.toLowerCase() !== email.toLowerCase()
    ? undefined
    : `ADMIN_PASSWORD in ${install.dir}/.env is the former one. Empty it: ADMIN_PASSWORD=""`;
}
