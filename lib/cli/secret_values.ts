/** Where new values of secrets come from: variables, a file, standard input, a hidden question. */
import { nearest } from "../answers/suggest.ts";
import { EXIT, invalidAnswers, type Problem, SetupError } from "../errors.ts";
import { gatherSecrets } from "../operations/gather.ts";
import type { Install } from "../operations/install.ts";
import { givenProblems } from "../operations/rotate/wanted.ts";
import { MADE_HERE, ROTATABLE, type Rotatable, rotatableNamed } from "../secrets/rotation.ts";
import { absolute, type CommandContext } from "./context.ts";

export interface ValueFlags {
  readonly all: boolean;
  readonly secretsFile?: string;
  readonly stdin: boolean;
}

export type Given = Readonly<Partial<Record<Rotatable, string>>>;

/** Bytes read of a secret on standard input; what is longer is refused by its length. */
const MOST_BYTES = 4096;

function usage(message: string, hint: string): SetupError {
  return new SetupError({ code: "usage", message, hint, exit: EXIT.usage });
}

/** @throws SetupError `usage` (exit 2) with every word that means no secret */
export function namedSecrets(words: readonly string[]): Rotatable[] {
  const wrong = words.filter((word) => rotatableNamed(word) === undefined);
  if (wrong.length > 0) {
    const lines = wrong.map((word) => {
      const near = nearest(word.toUpperCase(), ROTATABLE);
      return `${JSON.stringify(word)} is no secret that can be rotated` +
        (near === undefined ? "." : `; did you mean ${near}?`);
    });
    throw usage(lines.join("\n"), "rxdx-setup secrets list");
  }
  const named = words.map(rotatableNamed);
  return ROTATABLE.filter((name) => named.includes(name));
}

/** What `--all` means: made here, but for the recovery key, whose secret half needs a place elsewhere. */
function all(install: Install, given: Given, hasKey: boolean): Rotatable[] {
  return ROTATABLE.filter((name) =>
    given[name] !== undefined ||
    (MADE_HERE.includes(name) && name !== "BACKUP_RECIPIENT" &&
      (name !== "BACKUP_KEY" || hasKey) &&
      (name !== "ADMIN_PASSWORD" || (install.secrets.ADMIN_PASSWORD ?? "") !== ""))
  );
}

/** Values from the environment and a file. @throws SetupError `file_not_found`, `invalid_answers` */
export async function givenSecrets(context: CommandContext, flags: ValueFlags): Promise<Given> {
  const { host } = context;
  const { secretsFile: path } = flags;
  const text = path === undefined ? undefined : await host.files.readText(absolute(host, path));
  if (path !== undefined && text === undefined) {
    throw new SetupError({
      code: "file_not_found",
      message: `--secrets-file ${path}: there is no such file.`,
      hint: "Check the path; it is relative to the present directory.",
      exit: EXIT.answers,
    });
  }
  const file = path === undefined || text === undefined
    ? undefined
    : { path: absolute(host, path), text };
  const { given, problems } = await gatherSecrets(host, file);
  if (problems.length > 0) throw invalidAnswers(problems, "what was given");
  return given;
}

/**
 * Which secrets, and the values of those that nobody here makes; asks last, when nothing else is wrong.
 *
 * @throws SetupError `usage` (exit 2), `invalid_answers` (exit 3) with every problem
 */
export async function chooseValues(
  context: CommandContext,
  install: Install,
  of: {
    readonly named: readonly Rotatable[];
    readonly flags: ValueFlags;
    readonly hasKey: boolean;
  },
): Promise<{ names: readonly Rotatable[]; given: Given }> {
  const { named, flags, hasKey } = of;
  const offered = await givenSecrets(context, flags);
  const names = flags.all
    ? ROTATABLE.filter((name) =>
      named.includes(name) || all(install, offered, hasKey).includes(name)
    )
    : named;
  if (names.length === 0) {
    throw usage(
      "Say which secrets shall get a new value, or --all.",
      "rxdx-setup secrets list; then for example: rxdx-setup secrets rotate POSTGRES_PASSWORD",
    );
  }
  const given: Partial<Record<Rotatable, string>> = Object.fromEntries(
    Object.entries(offered).filter(([name]) => names.includes(name as Rotatable)),
  );
  const idle = Object.keys(offered).filter((name) => !names.includes(name as Rotatable));
  const problems: Problem[] = idle.map((name) => ({
    key: `RXDX_SECRET_${name}`,
    rule: "is given, but not among the secrets that shall be rotated",
    example: `rxdx-setup secrets rotate ${name}`,
  }));
  if (flags.stdin) await readStdin(context, names, given);
  problems.push(...givenProblems(install, given));
  const missing = names.filter((name) => !MADE_HERE.includes(name) && given[name] === undefined);
  if (problems.length > 0) throw invalidAnswers(problems, "what was given");
  if (missing.length > 0 && !context.interactive) {
    throw usage(
      `${
        missing.join(", ")
      }: the new value comes from somebody else, and there is no terminal to ` +
        "ask on.",
      `Give it as RXDX_SECRET_${missing[0]}, by --secrets-file, or by --stdin`,
    );
  }
  for (const name of missing) given[name] = await asked(context, install, name);
  return { names, given };
}

async function readStdin(
  { host }: CommandContext,
  names: readonly Rotatable[],
  given: Partial<Record<Rotatable, string>>,
): Promise<void> {
  const [name, ...others] = names;
  if (name === undefined || others.length > 0) {
    throw usage(
      "--stdin gives one value, so it needs exactly one secret.",
      "Give several by --secrets-file",
    );
  }
  if (name === "BACKUP_KEY" || name === "BACKUP_RECIPIENT") {
    throw usage(`${name} is made here; no value can be given.`, "Leave --stdin out");
  }
  if (host.terminal.stdinIsTerminal) {
    throw usage(
      "--stdin reads a pipe or a file, and standard input is a terminal.",
      "Leave --stdin out to be asked",
    );
  }
  given[name] = (await host.terminal.input(MOST_BYTES)).replace(/\r?\n$/, "");
}

/** Asks until it could be one; whether it is the right one is tried where it is for. */
async function asked({ host }: CommandContext, install: Install, name: Rotatable): Promise<string> {
  const { askHidden } = await import("../tui/prompts.ts");
  for (;;) {
    const value = await askHidden(host, `New ${name} (not shown)`);
    const [problem] = givenProblems(install, { [name]: value });
    if (problem === undefined) return value;
    host.terminal.err(`✗ It ${problem.rule}.\n`);
  }
}
