/**
 * The first lines: which stack this is and whether it is well, then where it answers, its certificate
 * and disk; below them what asks for attention. Pure.
 */
import type { StackState } from "../../observe/status.ts";
import { age, bytes, count, plural, timeOfDay } from "../widgets/format.ts";
import type { Palette, Style } from "../widgets/palette.ts";
import { type Label, label, row } from "../widgets/row.ts";
import type { DashboardModel } from "./model.ts";
import { type Notice, notices, problems } from "./notices.ts";
import { overallState } from "./services.ts";

/** Days before the end of a certificate from which it is coloured. */
const CERTIFICATE_SOON = 14;

/** Percent of a disk from which it is coloured, and from which it is an emergency. */
const DISK_HIGH = 80;
const DISK_FULL = 92;

/** Columns from which there is room for whole phrases. */
const WIDE = 100;

function overall(state: StackState | "unknown", colors: Palette): Label {
  const looks: Readonly<Record<StackState | "unknown", [text: string, style: Style]>> = {
    healthy: ["● healthy", colors.ok],
    starting: ["◐ starting", colors.warn],
    degraded: ["▲ degraded", colors.bad],
    down: ["✗ down", colors.bad],
    unknown: ["○ unknown", colors.warn],
  };
  return label(...looks[state]);
}

function problemCount(model: DashboardModel, colors: Palette, drop: number): Label {
  const found = problems(model);
  if (model.status === undefined) return label("", colors.muted, drop);
  // What is not well is known at once, why only with the next look: no all-clear until then.
  if (found.length === 0) {
    return label(overallState(model) === "healthy" ? "no problems" : "", colors.muted, drop);
  }
  const critical = found.some((each) => each.severity === "critical");
  const serious = found.some((each) => each.severity !== "info");
  const style = critical ? colors.bad : serious ? colors.warn : colors.muted;
  return label(plural(found.length, "problem"), style, drop);
}

function certificate(model: DashboardModel, colors: Palette): Label {
  const days = model.status?.tls.days_left;
  if (model.status === undefined) return label("", colors.muted);
  if (days === null || days === undefined) {
    return label(`TLS ${model.status.tls.mode}`, colors.muted, 3);
  }
  if (days < 0) return label(`certificate expired ${plural(-days, "day")} ago`, colors.bad, 1);
  if (model.status.tls.renewal.wanted !== null && model.status.tls.self_signed === true) {
    return label("self-signed in place of the ordered one", colors.bad, 2);
  }
  const style = days <= CERTIFICATE_SOON ? colors.warn : colors.plain;
  return label(`certificate ${plural(days, "day")}`, style, 2);
}

function disk(model: DashboardModel, width: number, colors: Palette): Label {
  if (model.status === undefined) return label("", colors.muted);
  const { used_percent: used, free_bytes: free } = model.status.disk;
  const style = used >= DISK_FULL ? colors.bad : used >= DISK_HIGH ? colors.warn : colors.plain;
  const room = width >= WIDE ? ` used, ${bytes(free)} free` : "";
  return label(`disk ${count(used)} %${room}`, style, 3);
}

/** How old the last backup is that was restored as a test. */
function backup({ status, now }: DashboardModel, colors: Palette): Label {
  if (status?.backup.wanted !== true) return label("", colors.muted);
  const { proven_at: proven } = status.backup;
  return proven === null
    ? label("no proven backup", colors.warn, 6)
    : label(`backup proven ${age(now - Date.parse(proven))} ago`, colors.plain, 6);
}

/** Whether somebody is told of what is wrong, where that is set up or should be looked at. */
function alerts({ status, zoneMinutes }: DashboardModel, colors: Palette): Label {
  const { configured, open, silenced_until: silent } = status?.alerts ??
    { configured: false, open: 0 };
  if (!configured) return label("", colors.muted);
  if (silent !== undefined && silent !== null) {
    return label(
      `alerts silent until ${timeOfDay(Date.parse(silent), zoneMinutes).slice(0, 5)}`,
      colors.warn,
      4,
    );
  }
  return open === 0
    ? label("alerts on", colors.muted, 7)
    : label(`${plural(open, "alert")} open`, colors.warn, 3);
}

/** One or two lines. */
export function viewHeader(
  model: DashboardModel,
  lines: number,
  width: number,
  colors: Palette,
): string[] {
  const stack = model.status?.stack;
  const clock = label(timeOfDay(model.now, model.zoneMinutes), colors.muted, 4);
  const version = label(stack === undefined ? "" : `version ${stack.version}`, colors.muted, 5);
  const readOnly = label(model.readOnly ? "read-only" : "", colors.muted, 6);
  const name = label(stack?.name ?? model.project, colors.strong);
  const environment = label(stack?.environment ?? "", colors.plain, 2);
  const first = row(
    [name, environment, overall(overallState(model), colors)],
    lines === 1 ? [problemCount(model, colors, 3)] : [readOnly, version, clock],
    width,
  );
  if (lines === 1) return [first];
  const facts = stack === undefined
    ? [label("reading certificate, disk and database …", colors.muted)]
    : [
      label(stack.url, colors.key, 1),
      certificate(model, colors),
      disk(model, width, colors),
      backup(model, colors),
      alerts(model, colors),
    ];
  return [first, row(facts, [problemCount(model, colors, 2)], width)];
}

/** The most urgent notices, one line each. */
export function viewNotices(
  model: DashboardModel,
  lines: number,
  width: number,
  colors: Palette,
): string[] {
  const all = notices(model);
  const looks: Readonly<Record<Notice["severity"], [symbol: string, style: Style]>> = {
    critical: ["✗", colors.bad],
    warning: ["▲", colors.warn],
    info: ["·", colors.plain],
    working: ["◐", colors.key],
    done: ["●", colors.ok],
  };
  return all.slice(0, lines).map((notice, index) => {
    const [symbol, style] = looks[notice.severity];
    const more = index === lines - 1 && all.length > lines ? `+${all.length - lines} more: p` : "";
    return row(
      [
        label(`${symbol} ${notice.text}`, style),
        label(notice.hint, colors.plain, 2),
      ],
      [label(more, colors.muted, 1)],
      width,
    );
  });
}
