/** One look at the stack: the document behind `status --once` and `status --json`. */
import type { ApiContainer, ApiContainerSummary } from "../engine/api.ts";
import type { Engine } from "../engine/client.ts";
import { SERVICES } from "../engine/compose.ts";
import { cpuPercent, memoryUse } from "../engine/stats.ts";
import type { Host } from "../host/types.ts";
import type { Answers } from "../answers/schema.ts";
import { machineChange, type MachineSize } from "../plan/machine_change.ts";
import { urlOf } from "../plan/plan.ts";
import { databaseStatus } from "./database.ts";
import { type AlertFindings, type InstallFindings, problemsOf, stackState } from "./judge.ts";
import type { BackupFindings } from "./judge_backup.ts";
import { clean, cleanLines } from "./log_line_clean.ts";
import type { AlertsStatus, ServiceStatus, StatusDocument, TlsStatus } from "./status.ts";

export interface InspectOptions {
  readonly host: Host;
  readonly engine: Engine;
  readonly dir: string;
  readonly answers: Answers;
  /** What `stack.version` says. */
  readonly version: string;
  readonly install: InstallFindings;
  readonly tls: TlsStatus;
  /** What is written down of backups. */
  readonly backup: Omit<BackupFindings, "wanted" | "hours"> & {
    readonly provenAt?: Date;
    readonly provenSeconds?: number;
    readonly provenRpoSeconds?: number;
    readonly restoredAt?: Date;
    readonly restoredSeconds?: number;
  };
  readonly alerts: AlertsStatus & Pick<AlertFindings, "expected" | "undelivered">;
  /** Problems whose percentages must fall further before they are over: see `judge.ts`. */
  readonly held?: ReadonlySet<string> | undefined;
  /** The machine that the limits were planned for; unknown in installs of older versions. */
  readonly plannedFor?: MachineSize | undefined;
  /** Containers that the backend shall have. */
  readonly replicas: number;
}

/** Between the two samples that make a CPU percentage. */
const SAMPLE_MS = 300;

export async function inspect(options: InspectOptions): Promise<StatusDocument> {
  const { host, engine, dir, answers } = options;
  const { tls } = options;
  const [services, disk] = await Promise.all([
    serviceStatuses(options),
    host.files.space(dir),
  ]);
  const postgres = services.find((each) => each.service === "postgres" && each.state === "running");
  const database = await databaseStatus(engine, postgres?.container, answers.database);
  const { expected, undelivered, ...alerts } = options.alerts;
  const seen = {
    services,
    tls,
    database,
    disk: diskStatus(dir, disk),
  };
  return {
    schema: 1,
    stack: {
      name: answers.name,
      dir,
      environment: answers.environment,
      state: stackState(services),
      url: urlOf(answers),
      version: options.version,
      images_source: answers.images.source,
    },
    ...seen,
    alerts,
    backup: {
      wanted: answers.backups.enabled,
      last_at: options.backup.lastAt?.toISOString() ?? null,
      proven_at: options.backup.provenAt?.toISOString() ?? null,
      restore_seconds: options.backup.provenSeconds ?? null,
      rpo_seconds: options.backup.provenRpoSeconds ?? null,
      ...((options.backup.copies ?? []).length === 0 ? {} : {
        copies: (options.backup.copies ?? []).map(({ target, lastAt, failure }) => ({
          target,
          last_at: lastAt?.toISOString() ?? null,
          failure: failure?.reason ?? null,
        })),
      }),
      restored_at: options.backup.restoredAt?.toISOString() ?? null,
      restored_seconds: options.backup.restoredSeconds ?? null,
    },
    problems: problemsOf({
      ...seen,
      install: options.install,
      alerts: answers.alerts,
      backups: {
        ...options.backup,
        wanted: answers.backups.enabled,
        hours: answers.alerts.backup_hours,
      },
      alertFindings: { expected, undelivered, scheduledBy: alerts.scheduled_by },
      held: options.held,
      now: host.clock.now(),
      machineChange: options.plannedFor === undefined ? undefined : machineChange(
        options.plannedFor,
        { cpus: host.system.cpus(), memoryBytes: host.system.memoryBytes() },
        answers,
      ),
    }),
  };
}

