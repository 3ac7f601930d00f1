/** docs/reference/json.md, from the declared shapes. Pure; called by `pages.ts`. */
import { fieldsOf, type JsonShape } from "./json_shape.ts";
import { RECORD_SHAPES } from "./json_shapes_records.ts";
import { RELEASE_SHAPES } from "./json_shapes_release.ts";
import { REPORT_SHAPE } from "./json_shapes_report.ts";
import { STACK_SHAPES } from "./json_shapes_stack.ts";
import { code, type Page, page, table } from "./page.ts";

export const JSON_SHAPES: readonly JsonShape[] = [
  ...STACK_SHAPES,
  ...RECORD_SHAPES,
  ...RELEASE_SHAPES,
  REPORT_SHAPE,
];

/**
 * The shape of what a command line prints: the one with the most words of the line. (`upgrade --check`
 * is another document than `upgrade`.)
 */
export function shapeOf(words: readonly string[]): JsonShape | undefined {
  return JSON_SHAPES.map((shape) => ({ shape, own: shape.command.split(" ") }))
    .filter(({ own }) => own[0] === words[0] && own.every((word) => words.includes(word)))
    .sort((a, b) => b.own.length - a.own.length)[0]?.shape;
}

const INTRO =
  "With `--json` every command prints one document on standard output; most begin with `schema`, the " +
  "number of their form. Fields are added, never renamed; a change of meaning raises `schema`. Times " +
  "are ISO 8601 in UTC, sizes are bytes. A field that may be absent has a `?`.";

const STREAMS =
  'While a command works, each event is a line on standard error: `{"event":{"type":"step-start",…}}`, ' +
  "`step-done`, `run-end`. An error is the last line there ([form](exit-codes.md#errors-as-json), " +
  "[codes](errors.md)). A command that only does something, such as `stop`, prints what was done: " +
  '`{"schema":1,"stopped":true}`.';

const TESTED =
  "[status --json](status-json.md) has a page of its own. A test compares the rest with what the commands " +
  "really print.";

export function jsonPage(): Page {
  return page("json.md", "lib/reference/json_shapes_*.ts", [
    "# JSON",
    INTRO,
    STREAMS,
    TESTED,
    ...JSON_SHAPES.flatMap((shape) => [
      `## ${shape.command}`,
      `${shape.what[0]?.toUpperCase()}${shape.what.slice(1)}.${
        shape.more === undefined ? "" : ` ${shape.more}`
      }`,
      table(
        ["Field", "Type"],
        fieldsOf(shape).map((
          { path, optional, kind },
        ) => [code(path + (optional ? "?" : "")), kind]),
      ),
    ]),
  ]);
}
