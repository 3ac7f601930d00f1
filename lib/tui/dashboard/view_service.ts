/** One service in full: each container with its last check, limits, image and network. Pure. */
import { clean } from "../../observe/log_line_clean.ts";
import type { ContainerView } from "../../observe/reduce_container.ts";
import { fit } from "../ansi.ts";
import { age, bytes, count, duration, percent } from "../widgets/format.ts";
import { sparkline } from "../widgets/meters.ts";
import type { Palette, Style } from "../widgets/palette.ts";
import { wrapWords } from "../widgets/wrap_words.ts";
import type { DashboardModel } from "./model.ts";
import { containersOf } from "./services.ts";

/** Columns of the names of facts. */
const NAMES = 12;

/** Sparklines of a quiet container stay flat. */
const SPARK_FULL_PERCENT = 20;

type Fact = readonly [name: string, text: string, style?: Style];

function usageFacts(view: ContainerView, columns: number, colors: Palette): Fact[] {
  const { usage, history } = view;
  if (usage === undefined) return [];
  const cells = Math.min(60, columns);
  const limit = view.memoryLimitBytes;
  return [
    ["CPU", usage.cpuPercent === undefined ? "–" : `${percent(usage.cpuPercent)} of one core`],
    ["", sparkline(history.cpuPercent, cells, SPARK_FULL_PERCENT).trimStart(), colors.muted],
    [
      "memory",
      `${bytes(usage.memoryBytes)} of ${limit === 0 ? "no limit" : bytes(limit)}` +
      (limit === 0 ? "" : ` (${percent(usage.memoryBytes / limit * 100)})`),
    ],
    ["", sparkline(history.memoryBytes, cells, limit).trimStart(), colors.muted],
    [
      "network",
      `${bytes(usage.receivedBytes)} received, ${bytes(usage.sentBytes)} sent since it started`,
    ],
  ];
}

function facts(view: ContainerView, now: number, columns: number, colors: Palette): Fact[] {
  const { lastCheck: check } = view;
  const since = (at: number | undefined) => at === undefined ? "never" : `${age(now - at)} ago`;
  const ended = view.state === "running" || view.finishedAt === undefined ? [] : [
    [
      "ended",
      `${since(view.finishedAt)}, exit ${view.exitCode}${
        view.outOfMemory ? ", out of memory" : ""
      }`,
    ] as Fact,
  ];
  return [
    // The health of one that does not run is that of its end.
    [
      "state",
      view.state === "running" && view.health !== "none"
        ? `${view.state}, ${view.health}`
        : view.state,
    ],
    ...(view.state === "running" && view.startedAt !== undefined
      ? [["up", duration(now - view.startedAt)] as Fact]
      : []),
    ...ended,
    ["restarts", count(view.restarts)],
    ...(view.error === "" ? [] : [["error", clean(view.error), colors.bad] as Fact]),
    ...(check === undefined ? [] : [
      [
        "last check",
        `${since(check.at)}, exit ${check.exitCode}` +
        (view.failingStreak > 0 ? `, failed ${count(view.failingStreak)}×` : ""),
        check.exitCode === 0 ? undefined : colors.bad,
      ] as Fact,
      ["it said", clean(check.output.trim().replace(/\s*\n\s*/g, " │ ")) || "nothing"] as Fact,
    ]),
    ...usageFacts(view, columns, colors),
    ["image", clean(view.image)],
    ["ports", view.ports.length === 0 ? "none published" : view.ports.join(", ")],
    ["id", view.id.slice(0, 12)],
  ];
}

export function serviceText(
  model: DashboardModel,
  service: string,
  width: number,
  colors: Palette,
): string[] {
  const containers = containersOf(model, service);
  if (containers.length === 0) return [colors.bad(`${service} has no container.`)];
  const columns = Math.max(10, width - NAMES - 2);
  const past = model.stack.connection.state === "lost"
    ? [colors.warn("○ Docker is out of reach: this is the last that is known."), ""]
    : [];
  const text = containers.flatMap((view, index) => [
    ...(index === 0 ? [] : [""]),
    colors.strong(view.name),
    ...facts(view, model.now, columns, colors).flatMap(([name, text, style = colors.plain]) =>
      text === ""
        ? []
        : wrapWords(text, columns).map((line, part) =>
          `  ${colors.muted(fit(part === 0 ? name : "", NAMES))}${style(line)}`
        )
    ),
  ]);
  return [...past, ...text];
}
