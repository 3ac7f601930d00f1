/** From what is seen to what it means: the overall state and the list of problems. Pure. */
import type { Answers } from "../answers/schema.ts";
import { problemsOfTls } from "./judge_tls.ts";
import type { ServiceStatus, StackState, StatusDocument, StatusProblem } from "./status.ts";

export function stackState(services: readonly ServiceStatus[]): StackState {
  if (!services.some((each) => each.state === "running" || each.state === "restarting")) {
    return "down";
  }
  if (services.every((each) => each.state === "running" && each.health === "healthy")) {
    return "healthy";
  }
  const wrong = services.some((each) =>
    each.health === "unhealthy" ||
    ["restarting", "exited", "dead", "missing", "paused"].includes(each.state)
  );
  return wrong ? "degraded" : "starting";
}

/** What the install directory and its receipt tell, besides what runs. */
export interface InstallFindings {
  /** What has to be known of a directory that was moved. */
  readonly moved?: string | undefined;
  /** Files that were edited by hand. */
  readonly handEdited?: readonly string[];
}

type Seen = Pick<StatusDocument, "services" | "tls" | "database" | "disk"> & {
  readonly install: InstallFindings;
  readonly alerts: Answers["alerts"];
  /** What changed of the machine since the limits were planned, as a sentence. */
  readonly machineChange?: string | undefined;
  readonly now: Date;
};

/** Share of max_connections from which the next deployment may find none left. */
const CONNECTIONS_WARN = 0.85;
/** Share of a memory limit from which a container is close to being killed. */
const MEMORY_WARN = 0.92;

export function problemsOf(seen: Seen): StatusProblem[] {
  return [
    ...seen.services.flatMap(serviceProblems),
    ...problemsOfTls(seen),
    ...databaseProblems(seen),
    ...diskProblems(seen),
    ...installProblems(seen.install),
    ...machineProblems(seen),
  ];
}

function installProblems(found: InstallFindings): StatusProblem[] {
  const problems: StatusProblem[] = [];
  const { moved, handEdited = [] } = found;
  if (moved !== undefined) {
    problems.push({
      code: "moved",
      severity: "warning",
      message: moved,
      hint: "rxdx-setup apply",
    });
  }
  if (handEdited.length > 0) {
    const files = handEdited.join(", ");
    problems.push({
      code: "hand_edited",
      severity: "info",
      message: `Edited by hand since rxdx-setup wrote it: ${files}.`,
      hint: "rxdx-setup plan",
    });
  }
  return problems;
}

function serviceProblems(service: ServiceStatus): StatusProblem[] {
  const name = service.container === "" ? service.service : service.container;
  const problems: StatusProblem[] = [];
  if (service.state === "missing") {
    problems.push({
      code: "service_missing",
      severity: "critical",
      message: `${service.service} has no container.`,
      hint: "rxdx-setup start",
    });
  } else if (service.state !== "running") {
    problems.push({
      code: "service_not_running",
      severity: "critical",
      message: `${name} is ${service.state}.`,
      hint: `docker logs ${name}; rxdx-setup start`,
    });
  } else if (service.health === "unhealthy") {
    const output = service.last_check?.output.split("\n").at(-1) ?? "";
    problems.push({
      code: "service_unhealthy",
      severity: "critical",
      message: `${name} is unhealthy${output === "" ? "" : `: ${output}`}.`,
      hint: `docker logs ${name}`,
    });
  }
  const { memory_bytes: used, memory_limit_bytes: limit } = service;
  if (used !== null && limit !== null && used > limit * MEMORY_WARN) {
    problems.push({
      code: "memory_near_limit",
      severity: "warning",
      message: `${name} uses ${Math.round(used / limit * 100)} % of its memory limit.`,
      hint: `Raise resources.${service.service}.memory in rxdx.yml, then rxdx-setup apply`,
    });
  }
  return problems;
}

function databaseProblems({ services, database }: Seen): StatusProblem[] {
  const running = services.some((each) => each.service === "postgres" && each.state === "running");
  if (!running) return [];
  if (!database.reachable) {
    return [{
      code: "database_unreachable",
      severity: "critical",
      message: "The database does not answer.",
      hint: "docker compose logs postgres",
    }];
  }
  const problems: StatusProblem[] = [];
  const { connections, max_connections: limit } = database;
  if (connections !== null && limit !== null && connections > limit * CONNECTIONS_WARN) {
    problems.push({
      code: "connections_near_limit",
      severity: "warning",
      message: `${connections} of ${limit} database connections are in use.`,
      hint: "Raise resources.postgres.max_connections in rxdx.yml, then rxdx-setup apply",
    });
  }
  if (database.age_version === null || database.graph === null) {
    problems.push({
      code: "graph_missing",
      severity: "critical",
      message: database.age_version === null
        ? "The extension age is not installed in the database."
        : "The database has no graph.",
      hint: "rxdx-setup apply",
    });
  }
  return problems;
}

function machineProblems({ machineChange }: Seen): StatusProblem[] {
  return machineChange === undefined ? [] : [{
    code: "machine_changed",
    severity: "warning",
    message: machineChange,
    hint: "rxdx-setup plan",
  }];
}

function diskProblems({ disk, alerts }: Seen): StatusProblem[] {
  if (disk.used_percent < alerts.disk_percent) return [];
  return [{
    code: "disk_nearly_full",
    severity: disk.used_percent >= 95 ? "critical" : "warning",
    message: `The disk of ${disk.path} is ${disk.used_percent} % full.`,
    hint: "df -h; docker system df",
  }];
}
