/**
 * What is known about one container, built up from the daemon's three kinds of answer: the list, the
 * inspection, the statistics. Pure; used by `reduce.ts` only, its types by whoever shows them.
 */
import type { ApiContainer, ApiContainerSummary, ApiStats } from "../engine/api.ts";
import { cpuPercent, memoryUse, networkUse } from "../engine/stats.ts";
import { clean } from "./log_line_clean.ts";

/** One statistics sample. */
export interface Usage {
  /** Percent of one core; absent in a container's first sample. */
  readonly cpuPercent: number | undefined;
  readonly memoryBytes: number;
  /** 0 when there is no limit. */
  readonly memoryLimitBytes: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Since the sample before; absent in the first one. */
  readonly receivedPerSecond: number | undefined;
  readonly sentPerSecond: number | undefined;
  /** When the daemon measured; milliseconds since the epoch. */
  readonly at: number;
}

/** Samples of about a second each, oldest first, at most {@link HISTORY}. */
export interface UsageHistory {
  readonly cpuPercent: readonly number[];
  readonly memoryBytes: readonly number[];
}

/** One container of the stack. */
export interface ContainerView {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  /** Replica number as Compose counts, from 1. */
  readonly replica: number;
  readonly image: string;
  /** Docker's own: created, running, restarting, paused, removing, exited, dead. */
  readonly state: string;
  /** none, starting, healthy, unhealthy. */
  readonly health: string;
  /** Failed health checks in a row. */
  readonly failingStreak: number;
  readonly lastCheck:
    | { readonly at: number; readonly exitCode: number; readonly output: string }
    | undefined;
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  readonly error: string;
  /** Restarts by the restart policy since the container was created. */
  readonly restarts: number;
  /** Milliseconds since the epoch; undefined when it never started. */
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  /** Published host ports, lowest first. */
  readonly ports: readonly number[];
  /** Bytes; 0 when there is no limit. */
  readonly memoryLimitBytes: number;
  readonly usage: Usage | undefined;
  readonly history: UsageHistory;
  /** Why its logs cannot be shown, when they cannot. */
  readonly logsRefused: string | undefined;
}

/** Samples kept for a sparkline: one minute. */
export const HISTORY = 60;

const NO_HISTORY: UsageHistory = { cpuPercent: [], memoryBytes: [] };

/** Docker writes the year 1 for "never". */
function time(value: string): number | undefined {
  const at = Date.parse(value);
  return Number.isNaN(at) || at <= 0 ? undefined : at;
}

/** True for `docker compose run` containers, which `docker compose ps` does not show either. */
export function isOneOff(labels: Readonly<Record<string, string>>): boolean {
  return labels["com.docker.compose.oneoff"]?.toLowerCase() === "true";
}

/** The service and replica that Compose's labels name. */
export function identity(
  labels: Readonly<Record<string, string>>,
): { service: string; replica: number } {
  const replica = Number(labels["com.docker.compose.container-number"] ?? "1");
  return {
    service: clean(labels["com.docker.compose.service"] ?? "?"),
    replica: Number.isInteger(replica) && replica > 0 ? replica : 1,
  };
}

/** `Up 3 minutes (health: starting)` is all the list says about health. */
function healthFromStatus(status: string): string {
  const inner = /\((?:health: )?(healthy|unhealthy|starting)\)/.exec(status)?.[1];
  return inner ?? "none";
}

/** A container as the list has it; what only an inspection tells is kept from `known`. */
export function fromSummary(
  summary: ApiContainerSummary,
  known: ContainerView | undefined,
): ContainerView {
  const ports = new Set(
    summary.Ports.flatMap((each) => each.PublicPort === undefined ? [] : [each.PublicPort]),
  );
  const base: ContainerView = known ?? {
    id: summary.Id,
    name: "",
    service: "",
    replica: 1,
    image: summary.Image,
    state: "",
    health: "none",
    failingStreak: 0,
    lastCheck: undefined,
    exitCode: 0,
    outOfMemory: false,
    error: "",
    restarts: 0,
    startedAt: undefined,
    finishedAt: undefined,
    ports: [],
    memoryLimitBytes: 0,
    usage: undefined,
    history: NO_HISTORY,
    logsRefused: undefined,
  };
  return {
    ...base,
    ...identity(summary.Labels),
    name: (summary.Names[0] ?? summary.Id.slice(0, 12)).replace(/^\//, ""),
    state: summary.State,
    health: healthFromStatus(summary.Status),
    ports: [...ports].sort((a, b) => a - b),
  };
}

/** State, health, restarts and limits from an inspection. */
export function withInspection(view: ContainerView, container: ApiContainer): ContainerView {
  const { State: state, HostConfig: host } = container;
  const check = state.Health?.Log?.at(-1);
  const checkedAt = check === undefined ? undefined : time(check.End) ?? time(check.Start);
  return {
    ...view,
    name: container.Name.replace(/^\//, ""),
    image: container.Config.Image,
    state: state.Status,
    health: state.Health?.Status ?? "none",
    failingStreak: state.Health?.FailingStreak ?? 0,
    lastCheck: check === undefined || checkedAt === undefined
      ? undefined
      : { at: checkedAt, exitCode: check.ExitCode, output: check.Output },
    exitCode: state.ExitCode,
    outOfMemory: state.OOMKilled,
    error: state.Error,
    restarts: container.RestartCount,
    startedAt: time(state.StartedAt),
    finishedAt: time(state.FinishedAt),
    memoryLimitBytes: host.Memory,
    ...(state.Running ? {} : { usage: undefined }),
  };
}

function appended(history: readonly number[], sample: number): readonly number[] {
  return history.length < HISTORY ? [...history, sample] : [...history.slice(1), sample];
}

/** One more statistics sample, and its place in the history. */
export function withStats(view: ContainerView, stats: ApiStats): ContainerView {
  const memory = memoryUse(stats);
  // A container that has ended still gets samples, and all of them are zero.
  if (memory.usedBytes === 0 && memory.limitBytes === 0) return view;
  const cpu = cpuPercent(stats.precpu_stats, stats.cpu_stats);
  const network = networkUse(stats);
  const at = Date.parse(stats.read);
  const { usage: before } = view;
  const seconds = before === undefined ? Number.NaN : (at - before.at) / 1000;
  // A container that was restarted counts from nothing again.
  const rate = (now: number, then: number | undefined) =>
    seconds > 0 && then !== undefined && now >= then ? (now - then) / seconds : undefined;
  return {
    ...view,
    usage: {
      cpuPercent: cpu,
      memoryBytes: memory.usedBytes,
      // Without a limit of its own the daemon reports the machine's memory.
      memoryLimitBytes: view.memoryLimitBytes === 0 ? 0 : memory.limitBytes,
      ...network,
      receivedPerSecond: rate(network.receivedBytes, before?.receivedBytes),
      sentPerSecond: rate(network.sentBytes, before?.sentBytes),
      at,
    },
    history: {
      cpuPercent: cpu === undefined
        ? view.history.cpuPercent
        : appended(view.history.cpuPercent, cpu),
      memoryBytes: appended(view.history.memoryBytes, memory.usedBytes),
    },
  };
}
