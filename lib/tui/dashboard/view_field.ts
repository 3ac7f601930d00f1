/** The footer while something is typed there. Pure; part of `view.ts`. */
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

export function viewFooterField(
  model: DashboardModel,
  field: Field,
  width: number,
  colors: Palette,
): string {
  const pattern = field.kind === "search" || field.kind === "include" || field.kind === "exclude"
    ? model[field.kind]
    : undefined;
  return row(
    [
      {
        drop: 0,
        spans: [
          { text: PROMPTS[field.kind], style: colors.muted },
          { text: field.text, style: pattern?.problem === undefined ? colors.strong : colors.warn },
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
