/**
 * Asks the program itself for the help of every command in the table of routes. With `main.ts` the
 * only user of `cli/`: both are entries. Called by `pages.ts`.
 */
import { run } from "../cli/app.ts";
import { routes } from "../cli/routes.ts";
import type { Host } from "../host/types.ts";
import type { CommandHelp } from "./commands.ts";

const PROGRAM = "rxdx-setup";

type Routes = typeof routes;
type Target = ReturnType<Routes["getAllEntries"]>[number]["target"];

function isGroup(target: Target): target is Routes {
  return "getAllEntries" in target;
}

/** Words of every command, groups resolved: `["config", "set"]`. */
function commandWords(map: Routes, before: readonly string[] = []): [string[], string][] {
  return map.getAllEntries().filter((entry) => !entry.hidden).flatMap(({ name, target }) => {
    const words = [...before, name.original];
    return isGroup(target) ? commandWords(target, words) : [[words, target.brief]];
  });
}

/** What `rxdx-setup … --help` writes to standard output. */
async function helpText(host: Host, words: readonly string[]): Promise<string> {
  let text = "";
  const terminal = { ...host.terminal, out: (part: string) => void (text += part) };
  const exit = await run([...words, "--help"], { ...host, terminal });
  if (exit !== 0 || text === "") throw new Error(`${words.join(" ")} --help ended with ${exit}`);
  return text;
}

/** The help of the program and of each of its commands, in the order of the table. */
export async function helpTexts(
  host: Host,
): Promise<{ readonly root: CommandHelp; readonly commands: readonly CommandHelp[] }> {
  const commands: CommandHelp[] = [];
  for (const [words, brief] of commandWords(routes)) {
    const name = [PROGRAM, ...words].join(" ");
    commands.push({ name, brief, text: await helpText(host, words) });
  }
  return { root: { name: PROGRAM, brief: routes.brief, text: await helpText(host, []) }, commands };
}
