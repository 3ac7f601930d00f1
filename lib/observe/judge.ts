/** From what is seen to what it means: the overall state and the list of problems. Pure. */
import type { Answers } from "../answers/schema.ts";
import { type BackupFindings, backupProblems } from "./judge_backup.ts";
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
  /** An upgrade or a rollback that has not come to its end, as a sentence, and what goes on with it. */
  readonly unfinished?:
    | { readonly text: string; readonly hint: string; readonly fresh: boolean }
    | undefined;
  /** A rotation of secrets that has not come to its end: of which, and whether it may be under way. */
  readonly rotation?: { readonly secrets: readonly string[]; readonly fresh: boolean } | undefined;
  /** The maintenance page, while it is shown: since when (ISO 8601), by which command, with which words. */
  readonly maintenance?:
    | { readonly since: string; readonly by: string; readonly message: string }
    | undefined;
}

/** What is known of the alerts of this stack, besides their part of the status. */
export interface AlertFindings {
  /** True when a timer should look. */
  readonly expected: boolean;
  readonly scheduledBy: string | null;
  /** What no channel has taken yet: where it should go, and why it did not. */
  readonly undelivered: readonly { readonly channel: string; readonly error: string }[];
}

type Seen = Pick<StatusDocument, "services" | "tls" | "database" | "disk"> & {
  readonly install: InstallFindings;
  /** Thresholds. */
  readonly alerts: Answers["alerts"];
  readonly alertFindings?: AlertFindings | undefined;
  readonly backups?: BackupFindings | undefined;
  /** `memory_near_limit:rxdx-backend-1`: told already, so that it ends {@link HYSTERESIS} lower. */
  readonly held?: ReadonlySet<string> | undefined;
  /** What changed of the machine since the limits were planned, as a sentence. */
  readonly machineChange?: string | undefined;
  readonly now: Date;
};

/** Percentage points that a value must fall below its threshold before a told problem is over. */
export const HYSTERESIS = 3;

/** Share of a full disk from which databases and logs begin to fail. */
const DISK_CRITICAL = 95;

export function problemsOf(seen: Seen): StatusProblem[] {
  const stack = (problems: readonly StatusProblem[]) =>
    problems.map((problem) => ({ subject: "", ...problem }));
  return [
    ...seen.services.flatMap((each) => serviceProblems(each, seen)),
    ...stack(problemsOfTls(seen)),
    ...stack(databaseProblems(seen)),
    ...stack(diskProblems(seen)),
    ...stack(installProblems(seen.install, seen.now)),
    ...stack(machineProblems(seen)),
    ...stack(alertProblems(seen.alertFindings)),
    ...stack(backupProblems(seen.backups, seen.now)),
  ];
}

/** The threshold for one problem: lower for one that was told. */
function threshold(percent: number, held: Seen["held"], key: string): number {
  return held?.has(key) === true ? Math.max(0, percent - HYSTERESIS) : percent;
}

/** Commands that take their page away themselves, unless they are killed. */
const PASSING: readonly string[] = ["backup restore", "upgrade", "rollback"];

/** A page of such a command is a matter of seconds, with a large database of minutes. */
const PASSING_MS = 15 * 60_000;

