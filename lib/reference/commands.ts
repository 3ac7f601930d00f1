/**
 * docs/reference/commands.md: what each command prints for `--help`, which itself is made from the
 * table of routes. Pure; the texts are collected by `help_texts.ts`.
 */
import { block, code, type Page, page, table } from "./page.ts";

/** One command as the operator meets it. */
export interface CommandHelp {
  /** `rxdx-setup config set`. */
  readonly name: string;
  readonly brief: string;
  /** What `--help` prints. */
  readonly text: string;
}

const INTRO =
  "`rxdx-setup` alone starts the questions of `init` on a new server, and a menu on an " +
  "installed one. Without a terminal nothing is ever asked: what changes the machine then needs " +
  "`--yes`.";

const GLOBAL =
  "Global flags may stand before the command or behind it: `rxdx-setup --json status` " +
  "and `rxdx-setup status --json` are the same. `rxdx-setup --version` prints the version.";

/** The anchor that GitHub gives to a heading made of such a name. */
function anchor(name: string): string {
  return name.replaceAll(" ", "-");
}

export function commandsPage(root: CommandHelp, commands: readonly CommandHelp[]): Page {
  return page("commands.md", "lib/cli/routes.ts", [
    "# Commands",
    INTRO,
    table(
      ["Command", "Does"],
      commands.map(({ name, brief }) => [`[${code(name)}](#${anchor(name)})`, brief]),
    ),
    GLOBAL,
    "How each ends: [exit codes](exit-codes.md).",
    `## ${root.name}`,
    block("text", root.text),
    ...commands.flatMap(({ name, text }) => [`## ${name}`, block("text", text)]),
  ]);
}
