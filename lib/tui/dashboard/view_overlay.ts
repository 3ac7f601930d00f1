/**
 * The pages that take the place of tables and logs: help, generated from the key table; problems; a log
 * line or a service in full; what doctor says; what an action would do. Pure.
 */
import { clean } from "../../observe/log_line_clean.ts";
import { fit } from "../ansi.ts";
import { textWidth } from "../ansi_width.ts";
import { type Palette, palette, type Style } from "../widgets/palette.ts";
import { actionTitle } from "./actions.ts";
import { GROUPS, KEYMAP } from "./keymap.ts";
import type { DashboardModel, Overlay } from "./model.ts";
import { notices, problems } from "./notices.ts";
import { wrapIndented, wrapWords } from "../widgets/wrap_words.ts";
import { lineText, pieces } from "./view_line.ts";
import { serviceText } from "./view_service.ts";

/** Lines of header and footer around an overlay. */
const AROUND = 4;

/** Lines of the overlay's text on show at once. */
export function overlayHeight(model: DashboardModel): number {
  return Math.max(1, model.size.rows - AROUND);
}

/** All lines of the overlay's text. */
export function overlayLength(model: DashboardModel): number {
  return overlayText(model, palette(false)).length;
}

/** What the figures of the table are. */
const FIGURES: readonly (readonly [name: string, meaning: string])[] = [
  ["CPU/CORE", "percent of one core: 100 is one core busy all the time, 200 two"],
  ["TREND", "that, second by second; the newest at the right"],
  ["MEMORY", "in use without the file cache that can be given back; the bar is its share of LIMIT"],
  ["RESTARTS", "by the restart policy, since the container was created"],
  ["edge", "requests of the last minute, from nginx's access log; health checks are not counted"],
  ["dropped", "log lines that are no longer kept here; rxdx-setup logs has them"],
];

function definitions(
  entries: readonly (readonly [term: string, text: string])[],
  terms: number,
  width: number,
  colors: Palette,
): string[] {
  return entries.flatMap(([term, text]) =>
    wrapWords(text, Math.max(10, width - terms - 4)).map((line, part) =>
      `  ${colors.key(fit(part === 0 ? term : "", terms))}  ${line}`
    )
  );
}

function helpText(width: number, colors: Palette): string[] {
  const shown = [...KEYMAP.map((each) => each.shown), ...FIGURES.map(([name]) => name)];
  const terms = Math.max(...shown.map(textWidth));
  return [
    ...GROUPS.flatMap((group) => [
      colors.strong(group),
      ...definitions(
        KEYMAP.filter((each) => each.group === group).map((each) => [each.shown, each.help]),
        terms,
        width,
        colors,
      ),
      "",
    ]),
    colors.strong("Figures"),
    ...definitions(FIGURES, terms, width, colors),
  ];
}

function problemText(model: DashboardModel, width: number, colors: Palette): string[] {
  const room = Math.max(10, width - 2);
  const known = problems(model).map((each) => ({
    severity: each.severity,
    text: clean(each.message),
    hint: clean(each.hint),
  }));
  const own = notices(model).filter((each) => !known.some((one) => one.text === each.text));
  const all = [...own, ...known];
  if (all.length === 0) return [colors.ok("● no problems found")];
  return all.flatMap((each, index) => {
    const style = each.severity === "critical"
      ? colors.bad
      : each.severity === "warning"
      ? colors.warn
      : colors.plain;
    const symbol = each.severity === "critical" ? "✗" : each.severity === "warning" ? "▲" : "·";
    return [
      ...(index === 0 ? [] : [""]),
      ...wrapWords(each.text, room).map((line, part) =>
        style(`${part === 0 ? symbol : " "} ${line}`)
      ),
      ...(each.hint === ""
        ? []
        : wrapWords(each.hint, room).map((line) => `  ${colors.key(line)}`)),
    ];
  });
}

function doctorText(
  { lines }: Extract<Overlay, { kind: "doctor" }>,
  width: number,
  colors: Palette,
): string[] {
  if (lines === undefined) {
    return [colors.muted("looking at everything; this takes some seconds …")];
  }
  const styles: Readonly<Record<string, Style>> = {
    "✓": colors.ok,
    "!": colors.warn,
    "✗": colors.bad,
  };
  return lines.flatMap((line) => {
    const [symbol = ""] = line;
    return wrapIndented(clean(line), width).map(styles[symbol] ?? colors.plain);
  });
}

function confirmText(
  { action, lines, refused }: Extract<Overlay, { kind: "confirm" }>,
  width: number,
  colors: Palette,
): string[] {
  const asked = actionTitle(action);
  return [
    refused
      ? colors.bad(`✗ Cannot ${asked}`)
      : colors.strong(`${asked[0]?.toUpperCase() ?? ""}${asked.slice(1)}?`),
    "",
    ...(lines ?? ["looking what that would do …"]).flatMap((line) =>
      // A difference keeps its columns; a sentence its words.
      (/^ {5}[ +@-]/.test(line) ? pieces : wrapIndented)(clean(line), width).map(colors.plain)
    ),
  ];
}

function overlayText(model: DashboardModel, colors: Palette): string[] {
  const width = Math.max(1, model.size.columns - 2);
  const { overlay } = model;
  switch (overlay?.kind) {
    case undefined:
      return [];
    case "help":
      return helpText(width, colors);
    case "problems":
      return problemText(model, width, colors);
    case "line":
      return lineText(model, overlay.line, width, colors);
    case "service":
      return serviceText(model, overlay.service, width, colors);
    case "doctor":
      return doctorText(overlay, width, colors);
    case "confirm":
      return confirmText(overlay, width, colors);
  }
}

function titleOf(overlay: Overlay | undefined): string {
  switch (overlay?.kind) {
    case undefined:
      return "";
    case "help":
      return "Help";
    case "problems":
      return "Problems";
    case "line":
      return "Log line";
    case "service":
      return `Service ${overlay.service}`;
    case "doctor":
      return `Doctor${overlay.service === undefined ? "" : ` ${overlay.service}`}`;
    case "confirm":
      return "Please confirm";
  }
}

/** Title, the visible part, padded to fill. */
export function viewOverlay(model: DashboardModel, colors: Palette): string[] {
  const height = overlayHeight(model);
  const text = overlayText(model, colors);
  const shown = text.slice(model.overlayOffset, model.overlayOffset + height);
  const more = text.length - model.overlayOffset - shown.length;
  return [
    colors.muted(`── ${titleOf(model.overlay)} `) +
    colors.muted(more > 0 ? `↓ ${more} more lines` : ""),
    ...shown,
    ...new Array<string>(Math.max(0, height - shown.length)).fill(""),
  ];
}
