/** The services table and the database line. Pure. */
import { clip } from "../ansi.ts";
import { bytes, count, duration } from "../widgets/format.ts";
import { bar, sparkline } from "../widgets/meters.ts";
import type { Palette } from "../widgets/palette.ts";
import { type Label, label, row } from "../widgets/row.ts";
import { layoutColumns, tableRow, tableTitle } from "../widgets/table.ts";
import type { Layout } from "./layout.ts";
import type { DashboardModel } from "./model.ts";
import { serviceColumns } from "./service_columns.ts";

/** Title, rows, and what they need to say. */
export function viewServices(
  model: DashboardModel,
  { rows, tableTitle: title, hiddenRows, details }: Layout,
  width: number,
  colors: Palette,
): string[] {
  const { all, gap } = serviceColumns(model, rows, colors);
  const kept = layoutColumns(all, width, gap);
  const lines = title ? [tableTitle(kept, gap, colors.muted)] : [];
  for (const each of rows) {
    lines.push(tableRow(kept, gap, each));
    if (details && each.detail !== "") {
      lines.push(colors.muted(clip(`${" ".repeat(1 + gap)}└ ${each.detail}`, width)));
    }
  }
  if (rows.length === 0 && hiddenRows === 0) {
    const text = model.stack.listed
      ? "no containers: rxdx-setup start"
      : "looking for containers …";
    lines.push(colors.muted(clip(text, width)));
  }
  if (hiddenRows > 0) lines.push(colors.muted(`${" ".repeat(1 + gap)}… ${hiddenRows} more`));
  return lines;
}

/** Seconds from which a running query is worth a look. */
const SLOW_QUERY = 10;

/** Milliseconds from which the slowest twentieth of the requests is slow. */
const SLOW_REQUESTS = 1_000;

/** Columns of the requests' trend. */
const TREND = 20;

function milliseconds(value: number): string {
  return value >= 1_000 ? `${(value / 1_000).toFixed(1)} s` : `${Math.round(value)} ms`;
}

/** Requests, errors and how long they take, over the last minute. */
export function viewEdge(model: DashboardModel, width: number, colors: Palette): string {
  const { edge } = model;
  if (edge === undefined) return "";
  const { perSecond: rate, serverErrorShare: share, clientErrorShare, durations, slowest } = edge;
  const shown = (part: number) => `${(part * 100).toFixed(part > 0 && part < 0.1 ? 1 : 0)} %`;
  const parts: Label[] = [
    label("edge    ", colors.muted),
    label(`${rate < 10 ? rate.toFixed(1) : count(rate)} requests/s`, colors.plain),
    label(sparkline(edge.history, TREND, 1).trimStart(), colors.muted, 6),
    label(
      edge.requests === 0 ? "" : `${shown(share)} 5xx`,
      share >= 0.01 ? colors.bad : colors.plain,
      1,
    ),
    label(clientErrorShare === 0 ? "" : `${shown(clientErrorShare)} 4xx`, colors.plain, 4),
  ];
  if (durations !== undefined) {
    const { p50, p95 } = durations;
    parts.push(
      label(`p50 ${milliseconds(p50)}`, colors.plain, 3),
      label(`p95 ${milliseconds(p95)}`, p95 >= SLOW_REQUESTS ? colors.warn : colors.plain, 2),
    );
  }
  if (slowest !== undefined && slowest.took >= SLOW_REQUESTS) {
    const { took, method, path } = slowest;
    parts.push(label(`slowest ${milliseconds(took)} ${method} ${path}`, colors.warn, 5));
  }
  return row(parts, [], width);
}

/** Connections, size, graph. */
export function viewDatabase(model: DashboardModel, width: number, colors: Palette): string {
  const database = model.status?.database;
  if (database === undefined) return "";
  const title = label("database", colors.muted);
  if (!database.reachable) return row([title, label("✗ not reachable", colors.bad)], [], width);
  const { connections, max_connections: most, size_bytes: size } = database;
  const parts: Label[] = [title];
  if (connections !== null && most !== null && most > 0) {
    const share = connections / most;
    const style = share >= 0.9 ? colors.bad : share >= 0.75 ? colors.warn : colors.plain;
    const { taken, free } = bar(share, 10);
    parts.push({
      drop: 0,
      spans: [
        { text: `${count(connections)} of ${count(most)} connections `, style },
        { text: taken, style },
        { text: free, style: colors.muted },
      ],
    });
  }
  if (size !== null) parts.push(label(bytes(size), colors.plain, 1));
  const slowest = database.slowest_query_seconds;
  if (slowest !== null) {
    const style = slowest >= SLOW_QUERY ? colors.warn : colors.plain;
    parts.push(label(`slowest query ${duration(slowest * 1000)}`, style, 1));
  }
  if (database.age_version !== null) {
    parts.push(label(`AGE ${database.age_version}`, colors.plain, 2));
  }
  if (database.graph !== null) parts.push(label(`graph ${database.graph}`, colors.plain, 3));
  return row(parts, [], width);
}
