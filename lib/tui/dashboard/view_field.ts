/** The footer while something is typed there. Pure; part of `view.ts`. */
import type { Palette } from "../widgets/palette.ts";
import { textWidth } from "../ansi_width.ts";
import { keyHint, label, row } from "../widgets/row.ts";
import { fieldView } from "../widgets/text_field.ts";
import type { DashboardModel, Field } from "./model.ts";

const PROMPTS: Readonly<Record<Field["kind"], string>> = {
  search: "search ",
  include: "only lines with ",
  exclude: "no lines with ",
  scale: "replicas of backend ",
  save: "save to ",
  command: ": ",
};

const ENTERS: Readonly<Record<Field["kind"], string>> = {
  search: "go to it",
  include: "keep",
  exclude: "keep",
  scale: "go on",
  save: "save",
  command: "do it",
};

/** From this width on there is always room for how to leave; below, what is typed needs it all. */
const HINTED = 36;
const WAY_OUT = "   esc cancel";

export function viewFooterField(
  model: DashboardModel,
  field: Field,
  width: number,
  colors: Palette,
): string {
  const prompt = PROMPTS[field.kind];
  const room = width - textWidth(prompt) - (width >= HINTED ? textWidth(WAY_OUT) : 0);
  const { before, under, after } = fieldView(field, Math.max(1, room), false);
  const pattern = field.kind === "search" || field.kind === "include" || field.kind === "exclude"
    ? model[field.kind]
    : undefined;
  const style = pattern?.problem === undefined ? colors.strong : colors.warn;
  return row(
    [
      {
        drop: 0,
        spans: [
          { text: prompt, style: colors.muted },
          { text: before, style },
          { text: under, style: colors.cursor },
          { text: after, style },
        ],
      },
    ],
    [
      label(pattern?.problem ?? "", colors.warn, 1),
      keyHint("enter", ENTERS[field.kind], colors, 3),
      keyHint("esc", "cancel", colors, 2),
    ],
    width,
  );
}
