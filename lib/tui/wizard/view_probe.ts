/** The row that tries an answer out: what can be done, that it runs, how it went. Pure. */
import type { Palette } from "../widgets/palette.ts";
import { wrapWords } from "../widgets/wrap_words.ts";
import type { ProbeState } from "./model.ts";

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;

/** One frame of what turns while something runs. */
export function spinner(tick: number): string {
  return SPINNER[tick % SPINNER.length] ?? "";
}

/** At least one line. */
export function viewProbe(
  state: ProbeState | undefined,
  under: boolean,
  tick: number,
  room: number,
  colors: Palette,
): string[] {
  if (state === undefined) {
    return [(under ? colors.key : colors.muted)(under ? "[ press enter ]" : "[ not tried ]")];
  }
  if (state === "running") return [colors.key(spinner(tick)) + " asking…"];
  const style = state.ok ? colors.ok : colors.bad;
  return [
    ...wrapWords(`${state.ok ? "●" : "✗"} ${state.detail}`, room).map((line) => style(line)),
    ...(state.hint === undefined
      ? []
      : wrapWords(`→ ${state.hint}`, room).map((line) => colors.muted(line))),
  ];
}
