/** docs/reference/exit-codes.md, from the table of exit codes. Pure; called by `pages.ts`. */
import { EXIT, EXIT_MEANING } from "../errors.ts";
import { block, type Page, page, table } from "./page.ts";

/** The command lines of install.sh and of the build use the same numbers. */
const INTRO =
  "Every command, `install.sh` and the build end with one of these. They are API: a number never " +
  "changes its meaning.";

const STREAMS = "Standard output carries the result, standard error progress and errors. With " +
  "`--json` every error is one JSON object on a line of standard error; `problems` is there for " +
  "exit 3 only, and lists everything that is wrong at once.";

const SHAPE = JSON.stringify(
  {
    error: {
      code: "invalid_answers",
      message: "1 problem in the answers; nothing was written.",
      hint: "Correct the fields named above and run the same command again.",
      exit: EXIT.answers,
      problems: [{
        key: "ports.https",
        value: "70000",
        rule: "must be a whole number from 1 to 65535",
        example: "443",
      }],
    },
  },
  null,
  2,
);

const SCRIPT = `rxdx-setup plan
case $? in
  ${EXIT.ok}) echo "nothing to do" ;;
  ${EXIT.pending}) rxdx-setup apply --yes ;;
  *) echo "plan failed" >&2; exit 1 ;;
esac`;

export function exitCodesPage(): Page {
  const rows = Object.entries(EXIT).map(([name, number]) => [
    `${number}`,
    EXIT_MEANING[name as keyof typeof EXIT],
  ]);
  return page("exit-codes.md", "lib/errors.ts", [
    "# Exit codes",
    INTRO,
    table(["Code", "Meaning"], rows),
    "`status --once` and `status --json` exit 6 unless the stack is healthy, so they can be used as " +
    "a check.",
    "## In a script",
    block("sh", SCRIPT),
    "## Errors as JSON",
    STREAMS,
    block("json", SHAPE),
  ]);
}
