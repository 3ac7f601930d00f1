/** The log pane: its title with filter and state, and its lines. Pure but for reading the live logs. */
import type { Level } from "../../observe/log_line_level.ts";
import type { ShownLine } from "../../observe/log_ring_set.ts";
import { clip, fit, skip } from "../ansi.ts";
import { characterWidth, textWidth } from "../ansi_width.ts";
import { count, timeOfDay } from "../widgets/format.ts";
import type { Palette, Style } from "../widgets/palette.ts";
import { label, row } from "../widgets/row.ts";
import { type DashboardModel, filterOf } from "./model.ts";
import { serviceNames, serviceRows } from "./services.ts";

/** Lines a second from which the rate is worth a place in the title. */
const FLOOD = 200;

/** Below this width the lines go without their times. */
const TIMES_FROM = 60;

/** A mark for those who see no colour. */
function mark(level: Level | undefined): string {
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

function levelStyle(level: Level | undefined, colors: Palette): Style {
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

/** `── Logs  backend · warning+ · "text" ──────── 1,234 dropped  paused, 56 new`. */
export function viewLogTitle(model: DashboardModel, width: number, colors: Palette): string {
  const { frozen, logs, service } = model;
  const source = frozen ?? logs;
  const filters = [
    service ?? "all services",
    ...(model.level === undefined ? [] : [`${model.level}+`]),
    ...(model.text === "" ? [] : [`"${model.text}"`]),
  ].join(" · ");
  const filtering = service !== undefined || model.level !== undefined || model.text !== "";
  const fresh = frozen === undefined ? 0 : logs.received(service) - frozen.received(service);
  const dropped = source.dropped(service);
  const state = frozen === undefined
    ? label("following", colors.muted)
    : label(`paused, ${count(fresh)} new`, colors.warn);
  return row(
    [label("── Logs", colors.muted, 1), label(filters, filtering ? colors.key : colors.plain)],
    [
      label(
        model.logRate >= FLOOD ? `${count(model.logRate)} lines/s` : "",
        colors.warn,
        3,
      ),
      label(dropped > 0 ? `${count(dropped)} dropped` : "", colors.muted, 2),
      state,
    ],
    width,
    { gap: 2, fill: "─", fillStyle: (text) => colors.muted(text) },
  );
}

/** Plain text in pieces of at most `columns`. */
function wrapped(text: string, columns: number): string[] {
  if (columns <= 0 || textWidth(text) <= columns) return [text];
  const pieces: string[] = [];
  let piece = "";
  let width = 0;
  for (const character of text) {
    const wide = characterWidth(character);
    if (width + wide > columns) {
      pieces.push(piece);
      piece = "";
      width = 0;
    }
    piece += character;
    width += wide;
  }
  return [...pieces, piece];
}

interface Gutter {
  readonly times: boolean;
  readonly sourceWidth: number;
  readonly positions: ReadonlyMap<string, number>;
  readonly replicated: ReadonlySet<string>;
}

function sourceName(line: ShownLine, gutter: Gutter): string {
  const { service, replica } = line.source;
  return gutter.replicated.has(service) ? `${service} ${replica}` : service;
}

/** One line as one row, or several when wrapping. */
function lineRows(
  line: ShownLine,
  gutter: Gutter,
  model: DashboardModel,
  width: number,
  colors: Palette,
): string[] {
  const style = levelStyle(line.level, colors);
  const time = gutter.times ? `${timeOfDay(line.at, model.zoneMinutes)} ` : "";
  const position = gutter.positions.get(line.source.service) ?? 0;
  const name = fit(sourceName(line, gutter), gutter.sourceWidth);
  const begin = colors.muted(time) + colors.service(position)(name) + " " +
    style(mark(line.level)) + " ";
  const room = Math.max(0, width - time.length - gutter.sourceWidth - 3);
  if (!model.wrap) return [begin + style(clip(skip(line.text, model.column), room))];
  const blank = " ".repeat(time.length + gutter.sourceWidth + 3);
  return wrapped(line.text, room).map((piece, index) =>
    (index === 0 ? begin : blank) + style(piece)
  );
}

/** The rows of the pane, oldest first; fewer than `height` when there are not that many. */
export function viewLogLines(
  model: DashboardModel,
  height: number,
  width: number,
  colors: Palette,
): string[] {
  const source = model.frozen ?? model.logs;
  const { lines } = source.page(filterOf(model), height, model.offset);
  if (lines.length === 0) return emptyPane(model, height, width, colors);
  const rows = serviceRows(model);
  const replicated = new Set(
    rows.filter((each) => each.label !== each.service).map((each) => each.service),
  );
  const longest = Math.max(...lines.map((each) => {
    const name = each.source.service;
    return textWidth(name) + (replicated.has(name) ? 2 + Math.floor(each.source.replica / 10) : 0);
  }));
  const names = rows.map((each) => textWidth(each.label));
  const gutter: Gutter = {
    times: model.times && width >= TIMES_FROM,
    // As wide as the table's names, so that the text does not shift with every new source.
    sourceWidth: Math.min(width < TIMES_FROM ? 9 : 16, Math.max(longest, ...names)),
    positions: new Map(serviceNames(model).map((name, position) => [name, position])),
    replicated,
  };
  return lines.flatMap((line) => lineRows(line, gutter, model, width, colors)).slice(-height);
}

function emptyPane(
  model: DashboardModel,
  height: number,
  width: number,
  colors: Palette,
): string[] {
  if (height <= 0) return [];
  const refused = model.stack.containers.find((each) =>
    each.logsRefused !== undefined &&
    (model.service === undefined || model.service === each.service)
  );
  const filtering = Object.keys(filterOf(model)).length > 0;
  const text = refused?.logsRefused ??
    (filtering ? "no line matches; esc shows all" : "no output yet");
  return [colors.muted(clip(text, width))];
}
