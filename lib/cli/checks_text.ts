/** Checks as plain text, one a line, with what to do below: for `check`, and later `doctor`. */
import { clean, cleanLines } from "../observe/log_line_clean.ts";
import { type Check, type CheckState, TITLE_COLUMNS } from "../plan/check.ts";
import { wrapWords } from "../tui/widgets/wrap_words.ts";
import type { Colors } from "./output.ts";

const MARK: Readonly<Record<CheckState, string>> = { ok: "✓", warn: "!", fail: "✗", unknown: "?" };

/** Columns of a mark, a title and the blanks behind each. */
const BEFORE = 2 + TITLE_COLUMNS + 2;

/** `11 ok, 2 warnings, 1 failed` */
function summary(checks: readonly Check[]): string {
  const count = (state: CheckState) => checks.filter((each) => each.state === state).length;
  const warnings = count("warn");
  return [
    `${count("ok")} ok`,
    ...(warnings === 0 ? [] : [warnings === 1 ? "1 warning" : `${warnings} warnings`]),
    ...(count("unknown") === 0 ? [] : [`${count("unknown")} unknown`]),
    ...(count("fail") === 0 ? [] : [`${count("fail")} failed`]),
  ].join(", ");
}

/** @param columns that a line may take, hints aside */
export function checksText(checks: readonly Check[], c: Colors, columns = 80): string {
  const tint: Readonly<Record<CheckState, (text: string) => string>> = {
    ok: c.green,
    warn: c.yellow,
    fail: c.red,
    unknown: c.dim,
  };
  const lines = checks.flatMap(({ state, title: named, detail, hint }) => {
    // Both may quote what a container said, which must not speak to the terminal.
    const title = clean(named);
    const [first = "", ...rest] = cleanLines(detail).split("\n")
      .flatMap((line) => wrapWords(line, columns - BEFORE));
    const indent = " ".repeat(BEFORE);
    return [
      `${tint[state](MARK[state])} ${title.padEnd(TITLE_COLUMNS)}  ${first}`,
      ...rest.map((line) => indent + line),
      // On a line of its own and whole: hints are there to be pasted.
      ...(hint === undefined ? [] : [`  ${c.dim("→")} ${cleanLines(hint)}`]),
    ];
  });
  return [...lines, "", summary(checks)].join("\n");
}
