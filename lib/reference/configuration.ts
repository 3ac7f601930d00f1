/** docs/reference/rxdx-yml.md, from the schema of the answers. Pure; called by `pages.ts`. */
import { type Field, FIELDS, SECTIONS, variableName } from "../answers/fields.ts";
import { coerce } from "../answers/layers.ts";
import { parseAnswers } from "../answers/parse.ts";
import { setAt, type Tree } from "../answers/tree.ts";
import { crossProblems } from "../plan/rules.ts";
import { block, code, type Page, page, table } from "./page.ts";
import { REFERENCE_FACTS } from "./reference_plan.ts";

const INTRO = "The answers of one stack: `rxdx.yml` in the install directory. It is written by " +
  "`rxdx-setup init` with every key, its value and its meaning; edit it by hand or with " +
  "`rxdx-setup config set`, then look at `rxdx-setup plan` and run `rxdx-setup apply`. A key that " +
  "is left out has its default. A key that does not exist is refused, with the nearest one named. " +
  "Secrets never stand here: they live in `.env` ([variables](env.md)).";

const SHORTEST = `schema: 1
domain: rxdx.example.com`;

/** What has to be known of a group besides its keys. */
const REMARKS: Readonly<Record<string, string>> = {
  backups:
    "A timer makes a backup at `backups.schedule`, proves it and removes what `backups.keep` does not " +
    "keep ([Backups](../guide/backup.md)). `copy_to` is one place, or a list of them, that " +
    "gets a copy of each. `BACKUP_*` in `.env` tell the application the same.",
  alerts:
    "What is told when, and what it looks like: [Alerts](../guide/alerts.md). Thresholds also decide " +
    "when `rxdx-setup status` reports a problem.",
};

/** A value that no field accepts: what the validation then says is the field's own rule. */
const NEVER_VALID = "\0";

function ruleOf(field: Field): string {
  const tree: Tree = {};
  setAt(tree, field.path, coerce(field.path, NEVER_VALID));
  const parsed = parseAnswers(tree);
  const rule = parsed.ok ? undefined : parsed.problems[0]?.rule;
  if (rule === undefined) throw new Error(`${field.path} accepts a NUL character`);
  return rule;
}

/** Choices that the format knows and this version refuses. */
function refused(field: Field): string[] {
  return field.choices.filter((choice) => {
    const tree: Tree = {};
    setAt(tree, field.path, choice);
    const parsed = parseAnswers(tree);
    return parsed.ok &&
      crossProblems(parsed.answers, REFERENCE_FACTS).some((problem) =>
        problem.key === field.path && problem.rule.includes("not available in this version")
      );
  });
}

function shown(field: Field): string {
  if (field.defaultValue === undefined) return "computed";
  const value = field.defaultValue;
  if (Array.isArray(value)) return code(`[${value.join(", ")}]`);
  return code(value === "" ? '""' : String(value));
}

function row(field: Field): string[] {
  const without = refused(field);
  const note = without.length === 0 ? "" : ` Not in this version: ${without.map(code).join(", ")}.`;
  const example = field.choices.length > 0 || field.example === ""
    ? ""
    : ` Example: ${code(field.example)}`;
  return [code(field.path), shown(field), field.doc + note, ruleOf(field) + "." + example];
}

const HEAD = ["Key", "Default", "Meaning", "A value"] as const;

export function configurationPage(): Page {
  const top = FIELDS.filter((field) => !field.path.includes("."));
  const groups = SECTIONS.filter((section) => !section.path.includes("."));
  return page("rxdx-yml.md", "lib/answers/schema.ts", [
    "# rxdx.yml",
    INTRO,
    "The shortest file that works:",
    block("yaml", SHORTEST),
    "Where a value may come from besides this file, and which one wins: " +
    "[Configuration](../guide/configuration.md). Every key is also an environment variable of " +
    `\`rxdx-setup init\`: \`RXDX_\` and its path in capitals, for example ${
      code(`${variableName("ports.https")}=8443`)
    }.`,
    "Defaults here are those of the format. On a new install `rxdx-setup init` measures `domain`, " +
    "and for demo images and development also free ports.",
    "## Top level",
    table(HEAD, top.map(row)),
    ...groups.flatMap(({ path, doc }) => [
      `## ${path}`,
      doc,
      ...(REMARKS[path] === undefined ? [] : [REMARKS[path]]),
      table(HEAD, FIELDS.filter((field) => field.path.startsWith(`${path}.`)).map(row)),
    ]),
  ]);
}
