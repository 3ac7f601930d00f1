/** The last page: everything that would happen, or what keeps it from happening. Pure. */
import type { Palette } from "../widgets/palette.ts";
import { wrapWords } from "../widgets/wrap_words.ts";
import type { WizardModel } from "./model.ts";
import { spinner } from "./view_probe.ts";

export function viewReview(model: WizardModel, width: number, colors: Palette): string[] {
  const { review } = model;
  const title = [colors.strong("Review"), ""];
  if (review === "running" || review === "none") {
    return [...title, `  ${colors.key(spinner(model.tick))} working out what would change…`];
  }
  if ("failed" in review) {
    return [...title, ...wrapWords(`✗ ${review.failed}`, width).map(colors.bad)];
  }
  const { obstacle } = review;
  if (obstacle !== undefined) {
    return [
      ...title,
      ...obstacle.message.split("\n").flatMap((line) => wrapWords(`✗ ${line}`, width))
        .map(colors.bad),
      ...wrapWords(`→ ${obstacle.hint}`, width).map(colors.muted),
    ];
  }
  if (review.problems.length > 0) {
    return [
      ...title,
      ...review.problems.flatMap(({ key, value, rule, example }) => [
        colors.bad("✗ ") + colors.strong(key) + (value === undefined ? "" : ` = ${value}`),
        ...wrapWords(rule, width - 2).map((line) => `  ${line}`),
        ...(example === undefined || example === ""
          ? []
          : wrapWords(`example: ${example}`, width - 2).map((line) => `  ${colors.muted(line)}`)),
      ]),
    ];
  }
  return [...title, ...review.lines(width)];
}
