/** What was looked at, one line each: symbol, title, what was found; below it what to do. Pure. */
import { clip, fit } from "../ansi.ts";
import type { Palette } from "../widgets/palette.ts";
import { wrapWords } from "../widgets/wrap_words.ts";
import type { Check } from "./session.ts";

/** Columns of a check's title. */
const TITLE = 16;

export function viewChecks(checks: readonly Check[], width: number, colors: Palette): string[] {
  const room = Math.max(10, width - TITLE - 5);
  return checks.flatMap((check) => {
    const { symbol, style } = marks(colors)[check.state];
    const [first = "", ...more] = wrapWords(check.detail, room);
    return [
      `  ${style(symbol)} ${fit(check.title, TITLE)} ${clip(first, room)}`,
      ...more.map((line) => " ".repeat(TITLE + 5) + line),
      ...(check.hint === undefined || check.state === "ok"
        ? []
        : wrapWords(`→ ${check.hint}`, room).map((line) =>
          " ".repeat(TITLE + 5) + colors.muted(line)
        )),
    ];
  });
}

function marks(colors: Palette) {
  return {
    ok: { symbol: "●", style: colors.ok },
    warn: { symbol: "▲", style: colors.warn },
    fail: { symbol: "✗", style: colors.bad },
    unknown: { symbol: "·", style: colors.muted },
  } as const;
}
