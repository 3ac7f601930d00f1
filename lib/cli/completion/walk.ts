/**
 * What may be typed at the cursor, from the table of commands; nothing is loaded that a command would
 * need. stricli's own `proposeCompletions` knows neither global flags before the command, nor
 * meanings beside the words, nor where a file name belongs.
 */
import type { RouteMap } from "@stricli/core";
import { type AppContext, type Completes, GLOBAL_FLAGS } from "../command.ts";

export interface Proposal {
  readonly text: string;
  /** One line for people; may be empty. */
  readonly meaning: string;
}

/** What the cursor stands on. */
export type Wanted =
  /** One of these words. */
  | { readonly kind: "words"; readonly proposals: readonly Proposal[] }
  /** A value that is looked up; `before` belongs to the same word (`--set=`). */
  | { readonly kind: "value"; readonly completes: Completes; readonly before: string }
  | { readonly kind: "nothing" };

const NOTHING: Wanted = { kind: "nothing" };

type Routes = RouteMap<AppContext>;
type Target = ReturnType<Routes["getAllEntries"]>[number]["target"];

/** The parts of stricli's declarations that are read here, as `command.ts` makes them. */
interface Flag {
  readonly kind: string;
  readonly brief: string;
  readonly placeholder?: string;
  readonly variadic?: boolean;
  readonly default?: unknown;
  readonly withNegated?: boolean;
  readonly completes?: Completes;
}

interface Positional {
  readonly placeholder?: string;
  readonly completes?: Completes;
}

interface Parameters {
  readonly flags?: Readonly<Record<string, Flag>>;
  readonly aliases?: Readonly<Record<string, string>>;
  readonly positional?:
    | { readonly kind: "array"; readonly parameter: Positional }
    | { readonly kind: "tuple"; readonly parameters: readonly Positional[] };
}

/** What a placeholder means where the table says no more. */
const BY_PLACEHOLDER: Readonly<Record<string, Completes>> = {
  BACKUP: "backups",
  D: "directories",
  DIR: "directories",
  FILE: "files",
  KEY: "keys",
  KEYFILE: "files",
  PATH: "files",
  SECRET: "secrets",
  SERVICE: "services",
  "key=value": "assignments",
};

/** The same inside of a group of commands, which gives its names their meaning. */
const BY_GROUP: Readonly<Record<string, Readonly<Record<string, Completes>>>> = {
  backup: { NAME: "backups" },
};

const isGroup = (target: Target): target is Routes => "getAllEntries" in target;

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const oneLine = (text: string) => text.split("\n")[0] ?? "";

function parametersOf(target: Target): Parameters {
  return isGroup(target) ? { flags: GLOBAL_FLAGS, aliases: { y: "yes" } } : target
    .parameters as Parameters;
}

/** The spelling that changes something: `--no-start` where starting is the default. */
function spelling(name: string, flag: Flag): string {
  const negated = flag.kind === "boolean" && flag.default === true && flag.withNegated !== false;
  return `--${negated ? "no-" : ""}${kebab(name)}`;
}

/** The flag that a word names, with its value where it stands behind an equals sign. */
function flagAt(
  parameters: Parameters,
  word: string,
): { readonly name: string; readonly flag: Flag; readonly value?: string } | undefined {
  const [, long, value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  const name = long === undefined
    ? parameters.aliases?.[word.slice(1)]
    : Object.keys(parameters.flags ?? {}).find((each) =>
      kebab(each) === long || each === long || `no-${kebab(each)}` === long
    );
  const flag = name === undefined ? undefined : parameters.flags?.[name];
  if (name === undefined || flag === undefined) return undefined;
  return { name, flag, ...(value === undefined ? {} : { value }) };
}

function positionalValue(what: Positional | undefined, group: string): Wanted {
  const named = BY_GROUP[group]?.[what?.placeholder ?? ""];
  return named === undefined ? valueOf(what) : { kind: "value", completes: named, before: "" };
}

function valueOf(what: Positional | undefined, before = ""): Wanted {
  const completes = what?.completes ?? BY_PLACEHOLDER[what?.placeholder ?? ""];
  return completes === undefined ? NOTHING : { kind: "value", completes, before };
}

function entryNamed(group: Routes, word: string): Target | undefined {
  return group.getAllEntries().find(({ name }) => name.original === word)?.target;
}

function positionalAt({ positional }: Parameters, index: number): Positional | undefined {
  return positional?.kind === "array" ? positional.parameter : positional?.parameters[index];
}

/**
 * @param typed words behind the program's name; the last one is where the cursor is, perhaps empty
 */
export function wantedAt(table: Routes, typed: readonly string[]): Wanted {
  const before = typed.slice(0, -1);
  const current = typed.at(-1) ?? "";
  let target: Target = table;
  let pending: Flag | undefined;
  let group = "";
  let positionals = 0;
  let onlyWords = false;
  const used = new Set<string>();
  for (const word of before) {
    const parameters = parametersOf(target);
    if (pending !== undefined) pending = undefined;
    else if (!onlyWords && word === "--" && !isGroup(target)) onlyWords = true;
    else if (!onlyWords && word.startsWith("-") && word.length > 1) {
      const found = flagAt(parameters, word);
      if (found === undefined) continue;
      if (found.flag.variadic !== true) used.add(found.name);
      if (found.flag.kind !== "boolean" && found.value === undefined) pending = found.flag;
    } else if (isGroup(target)) {
      const next = entryNamed(target, word);
      if (next === undefined) return NOTHING;
      target = next;
      group = isGroup(next) ? word : group;
    } else positionals++;
  }
  const parameters = parametersOf(target);
  if (pending !== undefined) return valueOf(pending);
  if (!onlyWords && current.startsWith("-")) {
    const found = flagAt(parameters, current);
    if (found?.value !== undefined && current.startsWith("--")) {
      return found.flag.kind === "boolean"
        ? NOTHING
        : valueOf(found.flag, current.slice(0, current.indexOf("=") + 1));
    }
    return { kind: "words", proposals: flagProposals(target, table, used) };
  }
  if (!isGroup(target)) return positionalValue(positionalAt(parameters, positionals), group);
  return {
    kind: "words",
    proposals: target.getAllEntries().filter((entry) => !entry.hidden)
      .map((entry) => ({ text: entry.name.original, meaning: oneLine(entry.target.brief) })),
  };
}

function flagProposals(target: Target, table: Routes, used: ReadonlySet<string>): Proposal[] {
  const flags = Object.entries(parametersOf(target).flags ?? {})
    .filter(([name]) => !used.has(name))
    .map(([name, flag]) => ({ text: spelling(name, flag), meaning: oneLine(flag.brief) }));
  return [
    ...flags,
    { text: "--help", meaning: "Explain this command" },
    ...(target === table ? [{ text: "--version", meaning: "The version" }] : []),
  ];
}
