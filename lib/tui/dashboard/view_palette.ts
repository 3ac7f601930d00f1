/** The command palette: the entries that fit what is typed, the bar on one of them. Pure. */
import { fit } from "../ansi.ts";
import type { Palette } from "../widgets/palette.ts";
import { matchingCommands } from "./commands.ts";
import type { DashboardModel, Field } from "./model.ts";
import { overlayHeight } from "./view_overlay.ts";

export function viewPalette(model: DashboardModel, field: Field, colors: Palette): string[] {
  const width = model.size.columns - 2;
  const height = overlayHeight(model);
  const found = matchingCommands(model, field.text);
  const from = Math.max(0, Math.min(field.at - Math.floor(height / 2), found.length - height));
  const keys = Math.min(9, Math.max(4, Math.floor(width / 6)));
  const lines = found.slice(from, from + height).map((each, index) => {
    const under = from + index === field.at;
    const title = fit(each.title, Math.max(1, width - keys - 3));
    return `${under ? colors.key("❯") : " "} ${(under ? colors.strong : colors.plain)(title)} ` +
      colors.muted(fit(each.key, keys, "right"));
  });
  if (lines.length === 0) lines.push(colors.muted("  no command has these words"));
  return [
    colors.muted(`── Commands `) + colors.muted(`${found.length}`),
    ...lines,
    ...new Array<string>(Math.max(0, height - lines.length)).fill(""),
  ];
}
