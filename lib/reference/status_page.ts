/** docs/reference/status-json.md, from `status_document.ts`. Pure; called by `pages.ts`. */
import { block, code, type Page, page, table } from "./page.ts";
import { EXAMPLE, FIELDS_OF_STATUS, SEVERITY_MEANING, STATE_MEANING } from "./status_document.ts";
import { PROBLEM_MEANING } from "./status_problems.ts";

const meanings = (of: Readonly<Record<string, string>>) =>
  Object.entries(of).map(([name, meaning]) => [code(name), meaning]);

export function statusPage(): Page {
  return page("status-json.md", "lib/reference/status_document.ts", [
    "# status --json",
    "`rxdx-setup status --json` prints one document and exits 0 when the stack is healthy, 6 when it " +
    "is not, 4 when Docker does not answer or nothing is installed. Field names are API. The type " +
    "checker holds this page against `lib/observe/status.ts`.",
    block("sh", "rxdx-setup status --json | jq -r '.problems[] | .message + \"  \" + .hint'"),
    "## Fields",
    table(
      ["Field", "Type", "Meaning"],
      Object.entries(FIELDS_OF_STATUS).map((
        [path, [kind, meaning]],
      ) => [code(path), kind, meaning]),
    ),
    "## State",
    table(["`stack.state`", "When"], meanings(STATE_MEANING)),
    "## Severity",
    table(["`problems[].severity`", "Means"], meanings(SEVERITY_MEANING)),
    "## Problems",
    table(["`problems[].code`", "When"], meanings(PROBLEM_MEANING)),
    "## Example",
    block("json", JSON.stringify(EXAMPLE, null, 2)),
  ]);
}
