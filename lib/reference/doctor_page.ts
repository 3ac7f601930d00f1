/** docs/reference/doctor.md: the checks of `doctor`, from the list that runs. Called by `pages.ts`. */
import { CHECKS } from "../operations/doctor/examine.ts";
import { FIX_TEXT } from "../operations/doctor/fixes.ts";
import { block, code, type Page, page, table } from "./page.ts";

const INTRO =
  "All checks run at once; each has ten seconds, and one that cannot look says `unknown`. Those " +
  'marked with "Docker" are left out while the daemon does not answer, and the result says how ' +
  "many. With services named, as in `rxdx-setup doctor backend`, only what is about them is looked " +
  "at. One check may tell several lines; their ids begin with its own, or stand in what they tell.";

const JSON_TEXT =
  "`rxdx-setup doctor --json` prints one document. `result` is the worst `state`; the " +
  "exit code is 6 when it is `fail`, else 0. Fields are only ever added.";

const EXAMPLE = {
  schema: 1,
  result: "fail",
  checks: [{
    id: "database-login",
    title: "Database login",
    state: "fail",
    severity: "critical",
    detail:
      "rxdx cannot log in with the password in .env: the database has another password than " +
      "the one in .env",
    hint: "rxdx-setup secrets rotate --adopt (the database takes the one in .env)",
    fixable: false,
  }],
};

const FIELDS: readonly (readonly [string, string, string])[] = [
  ["id", "text", "Stable name, kebab-case"],
  ["title", "text", "For people; at most 18 columns, but for names of hosts"],
  ["state", "`ok`, `warn`, `fail`, `unknown`", "`unknown`: could not be found out"],
  ["severity", "`info`, `warning`, `critical`", "How much it matters"],
  ["detail", "text", "What was found, with the cause where one is known"],
  ["hint", "text or null", "What to do, best as a command that can be pasted"],
  ["fixable", "true or false", "`rxdx-setup doctor --fix` would try to mend it"],
];

export function doctorPage(): Page {
  const checks = CHECKS.map((check) => [
    code(check.id),
    check.looksAt,
    check.services === undefined ? "machine" : check.services.join(", "),
    check.engine === true ? "Docker" : "",
  ]);
  return page("doctor.md", "lib/operations/doctor/", [
    "# Checks of doctor",
    INTRO,
    table(["Check", "What it looks at", "About", "Needs"], checks),
    "## What --fix does",
    "It shows what it would do, asks (or takes `--yes`), does it under the lock with a journal like " +
    "every other command, and looks again. Data and configuration are never touched.",
    table(["Fix", "What it does"], Object.entries(FIX_TEXT).map(([id, text]) => [code(id), text])),
    "`prune` only with `--prune`. What `apply` would write differently is not written: that is " +
    "`rxdx-setup plan` and `rxdx-setup apply`.",
    "## JSON",
    JSON_TEXT,
    block("json", JSON.stringify(EXAMPLE, null, 2)),
    table(
      ["Field of a check", "Type", "Meaning"],
      FIELDS.map(([name, ...rest]) => [code(name), ...rest]),
    ),
    "By symptom: [Troubleshooting](../troubleshooting.md). Log lines and their causes: " +
    "[Failure signatures](failure-signatures.md).",
  ]);
}
