/**
 * The review: everything an operator should have seen before agreeing, as text. `init` prints it and
 * the wizard's last page shows it. Values with their sources, what is committed of the machine, what
 * would change, for how long users are without the stack, and how to do the same unattended.
 */
import { settingFlags, settingsOf } from "../answers/unattended.ts";
import { type Changes, isEmpty } from "../operations/changes.ts";
import { downtimeText } from "../operations/downtime.ts";
import type { Prepared } from "../operations/prepare.ts";
import { SECRET_NAMES } from "../secrets/secrets.ts";
import { quoted } from "../steps/command_line.ts";
import { plain } from "../tui/ansi.ts";
import { wrapWords } from "../tui/widgets/wrap_words.ts";
import type { Colors } from "./output.ts";
import { changesText, sizingText, valuesText } from "./review.ts";
import { warningsText } from "./warnings_text.ts";

export interface ReviewOptions {
  readonly colors: Colors;
  /** Columns that a line may take. */
  readonly columns: number;
  /** `--dir D` when it is not the usual one. */
  readonly dirFlag: readonly string[];
  /** False where `init` alone would not do the same. */
  readonly unattended?: boolean;
}

export function reviewPage(
  prepared: Prepared,
  changes: Changes,
  { colors: c, columns, dirFlag, unattended = true }: ReviewOptions,
): string {
  const exists = prepared.install !== undefined;
  const warnings = warningsText(prepared.plan, c).trimEnd();
  const parts = [
    `${c.bold("Configuration")}\n${valuesText(prepared, c)}`,
    `${c.bold("Resources")}\n${sizingText(prepared)}`,
    isEmpty(changes) ? "The machine already matches this." : changesText(prepared, changes, c),
    ...(exists && !isEmpty(changes)
      ? [`${c.bold("Downtime expected")}\n  ${downtimeText(changes, isRunning(changes))}`]
      : []),
    ...(warnings === "" ? [] : [warnings]),
    ...secretsText(prepared, c),
  ];
  const lines = parts.join("\n\n").split("\n").flatMap((line) => folded(line, columns));
  // The command is there to be pasted: a word of it that went on below would be two.
  const text = lines.join("\n");
  return unattended ? `${text}\n\n${unattendedText(prepared, dirFlag, c)}` : text;
}

/** Something runs already when there are containers that are not all to be created. */
function isRunning(changes: Changes): boolean {
  return !changes.services.some((each) => each.action === "create");
}

/** A line of a diff, below its file: its columns mean something. */
const DIFF = /^ {4}[-+@ ]/;

/** A line that is too long goes on below, indented, and without its colours. */
function folded(line: string, columns: number): string[] {
  const text = plain(line);
  if (text.length <= columns || (text !== line && DIFF.test(text))) return [line];
  const indent = /^ */.exec(text)?.[0] ?? "";
  const [first = "", ...rest] = wrapWords(text.trimStart(), columns - indent.length - 2);
  return [indent + first, ...rest.map((each) => `${indent}  ${each}`)];
}

function secretsText(prepared: Prepared, c: Colors): string[] {
  const given = givenSecrets(prepared);
  if (prepared.generated.length === 0 && given.length === 0) return [];
  return [[
    c.bold("Secrets"),
    ...(prepared.generated.length === 0 ? [] : [`  generated: ${prepared.generated.join(", ")}`]),
    ...(given.length === 0 ? [] : [`  yours: ${given.join(", ")}`]),
  ].join("\n")];
}

/** Secrets that were brought in this run. */
function givenSecrets({ plan, generated, install }: Prepared): string[] {
  return SECRET_NAMES.filter((name) =>
    !generated.includes(name) && plan.secrets[name].reveal() !== "" &&
    install?.secrets[name] !== plan.secrets[name].reveal()
  );
}

/** The one command that does the same; a flag a line, so that it can be read. */
function unattendedText(prepared: Prepared, dirFlag: readonly string[], c: Colors): string {
  const { plan, install } = prepared;
  const settings = settingsOf(plan.answers, plan.provenance, install !== undefined);
  const isOfBundle = plan.origin?.kind === "archive" && plan.origin.bundle !== undefined &&
    settings.some(({ path }) => path === "images.file");
  const command = [
    ["rxdx-setup", "init", "--yes"],
    ...(dirFlag.length === 0 ? [] : [dirFlag]),
    // By its file alone, as any archive, it would not be verified.
    ...(isOfBundle ? [["--bundle", plan.answers.images.file]] : []),
    ...settingFlags(
      isOfBundle ? settings.filter(({ path }) => !/^images\.(source|file)$/.test(path)) : settings,
    ),
  ];
  const given = givenSecrets(prepared);
  return [
    c.bold("The same, unattended"),
    command.map((words) => `  ${quoted(words)}`).join(" \\\n  "),
    ...(given.length === 0
      ? []
      : [`  with ${given.map((name) => `RXDX_SECRET_${name}`).join(", ")} in the environment`]),
    ...(isOfBundle ? ["  with --key or --allow-unsigned as now"] : []),
    "  or --answers FILE instead of the settings; --save-answers FILE writes one",
  ].join("\n");
}
