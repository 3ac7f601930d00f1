/** How serious a line is, as a mark and as a colour. Pure. */
import type { Level } from "../../observe/log_line_level.ts";
import type { Palette, Style } from "./palette.ts";

/** One column; for those who see no colour. */
export function levelMark(level: Level | undefined): string {
  switch (level) {
    case "critical":
    case "error":
      return "✗";
    case "warning":
      return "▲";
    default:
      return " ";
  }
}

/** The style of a line's text. */
export function levelStyle(level: Level | undefined, colors: Palette): Style {
  switch (level) {
    case "critical":
      return colors.critical;
    case "error":
      return colors.bad;
    case "warning":
      return colors.warn;
    case "debug":
      return colors.muted;
    default:
      return colors.plain;
  }
}
