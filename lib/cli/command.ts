/**
 * How a command is declared. Each command's code is loaded only when it runs, errors never reach
 * the argument parser, and the global flags are the same everywhere.
 */
import { buildCommand, type Command, type CommandContext as StricliContext } from "@stricli/core";
import type { ExitCode } from "../errors.ts";
import type { CommandContext } from "./context.ts";
import type { GlobalFlags } from "./output.ts";

/** What stricli hands to a command: where it writes, and how the outcome comes back. */
export interface AppContext extends StricliContext {
  begin(flags: GlobalFlags): CommandContext;
  outcome: { code: ExitCode } | { error: unknown } | undefined;
}

/** A command's code: returns its exit code, 0 when it returns nothing. */
export type Run<F, A extends readonly unknown[]> = (
  context: CommandContext,
  flags: F,
  ...args: A
) => Promise<ExitCode | void>;

const boolean = (brief: string) =>
  ({ kind: "boolean", brief, default: false, withNegated: false }) as const;

/** Flags that every command takes. */
export const GLOBAL_FLAGS = {
  dir: {
    kind: "parsed",
    parse: String,
    brief: "Install directory [/opt/rxdx as root, else ~/rxdx; RXDX_DIR]",
    optional: true,
    placeholder: "D",
  },
  json: boolean("Result as JSON on stdout, progress as JSON lines on stderr"),
  verbose: boolean("Show more: commands, details of steps"),
  noColor: boolean("No colour (also NO_COLOR)"),
  yes: boolean("Answer yes to every confirmation; never prompt"),
  accessible: boolean("Plain lines, for screen readers (also ACCESSIBLE=1)"),
} as const;

/** Spellings of the global flags that take no value, and those that do. */
export const GLOBAL_SWITCHES = [
  "--json",
  "--verbose",
  "--no-color",
  "--yes",
  "-y",
  "--accessible",
] as const;
export const GLOBAL_VALUES = ["--dir"] as const;

export interface CommandDefinition<F, A extends readonly unknown[]> {
  readonly brief: string;
  /** Worked examples, shown before the options. */
  readonly examples: readonly string[];
  /** Further text of the help. */
  readonly more?: string;
  // deno-lint-ignore no-explicit-any -- stricli's own parameter types depend on each flag's kind
  readonly flags?: Readonly<Record<string, any>>;
  // deno-lint-ignore no-explicit-any
  readonly positional?: any;
  /** Letter → flag. */
  readonly aliases?: Readonly<Record<string, string>>;
  readonly load: () => Promise<{ readonly run: Run<F, A> }>;
}

/** Declares a command. */
export function define<F, A extends readonly unknown[]>(
  definition: CommandDefinition<F, A>,
): Command<AppContext> {
  return buildCommand<GlobalFlags, readonly unknown[] & [], AppContext>({
    loader: async () => {
      const { run } = await definition.load();
      return async function (this: AppContext, flags: GlobalFlags, ...args: readonly unknown[]) {
        try {
          const code = await run(this.begin(flags), flags as F, ...args as unknown as A);
          this.outcome = { code: code ?? 0 };
        } catch (error) {
          this.outcome = { error };
        }
      };
    },
    parameters: {
      flags: { ...definition.flags, ...GLOBAL_FLAGS },
      aliases: { ...definition.aliases, y: "yes" },
      ...(definition.positional === undefined ? {} : { positional: definition.positional }),
      // deno-lint-ignore no-explicit-any -- checked by stricli at start-up and by every test
    } as any,
    docs: {
      brief: definition.brief,
      fullDescription: [
        definition.brief,
        "",
        "Examples:",
        ...definition.examples.map((line) => `  ${line}`),
        ...(definition.more === undefined ? [] : ["", definition.more]),
      ].join("\n"),
    },
  });
}

/**
 * What the shell offers for a word: these words, or what is found when it is asked. Said in the table
 * of commands; what is not said follows from the placeholder, see `completion/values.ts`.
 */
export type Completes =
  | readonly string[]
  | "assignments"
  | "backups"
  | "directories"
  | "files"
  | "keys"
  | "secrets"
  | "services";

const completing = (completes: Completes | undefined) =>
  completes === undefined ? {} : { completes };

/** An optional text flag. */
export const textFlag = (
  brief: string,
  placeholder: string,
  completes?: Completes,
): Readonly<Record<string, unknown>> => ({
  kind: "parsed",
  parse: String,
  brief,
  optional: true,
  placeholder,
  ...completing(completes),
});

/** A text flag that may be given several times. */
export const listFlag = (
  brief: string,
  placeholder: string,
  completes?: Completes,
): Readonly<Record<string, unknown>> => ({
  kind: "parsed",
  parse: String,
  brief,
  variadic: true,
  optional: true,
  placeholder,
  ...completing(completes),
});

/** A whole number within bounds, both included. */
export const numberFlag = (
  brief: string,
  placeholder: string,
  bounds: { readonly least: number; readonly most: number; readonly default: number },
): Readonly<Record<string, unknown>> => ({
  kind: "parsed",
  parse: (text: string) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= bounds.least && value <= bounds.most) return value;
    throw new Error(`${text} is not a whole number from ${bounds.least} to ${bounds.most}`);
  },
  brief,
  default: String(bounds.default),
  placeholder,
});

/** A switch. */
export const switchFlag = (brief: string): Readonly<Record<string, unknown>> => boolean(brief);

/** Positional words, any number. */
export const words = (
  brief: string,
  placeholder: string,
  completes?: Completes,
): Readonly<Record<string, unknown>> => ({
  kind: "array",
  parameter: { parse: String, brief, placeholder, ...completing(completes) },
});

/** Exactly these positional words. */
export const exactly = (
  ...names: readonly (readonly [placeholder: string, brief: string, completes?: Completes])[]
): Readonly<Record<string, unknown>> => ({
  kind: "tuple",
  parameters: names.map(([placeholder, brief, completes]) => ({
    parse: String,
    placeholder,
    brief,
    ...completing(completes),
  })),
});
