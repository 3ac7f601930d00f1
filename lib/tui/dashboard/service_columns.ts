/** The columns of the services table: what each shows, how wide it is, and when it gives way. Pure. */
import type { ContainerView } from "../../observe/reduce_container.ts";
import { clip, fit } from "../ansi.ts";
import { textWidth } from "../ansi_width.ts";
import { age, bytes, count, duration, percent, shortBytes } from "../widgets/format.ts";
import { bar, sparkline } from "../widgets/meters.ts";
import type { Palette, Style } from "../widgets/palette.ts";
import type { Column } from "../widgets/table.ts";
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

/** All columns, in order, with the gap between them. */
export function serviceColumns(
  model: DashboardModel,
  rows: readonly ServiceRow[],
  colors: Palette,
): { readonly all: readonly Column<ServiceRow>[]; readonly gap: number } {
  const narrow = model.size.columns < NARROW;
  const names = Math.max(7, ...rows.map((each) => textWidth(each.label)));
  const right = (text: string, width: number, style: Style = colors.plain) =>
    style(fit(text, width, "right"));
  const all: Column<ServiceRow>[] = [
    {
      title: "",
      width: 1,
      drop: 0,
      cell: (item, width) =>
        item.service === model.service && item.key !== ""
          ? colors.strong(fit("❯", width))
          : colors.key(fit(item.key, width)),
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
      title: "NET IN/OUT",
      width: 13,
      drop: 9,
      cell: (item, width) => {
        const received = sum(item.containers, (each) => each.usage?.receivedPerSecond);
        const sent = sum(item.containers, (each) => each.usage?.sentPerSecond);
        const text = received === undefined || sent === undefined
          ? "–"
          : `${shortBytes(received)} ${shortBytes(sent)}`;
        return colors.plain(fit(text, width));
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
