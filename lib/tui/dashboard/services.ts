/**
 * The rows of the services table and the stack's overall state, from what is watched and, for what
 * should be there and is not, from the status document. Pure; used by `update.ts` and the views.
 */
import { clean } from "../../observe/log_line_clean.ts";
import type { ContainerView } from "../../observe/reduce_container.ts";
import type { StackState } from "../../observe/status.ts";
import { inServiceOrder } from "../widgets/service_order.ts";
import type { DashboardModel } from "./model.ts";

/** How a row is judged; decides its symbol and colour. */
export type Verdict = "good" | "waiting" | "idle" | "warning" | "bad";

/** A container, several replicas in one line, or a service without any. */
export interface ServiceRow {
  readonly service: string;
  /** `backend`, `backend 2`, `backend ×3`. */
  readonly label: string;
  /** The number key that filters by this service, on its first row. */
  readonly key: string;
  /** Position of the service, for its colour. */
  readonly position: number;
  readonly verdict: Verdict;
  /** `healthy`, `exited 137`. */
  readonly state: string;
  /** Since when, or how long ago it was checked: shown where there is room. */
  readonly since: { readonly at: number; readonly ago: boolean } | undefined;
  /** One line of explanation when something is wrong. */
  readonly detail: string;
  readonly containers: readonly ContainerView[];
}

/** Services by name, in the order of the table. */
export function serviceNames(model: DashboardModel): string[] {
  return inServiceOrder([
    ...model.stack.containers.map((each) => each.service),
    // One without a name is no service; among the containers it is the one called "?".
    ...model.status?.services.map((each) => each.service).filter((name) => name !== "") ?? [],
  ]);
}

/** The one service that can have replicas. */
export const SCALABLE = "backend";

export function containersOf(model: DashboardModel, service: string): readonly ContainerView[] {
  return model.stack.containers.filter((each) => each.service === service);
}

/** Foreign text as one safe line. */
function firstLine(output: string): string {
  return clean(output.trim().split("\n", 1)[0] ?? "");
}

/** Frozen (`docker pause`) and thawed, a container is unhealthy though its last check was well. */
function unhealthyDetail({ failingStreak, lastCheck: check }: ContainerView): string {
  if (check === undefined || (check.exitCode === 0 && failingStreak === 0)) {
    return "Docker calls it so; its last check did not fail";
  }
  const said = firstLine(check.output);
  return `health check failed ${failingStreak}×, exit ${check.exitCode}` +
    (said === "" ? "" : `: ${said}`);
}

type Judged = Pick<ServiceRow, "verdict" | "state" | "since" | "detail">;

function running(view: ContainerView): Judged {
  const check = view.lastCheck;
  const checked = check === undefined ? undefined : { at: check.at, ago: true };
  switch (view.health) {
    case "healthy":
      return { verdict: "good", state: "healthy", since: checked, detail: "" };
    case "unhealthy":
      return {
        verdict: "bad",
        state: "unhealthy",
        since: checked,
        detail: unhealthyDetail(view),
      };
    case "starting": {
      const since = view.startedAt === undefined ? undefined : { at: view.startedAt, ago: false };
      const failed = check !== undefined && check.exitCode !== 0;
      return {
        verdict: "waiting",
        state: "starting",
        since,
        detail: failed ? `not ready yet: ${firstLine(check.output)}` : "",
      };
    }
    default:
      return { verdict: "good", state: "running", since: undefined, detail: "" };
  }
}

function judge(view: ContainerView): Judged {
  const since = view.finishedAt === undefined ? undefined : { at: view.finishedAt, ago: true };
  switch (view.state) {
    case "running":
      return running(view);
    case "restarting":
      return {
        verdict: "bad",
        state: "restarting",
        since,
        detail: `ends and is restarted, ${view.restarts}× so far; exit ${view.exitCode}` +
          (view.outOfMemory ? ", out of memory" : ""),
      };
    case "exited":
    case "dead":
      if (view.outOfMemory) {
        return {
          verdict: "bad",
          state: "out of memory",
          since,
          detail: "killed because it reached its memory limit",
        };
      }
      // 143 is SIGTERM and 137 SIGKILL: what `docker stop` does. Only an error of its own is one.
      return {
        verdict: view.exitCode === 0 ? "idle" : "bad",
        state: view.exitCode === 0 ? "stopped" : `exited ${view.exitCode}`,
        since,
        detail: firstLine(view.error),
      };
    default:
      return {
        verdict: "idle",
        state: view.state,
        since: undefined,
        detail: firstLine(view.error),
      };
  }
}

const WORST: readonly Verdict[] = ["good", "waiting", "idle", "warning", "bad"];

function grouped(containers: readonly ContainerView[]): Judged {
  const judged = containers.map(judge);
  const worst = judged.reduce((a, b) =>
    WORST.indexOf(b.verdict) > WORST.indexOf(a.verdict) ? b : a
  );
  const good = judged.filter((each) => each.verdict === "good").length;
  if (good === judged.length) return { ...worst, since: undefined };
  return {
    verdict: good === 0 ? worst.verdict : "warning",
    state: `${good}/${judged.length} ${containers[0]?.health === "none" ? "up" : "healthy"}`,
    since: undefined,
    detail: worst.detail,
  };
}

/** One row per container, or one per service when `compact`. */
export function serviceRows(model: DashboardModel, compact = false): ServiceRow[] {
  return serviceNames(model).flatMap((service, position): ServiceRow[] => {
    const key = position < 9 ? String(position + 1) : "";
    const containers = containersOf(model, service);
    const base = { service, position };
    if (containers.length === 0) {
      if (!model.stack.listed) {
        return [{ ...base, key, label: service, containers, ...UNKNOWN }];
      }
      return [{ ...base, key, label: service, containers, ...MISSING }];
    }
    if (compact && containers.length > 1) {
      const label = `${service} ×${containers.length}`;
      return [{ ...base, key, label, containers, ...grouped(containers) }];
    }
    return containers.map((each, index) => ({
      ...base,
      key: index === 0 ? key : "",
      label: containers.length === 1 ? service : `${service} ${each.replica}`,
      containers: [each],
      ...judge(each),
    }));
  }).map((each) => model.stack.connection.state === "lost" ? lastKnown(each) : each);
}

/** While the daemon is out of reach nothing is known to be well any more. */
function lastKnown(row: ServiceRow): ServiceRow {
  return { ...row, verdict: "idle", state: `was ${row.state}`, since: undefined, detail: "" };
}

const UNKNOWN: Judged = { verdict: "waiting", state: "…", since: undefined, detail: "" };
const MISSING: Judged = {
  verdict: "bad",
  state: "missing",
  since: undefined,
  detail: "there is no container for this service: rxdx-setup start",
};

/** The state of the whole, live; `unknown` while the daemon is out of reach. */
export function overallState(model: DashboardModel): StackState | "unknown" {
  if (model.stack.connection.state === "lost") return "unknown";
  if (!model.stack.listed) return model.status?.stack.state ?? "unknown";
  const rows = serviceRows(model);
  const up = model.stack.containers.filter((each) => each.state === "running");
  if (up.length === 0) return "down";
  if (rows.some((each) => each.verdict === "bad" || each.verdict === "idle")) return "degraded";
  if (rows.some((each) => each.verdict === "waiting")) return "starting";
  const critical = model.status?.problems.some((each) => each.severity === "critical") ?? false;
  return critical ? "degraded" : "healthy";
}
