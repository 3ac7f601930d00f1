/** The footer while something is typed there. Pure; part of `view.ts`. */
import { characterWidth, textWidth } from "../ansi_width.ts";
import type { Palette } from "../widgets/palette.ts";
import { keyHint, label, row } from "../widgets/row.ts";
import type { DashboardModel, Field } from "./model.ts";

const PROMPTS: Readonly<Record<Field["kind"], string>> = {
  search: "search ",
  include: "only lines with ",
  exclude: "no lines with ",
  scale: "replicas of backend ",
  save: "save to ",
  command: ": ",
};

/** The end of a text: one types there. */
function ending(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  const kept: string[] = [];
  let left = columns - 1;
  for (const character of Array.from(text).reverse()) {
    left -= characterWidth(character);
    if (left < 0) break;
    kept.push(character);
  }
  return `…${kept.reverse().join("")}`;
}

export function viewFooterField(
  model: DashboardModel,
  field: Field,
  width: number,
  colors: Palette,
): string {
  const pattern = field.kind === "search" || field.kind === "include" || field.kind === "exclude"
    ? model[field.kind]
    : undefined;
  const prompt = PROMPTS[field.kind];
  return row(
    [
      {
        drop: 0,
        spans: [
          { text: prompt, style: colors.muted },
          {
            text: ending(field.text, width - textWidth(prompt) - 1),
            style: pattern?.problem === undefined ? colors.strong : colors.warn,
          },
          { text: "▏", style: colors.key },
        ],
      },
    ],
    [
      label(pattern?.problem ?? "", colors.warn, 1),
      keyHint("enter", field.kind === "command" ? "do it" : "keep", colors, 2),
      keyHint("esc", "cancel", colors, 3),
    ],
    width,
  );
}
