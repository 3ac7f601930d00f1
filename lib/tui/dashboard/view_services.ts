/** The services table and the database line. Pure. */
import type { ContainerView } from "../../observe/reduce_container.ts";
import { clip, fit } from "../ansi.ts";
import { textWidth } from "../ansi_width.ts";
import { age, bytes, count, duration, percent, shortBytes } from "../widgets/format.ts";
import { bar, sparkline } from "../widgets/meters.ts";
import type { Palette, Style } from "../widgets/palette.ts";
import { type Label, label, row } from "../widgets/row.ts";
import { type Column, layoutColumns, tableRow, tableTitle } from "../widgets/table.ts";
import type { Layout } from "./layout.ts";
import type { DashboardModel } from "./model.ts";
import type { ServiceRow, Verdict } from "./services.ts";

/** Below this many columns the table is written short: one gap, short units. */
const NARROW = 60;

/** Share of a limit from which memory is coloured, and from which an OOM kill is near. */
const MEMORY_HIGH = 0.8;
const MEMORY_FULL = 0.95;

/** Sparklines of a quiet container stay flat: their full height is at least this much of a core. */
const SPARK_FULL_PERCENT = 20;

const SYMBOL: Readonly<Record<Verdict, string>> = {
  good: "●",
  waiting: "◐",
  idle: "○",
  warning: "▲",
  bad: "✗",
};

function verdictStyle(verdict: Verdict, colors: Palette): Style {
  switch (verdict) {
    case "good":
      return colors.ok;
    case "waiting":
    case "warning":
      return colors.warn;
    case "idle":
      return colors.muted;
    case "bad":
      return colors.bad;
  }
}

/** Sum over the containers that have a figure; undefined when none has. */
function sum(
  containers: readonly ContainerView[],
  of: (view: ContainerView) => number | undefined,
): number | undefined {
  const figures = containers.map(of).filter((each) => each !== undefined);
  return figures.length === 0 ? undefined : figures.reduce((a, b) => a + b, 0);
}

function memory(row: ServiceRow): { used: number | undefined; limit: number } {
  return {
    used: sum(row.containers, (each) => each.usage?.memoryBytes),
    limit: sum(row.containers, (each) => each.memoryLimitBytes) ?? 0,
  };
}

function memoryStyle(row: ServiceRow, colors: Palette): Style {
  const { used = 0, limit } = memory(row);
  const share = limit === 0 ? 0 : used / limit;
  if (share >= MEMORY_FULL) return colors.bad;
  return share >= MEMORY_HIGH ? colors.warn : colors.plain;
}

/** `● healthy 5s ago`, with as much of it as there is room for. */
function status(row: ServiceRow, now: number, width: number, colors: Palette): string {
  const text = `${SYMBOL[row.verdict]} ${row.state}`;
  const since = row.since === undefined
    ? ""
    : ` ${age(now - row.since.at)}${row.since.ago ? " ago" : ""}`;
  const shown = clip(text, width);
  const left = width - textWidth(shown);
  const rest = textWidth(since) <= left ? since : "";
  return verdictStyle(row.verdict, colors)(shown) +
    colors.muted(rest) + " ".repeat(left - textWidth(rest));
}

function columns(model: DashboardModel, rows: readonly ServiceRow[], colors: Palette) {
  const narrow = model.size.columns < NARROW;
  const names = Math.max(7, ...rows.map((each) => textWidth(each.label)));
  const right = (text: string, width: number, style: Style = colors.plain) =>
    style(fit(text, width, "right"));
  const all: Column<ServiceRow>[] = [
    {
      title: "",
      width: 1,
      drop: 0,
      cell: (item, width) => colors.key(fit(item.key, width)),
    },
    {
      title: "SERVICE",
      width: Math.min(names, narrow ? 10 : 20),
      drop: 0,
      cell: (item, width) => colors.service(item.position)(fit(item.label, width)),
    },
    {
      title: narrow ? "STATUS" : "STATUS (CHECKED)",
      width: narrow ? 13 : 17,
      drop: 0,
      cell: (item, width) => status(item, model.now, width, colors),
    },
    {
      title: narrow ? "CPU" : "CPU/CORE",
      width: narrow ? 5 : 8,
      align: "right",
      drop: 1,
      cell: (item, width) => {
        const cpu = sum(item.containers, (each) => each.usage?.cpuPercent);
        const text = cpu === undefined ? "–" : percent(cpu);
        return right(narrow ? text.replace(" %", "%") : text, width);
      },
    },
    {
      title: "TREND",
      width: 8,
      growTo: 12,
      drop: 6,
      cell: (item, width) => {
        const [only] = item.containers;
        const samples = item.containers.length === 1 ? only?.history.cpuPercent ?? [] : [];
        return colors.muted(sparkline(samples, width, SPARK_FULL_PERCENT));
      },
    },
    {
      title: narrow ? "MEM" : "MEMORY",
      width: narrow ? 5 : 8,
      align: "right",
      drop: 1,
      cell: (item, width) => {
        const { used } = memory(item);
        const text = used === undefined ? "–" : narrow ? shortBytes(used) : bytes(used);
        return right(text, width, memoryStyle(item, colors));
      },
    },
    {
      title: "",
      width: 6,
      growTo: 10,
      drop: 5,
      cell: (item, width) => {
        const { used, limit } = memory(item);
        if (used === undefined || limit === 0) return " ".repeat(width);
        const { taken, free } = bar(used / limit, width);
        return memoryStyle(item, colors)(taken) + colors.muted(free);
      },
    },
    {
      title: "LIMIT",
      width: 8,
      drop: 7,
      cell: (item, width) => {
        const { limit } = memory(item);
        const text = item.containers.length === 0 ? "" : limit === 0 ? "none" : bytes(limit);
        return colors.muted(fit(text, width));
      },
    },
    {
      title: "RESTARTS",
      width: 8,
      align: "right",
      drop: 3,
      cell: (item, width) => {
        const restarts = sum(item.containers, (each) => each.restarts);
        const text = restarts === undefined ? "–" : count(restarts);
        return right(
          text,
          width,
          restarts === undefined || restarts === 0 ? colors.muted : colors.warn,
        );
      },
    },
    {
      title: "UP",
      width: 7,
      align: "right",
      drop: 4,
      cell: (item, width) => {
        const [only] = item.containers;
        const started = item.containers.length === 1 && only?.state === "running"
          ? only.startedAt
          : undefined;
        return right(started === undefined ? "–" : duration(model.now - started), width);
      },
    },
    {
      title: "PORTS",
      width: 12,
      growTo: 24,
      drop: 8,
      cell: (item, width) => {
        const ports = [...new Set(item.containers.flatMap((each) => each.ports))];
        return colors.plain(fit(ports.join(", "), width));
      },
    },
  ];
  return { all, gap: narrow ? 1 : 2 };
}

/** Title, rows, and what they need to say. */
export function viewServices(
  model: DashboardModel,
  { rows, tableTitle: title, hiddenRows, details }: Layout,
  width: number,
  colors: Palette,
): string[] {
  const { all, gap } = columns(model, rows, colors);
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
  if (database.age_version !== null) {
    parts.push(label(`AGE ${database.age_version}`, colors.plain, 2));
  }
  if (database.graph !== null) parts.push(label(`graph ${database.graph}`, colors.plain, 3));
  return row(parts, [], width);
}
