/** The log pane: its title with filter and state, and its lines. Pure but for reading the live logs. */
import type { ShownLine } from "../../observe/log_ring_set.ts";
import { clip, fit, skip } from "../ansi.ts";
import { textWidth } from "../ansi_width.ts";
import { age, count, timeOfDay } from "../widgets/format.ts";
import { levelMark, levelStyle } from "../widgets/level_style.ts";
import type { Palette, Style } from "../widgets/palette.ts";
import { label, row } from "../widgets/row.ts";
import { type DashboardModel, filterOf, lineKey } from "./model.ts";
import { containersOf, serviceNames } from "./services.ts";
import { pieces } from "./view_line.ts";

/** Lines a second from which the rate is worth a place in the title. */
const FLOOD = 200;

/** Below this width the lines go without their times. */
const TIMES_FROM = 60;

/** `── Logs  backend · warning+ · /text/ ──────── 1,234 dropped  paused, 56 new`. */
export function viewLogTitle(model: DashboardModel, width: number, colors: Palette): string {
  const { frozen, logs, service } = model;
  const source = frozen ?? logs;
  const wanted = [
    ...(model.level === undefined ? [] : [`${model.level}+`]),
    ...(model.include.text === "" ? [] : [`only ${model.include.text}`]),
    ...(model.exclude.text === "" ? [] : [`no ${model.exclude.text}`]),
  ];
  const filters = [service ?? "all services", ...wanted].join(" · ");
  const filtering = service !== undefined || wanted.length > 0;
  const fresh = frozen === undefined ? 0 : logs.received(service) - frozen.received(service);
  const dropped = source.dropped(service);
  const state = frozen === undefined
    ? label("following", colors.muted)
    : label(`paused, ${count(fresh)} new`, colors.warn);
  const { search, marks } = model;
  return row(
    [
      label("── Logs", colors.muted, 1),
      label(filters, filtering ? colors.key : colors.plain),
      label(search.text === "" ? "" : `/${search.text}/`, colors.warn, 2),
    ],
    [
      label(
        model.logRate >= FLOOD ? `${count(model.logRate)} lines/s` : "",
        colors.warn,
        4,
      ),
      label(dropped > 0 ? `${count(dropped)} dropped` : "", colors.muted, 3),
      label(marks.size > 0 ? `${count(marks.size)} marked` : "", colors.key, 5),
      state,
    ],
    width,
    { gap: 2, fill: "─", fillStyle: (text) => colors.muted(text) },
  );
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

/** `08:15:00 `, ` 12s ago `, or nothing: always the same width. */
function timeText(line: ShownLine, model: DashboardModel, gutter: Gutter): string {
  if (!gutter.times) return "";
  if (line.at === 0) return " ".repeat(9);
  return model.times === "relative"
    ? `${fit(`${age(model.now - line.at)} ago`, 8, "right")} `
    : `${timeOfDay(line.at, model.zoneMinutes)} `;
}

/** The text with what is searched for standing out. */
function found(text: string, model: DashboardModel, style: Style, colors: Palette): string {
  if (model.search.match === undefined) return style(text);
  let styled = "";
  let end = 0;
  for (const [from, to] of model.search.places(text)) {
    styled += style(text.slice(end, from)) + colors.found(text.slice(from, to));
    end = to;
  }
  return styled + style(text.slice(end));
}

/** One line as one row, or several when wrapping. */
function lineRows(
  line: ShownLine,
  gutter: Gutter,
  model: DashboardModel,
  width: number,
  colors: Palette,
  underBar: boolean,
): string[] {
  const style = levelStyle(line.level, colors);
  const time = timeText(line, model, gutter);
  const position = gutter.positions.get(line.source.service) ?? 0;
  const name = fit(sourceName(line, gutter), gutter.sourceWidth);
  const marked = model.marks.size > 0 && model.marks.has(lineKey(line));
  const begin =
    (underBar ? colors.cursor(time + name) : colors.muted(time) + colors.service(position)(name)) +
    (marked ? colors.key("◆") : " ") + style(levelMark(line.level)) + " ";
  const before = time.length + gutter.sourceWidth + 3;
  const room = Math.max(0, width - before);
  if (!model.wrap) {
    return [begin + found(clip(skip(line.text, model.column), room), model, style, colors)];
  }
  const blank = " ".repeat(before);
  return pieces(line.text, room).map((piece, index) =>
    (index === 0 ? begin : blank) + found(piece, model, style, colors)
  );
}

/** How the lines begin: as wide as the longest name of the table, so that text does not shift. */
function gutterOf(model: DashboardModel, lines: readonly ShownLine[], width: number): Gutter {
  const names = serviceNames(model);
  const replicated = new Set(names.filter((name) => containersOf(model, name).length > 1));
  const widest = (name: string, replica: number) =>
    textWidth(name) + (replicated.has(name) ? 2 + Math.floor(replica / 10) : 0);
  const longest = Math.max(
    0,
    ...lines.map(({ source }) => widest(source.service, source.replica)),
    ...names.map((name) => widest(name, 1)),
  );
  return {
    times: model.times !== "off" && width >= TIMES_FROM,
    sourceWidth: Math.min(width < TIMES_FROM ? 9 : 16, longest),
    positions: new Map(names.map((name, position) => [name, position])),
    replicated,
  };
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
  const gutter = gutterOf(model, lines, width);
  const bar = model.frozen === undefined ? -1 : lines.length - 1 - (model.cursor - model.offset);
  const rows: string[] = [];
  let barAt = Number.POSITIVE_INFINITY;
  for (const [index, line] of lines.entries()) {
    if (index === bar) barAt = rows.length;
    rows.push(...lineRows(line, gutter, model, width, colors, index === bar));
  }
  // Wrapped lines may take more rows than there are: the newest stay, but never without the bar.
  const from = Math.max(0, Math.min(rows.length - height, barAt));
  return rows.slice(from, from + height);
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