/** Also called where the rest of the look failed. */
export function diskStatus(
  path: string,
  disk: { readonly totalBytes: number; readonly freeBytes: number },
): StatusDocument["disk"] {
  const used = Math.round((1 - disk.freeBytes / disk.totalBytes) * 1000) / 10;
  return { path, used_percent: used, free_bytes: disk.freeBytes };
}

async function serviceStatuses(options: InspectOptions): Promise<ServiceStatus[]> {
  const { engine, answers, host } = options;
  const summaries = (await engine.containers(answers.name))
    .filter((each) => each.Labels["com.docker.compose.oneoff"] !== "True");
  const first = await Promise.all(
    summaries.map((each) => each.State === "running" ? engine.sample(each.Id) : undefined),
  );
  if (first.some((sample) => sample !== undefined)) await host.clock.sleep(SAMPLE_MS);
  const found = await Promise.all(summaries.map(async (summary, index) => {
    const [detail, second] = await Promise.all([
      engine.container(summary.Id),
      summary.State === "running" ? engine.sample(summary.Id) : undefined,
    ]);
    const before = first[index];
    const cpu = before === undefined || second === undefined
      ? undefined
      : cpuPercent(before.cpu_stats, second.cpu_stats);
    const memory = second === undefined ? undefined : memoryUse(second);
    return toStatus(summary, detail, {
      cpu_percent: cpu === undefined ? null : Math.round(cpu * 10) / 10,
      memory_bytes: memory?.usedBytes ?? null,
    });
  }));
  const missing = SERVICES.flatMap((service) => {
    const wanted = service === "backend" ? options.replicas : 1;
    const have = found.filter((each) => each.service === service).length;
    return Array.from({ length: Math.max(0, wanted - have) }, () => missingService(service));
  });
  const rank = (each: ServiceStatus) => {
    const index = (SERVICES as readonly string[]).indexOf(each.service);
    // nginx first: the door, as the operator sees it.
    return index < 0 ? SERVICES.length : SERVICES.length - 1 - index;
  };
  return [...found, ...missing].sort((a, b) =>
    rank(a) - rank(b) || a.container.localeCompare(b.container, undefined, { numeric: true })
  );
}

function toStatus(
  summary: ApiContainerSummary,
  detail: ApiContainer | undefined,
  use: Pick<ServiceStatus, "cpu_percent" | "memory_bytes">,
): ServiceStatus {
  const check = detail?.State.Health?.Log?.at(-1);
  const started = detail?.State.StartedAt;
  return {
    // What a container says of itself goes to terminals and into mails from here.
    service: clean(summary.Labels["com.docker.compose.service"] ?? ""),
    container: clean((summary.Names[0] ?? summary.Id).replace(/^\//, "")),
    state: summary.State,
    health: detail?.State.Health?.Status ?? "none",
    restarts: detail?.RestartCount ?? 0,
    ...use,
    memory_limit_bytes: detail === undefined || detail.HostConfig.Memory === 0
      ? null
      : detail.HostConfig.Memory,
    image: clean(detail?.Config.Image ?? summary.Image),
    digest: summary.ImageID,
    started_at: started === undefined || started.startsWith("0001-") ? null : started,
    ports: portsOf(summary),
    last_check: check === undefined ? null : {
      at: check.End,
      exit_code: check.ExitCode,
      output: cleanLines(check.Output.trim()).slice(-500),
    },
  };
}

/** IPv4 and IPv6 listeners of one port are one line. */
function portsOf(summary: ApiContainerSummary): string[] {
  const lines = summary.Ports.filter((port) => port.PublicPort !== undefined).map((port) => {
    const everywhere = port.IP === "0.0.0.0" || port.IP === "::" || port.IP === undefined;
    const address = everywhere ? "" : `${port.IP}:`;
    return `${address}${port.PublicPort}->${port.PrivatePort}/${port.Type}`;
  });
  return [...new Set(lines)].sort();
}

function missingService(service: string): ServiceStatus {
  return {
    service,
    container: "",
    state: "missing",
    health: "none",
    restarts: 0,
    cpu_percent: null,
    memory_bytes: null,
    memory_limit_bytes: null,
    image: "",
    digest: "",
    started_at: null,
    ports: [],
    last_check: null,
  };
}
