/**
 * Global flags may stand before the command (`rxdx-setup --json status`); the parser knows flags
 * of commands only, so they are moved behind it.
 */
import { GLOBAL_SWITCHES, GLOBAL_VALUES } from "./command.ts";
import type { GlobalFlags } from "./output.ts";

export function hoist(argv: readonly string[]): string[] {
  const before: string[] = [];
  let index = 0;
  for (; index < argv.length; index++) {
    const word = argv[index] ?? "";
    if ((GLOBAL_SWITCHES as readonly string[]).includes(word)) before.push(word);
    else if ((GLOBAL_VALUES as readonly string[]).includes(word)) {
      before.push(word);
      const value = argv[index + 1];
      if (value !== undefined) before.push(value);
      index++;
    } else if (GLOBAL_VALUES.some((name) => word.startsWith(`${name}=`))) before.push(word);
    else break;
  }
  const rest = argv.slice(index);
  const end = rest.indexOf("--");
  return end < 0 ? [...rest, ...before] : [...rest.slice(0, end), ...before, ...rest.slice(end)];
}

/** True when global flags are all there is: no command was named. */
export function isBare(argv: readonly string[]): boolean {
  return hoist([...argv, "|"])[0] === "|";
}

/** What can be told of the global flags when there is no command, or it could not be parsed. */
export function guessFlags(argv: readonly string[]): GlobalFlags {
  const at = argv.findIndex((word) => word === "--dir" || word.startsWith("--dir="));
  const dir = argv[at] === "--dir" ? argv[at + 1] : argv[at]?.slice("--dir=".length);
  return {
    ...(at < 0 || dir === undefined ? {} : { dir }),
    json: argv.includes("--json"),
    verbose: argv.includes("--verbose"),
    noColor: argv.includes("--no-color"),
    yes: argv.includes("--yes") || argv.includes("-y"),
    accessible: argv.includes("--accessible"),
  };
}
