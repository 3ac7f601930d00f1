/**
 * The dashboard as lines: exactly as many as the terminal has rows, none wider than it. Pure but for
 * reading the live logs. Called by `run.ts` for every frame.
 */
import { cutLine } from "../ansi.ts";
import type { Palette } from "../widgets/palette.ts";
import { fitting, keyHint as hint, row } from "../widgets/row.ts";
import { KEYMAP } from "./keymap.ts";
import { viewFooterField } from "./view_field.ts";
import { layout, SMALLEST } from "./layout.ts";
import type { DashboardModel } from "./model.ts";
import { serviceNames } from "./services.ts";
import { viewHeader, viewNotices } from "./view_header.ts";
import { viewLogLines, viewLogTitle } from "./view_logs.ts";
import { viewOverlay } from "./view_overlay.ts";
import { viewPalette } from "./view_palette.ts";
import { viewDatabase, viewEdge, viewServices } from "./view_services.ts";

/** The frame for this model. */
export function view(model: DashboardModel, colors: Palette): string[] {
  const { columns, rows } = model.size;
  if (columns < SMALLEST.columns || rows < SMALLEST.rows) {
    const lines = ["too small: at least", `${SMALLEST.columns}×${SMALLEST.rows}, q quits`];
    return filled(lines.map((line) => cutLine(line, columns)), rows);
  }
  const width = columns - 2;
  const body = model.field?.kind === "command"
    ? [...viewHeader(model, 1, width, colors), "", ...viewPalette(model, model.field, colors)]
    : model.overlay === undefined
    ? mainPage(model, width, colors)
    : [...viewHeader(model, 1, width, colors), "", ...viewOverlay(model, colors)];
  // Pages of text are made for 28 columns and more in most places, and for every width here.
  const main = model.overlay === undefined && model.field?.kind !== "command";
  const frame = filled(main ? body : body.map((line) => cutLine(line, width)), rows - 1);
  frame.push(footer(model, width, colors));
  return frame.map((line) => line === "" ? "" : ` ${line}`);
}

function filled(lines: readonly string[], rows: number): string[] {
  const frame = lines.slice(0, rows);
  while (frame.length < rows) frame.push("");
  return frame;
}

function mainPage(model: DashboardModel, width: number, colors: Palette): string[] {
  const parts = layout(model);
  const gap = parts.spacing ? [""] : [];
  return [
    ...viewHeader(model, parts.header, width, colors),
    ...viewNotices(model, parts.notices, width, colors),
    ...gap,
    ...viewServices(model, parts, width, colors),
    ...(parts.database || parts.edge ? gap : []),
    ...(parts.database ? [viewDatabase(model, width, colors)] : []),
    ...(parts.edge ? [viewEdge(model, width, colors)] : []),
    ...gap,
    viewLogTitle(model, width, colors),
    ...viewLogLines(model, parts.logs, width, colors),
  ];
}

function footer(model: DashboardModel, width: number, colors: Palette): string {
  if (model.field !== undefined) return viewFooterField(model, model.field, width, colors);
  if (model.overlay?.kind === "confirm" && !model.overlay.refused) {
    const ready = model.overlay.lines === undefined ? [] : [hint("enter", "do it", colors, 0)];
    return row([...ready, hint("esc", "leave it", colors, 0)], [], width);
  }
  if (model.overlay !== undefined) {
    return row([hint("esc", "back", colors, 0), hint("↑↓", "scroll", colors, 1)], [], width);
  }
  const services = Math.min(9, serviceNames(model).length);
  const shownHints = KEYMAP.filter((each) =>
    each.hint !== undefined && (each.action !== "service" || services > 0)
  );
  const hints = shownHints.map((each, index, all) => {
    const shown = each.action === "service"
      ? (services > 1 ? `1–${services}` : "1")
      : each.shown.split(" ")[0] ?? "";
    const text = each.action === "pause" && model.frozen !== undefined ? "follow" : each.hint ?? "";
    // Help and quit stay longest: who knows these two finds the rest.
    const drop = each.action === "help" || each.action === "quit" ? 0 : all.length - index;
    return hint(shown, text, colors, drop);
  });
  return row(fitting(hints, width, 3), [], width);
}