function installProblems(found: InstallFindings, now: Date): StatusProblem[] {
  const problems: StatusProblem[] = [];
  const { moved, handEdited = [], unfinished, rotation } = found;
  if (unfinished !== undefined) {
    problems.push({
      code: "upgrade_unfinished",
      // It may be under way just now, and nobody has to be woken for that.
      severity: unfinished.fresh ? "info" : "warning",
      message: unfinished.text,
      hint: unfinished.hint,
    });
  }
  if (rotation !== undefined) {
    problems.push({
      code: "rotation_unfinished",
      severity: rotation.fresh ? "info" : "warning",
      message: `A rotation of ${rotation.secrets.join(", ")} has not come to its end.`,
      hint: "rxdx-setup secrets rotate",
    });
  }
  if (moved !== undefined) {
    problems.push({
      code: "moved",
      severity: "warning",
      message: moved,
      hint: "rxdx-setup apply",
    });
  }
  if (found.maintenance !== undefined) {
    const { since, by, message } = found.maintenance;
    const passing = PASSING.includes(by) && now.getTime() - Date.parse(since) < PASSING_MS;
    // What is under way or unfinished goes on with its own command; `start` would be refused.
    const goesOn = unfinished !== undefined && ["upgrade", "rollback"].includes(by);
    problems.push({
      code: "maintenance",
      // A restore or an upgrade is most likely under way just now: nobody has to be woken for that.
      severity: passing ? "info" : "warning",
      message: "Everybody sees the maintenance page" + (since === "" ? "" : ` since ${since}`) +
        (by === "" ? "" : ` (${by})`) + (message === "" ? "." : `: ${message}`),
      hint: goesOn ? `rxdx-setup ${by}` : "rxdx-setup start",
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

/** Docker's states as people say them. */
const STATE_WORDS: Readonly<Record<string, string>> = {
  exited: "has stopped",
  created: "was never started",
  restarting: "ends and is restarted again and again",
};

function serviceProblems(
  service: ServiceStatus,
  { alerts, held }: Pick<Seen, "alerts" | "held">,
): StatusProblem[] {
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
      message: `${name} ${STATE_WORDS[service.state] ?? `is ${service.state}`}.`,
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
  const percent = threshold(alerts.memory_percent, held, `memory_near_limit:${name}`);
  if (used !== null && limit !== null && used * 100 > limit * percent) {
    problems.push({
      code: "memory_near_limit",
      severity: "warning",
      message: `${name} uses ${Math.round(used / limit * 100)} % of its memory limit.`,
      hint: `Raise resources.${service.service}.memory in rxdx.yml, then rxdx-setup apply`,
    });
  }
  return problems.map((problem) => ({ subject: name, ...problem }));
}

function databaseProblems({ services, database, alerts, held }: Seen): StatusProblem[] {
  const running = services.some((each) => each.service === "postgres" && each.state === "running");
  if (!running) return [];
  if (!database.reachable) {
    return [{
      code: "database_unreachable",
      severity: "critical",
      message: "The database does not answer.",
      hint: "rxdx-setup logs postgres",
    }];
  }
  const problems: StatusProblem[] = [];
  const { connections, max_connections: limit } = database;
  const percent = threshold(alerts.connections_percent, held, "connections_near_limit");
  if (connections !== null && limit !== null && connections * 100 > limit * percent) {
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

/** Also asked where nothing else can be seen, because Docker does not answer. */
export function diskProblems(
  { disk, alerts, held }: Pick<Seen, "disk" | "alerts" | "held">,
): StatusProblem[] {
  if (disk.used_percent < threshold(alerts.disk_percent, held, "disk_nearly_full")) return [];
  return [{
    code: "disk_nearly_full",
    severity: disk.used_percent >= DISK_CRITICAL ? "critical" : "warning",
    message: `The disk of ${disk.path} is ${disk.used_percent} % full.`,
    hint: "df -h; docker system df",
  }];
}

function alertProblems(found: AlertFindings | undefined): StatusProblem[] {
  if (found === undefined) return [];
  const problems: StatusProblem[] = [];
  if (found.expected && found.scheduledBy === null) {
    problems.push({
      code: "alerts_unscheduled",
      severity: "warning",
      message: "Nobody will be told of problems: no timer starts `rxdx-setup healthcheck`.",
      hint: "rxdx-setup apply; where it stays so, install cron, then rxdx-setup apply",
    });
  }
  for (const { channel, error } of found.undelivered) {
    problems.push({
      code: "alerts_not_delivered",
      severity: "warning",
      message: `A message about problems could not be delivered (${channel}): ${error}`,
      hint: "rxdx-setup alerts test",
    });
  }
  return problems;
}
