/**
 * A stack for the dashboard's unit and golden tests: built from the same watch events and log lines
 * that a real daemon would cause, at a time that stands still.
 */
import { sampleAlerts, sampleTls } from "./samples.ts";
import type { OutputLine } from "../../lib/engine/frames.ts";
import type { ApiContainerSummary } from "../../lib/engine/api.ts";
import type { TerminalSize } from "../../lib/host/types.ts";
import type { EdgeFigures } from "../../lib/observe/edge.ts";
import type { StatusDocument } from "../../lib/observe/status.ts";
import type { WatchEvent } from "../../lib/observe/watch_event.ts";
import { type DashboardModel, init } from "../../lib/tui/dashboard/model.ts";
import { update } from "../../lib/tui/dashboard/update.ts";

/** 2026-03-01 10:00:00 UTC. */
export const NOW = Date.UTC(2026, 2, 1, 10, 0, 0);

const MIB = 1024 * 1024;

/** One container as a scenario describes it. */
export interface Described {
  readonly service: string;
  readonly replica?: number;
  readonly state?: string;
  /** healthy, unhealthy, starting; none when absent. */
  readonly health?: string;
  readonly check?: string;
  readonly exitCode?: number;
  readonly outOfMemory?: boolean;
  readonly restarts?: number;
  readonly upSeconds?: number;
  readonly ports?: readonly number[];
  readonly limitMib?: number;
  readonly memoryMib?: number;
  /** One sample a second, percent of one core. */
  readonly cpu?: readonly number[];
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

function idOf(each: Described): string {
  return `${each.service}-${each.replica ?? 1}`;
}

function summary(each: Described): ApiContainerSummary {
  return {
    Id: idOf(each),
    Names: [`/rxdx-${idOf(each)}`],
    Image: `rxdx/${each.service}`,
    ImageID: "sha256:0",
    Created: 0,
    State: each.state ?? "running",
    Status: "",
    Labels: {
      "com.docker.compose.service": each.service,
      "com.docker.compose.container-number": String(each.replica ?? 1),
    },
    Ports: (each.ports ?? []).map((PublicPort) => ({ PublicPort, PrivatePort: 1, Type: "tcp" })),
  };
}

function inspected(each: Described): WatchEvent {
  const state = each.state ?? "running";
  const running = state === "running";
  const checkedAt = iso(NOW - 5_000);
  return {
    type: "inspected",
    container: {
      Id: idOf(each),
      Name: `/rxdx-${idOf(each)}`,
      Image: "sha256:0",
      RestartCount: each.restarts ?? 0,
      State: {
        Status: state,
        Running: running,
        OOMKilled: each.outOfMemory ?? false,
        ExitCode: each.exitCode ?? 0,
        Error: "",
        StartedAt: iso(NOW - (each.upSeconds ?? 3_600) * 1_000),
        FinishedAt: running ? "0001-01-01T00:00:00Z" : iso(NOW - 120_000),
        ...(each.health === undefined ? {} : {
          Health: {
            Status: each.health,
            FailingStreak: each.health === "unhealthy" ? 3 : 0,
            Log: [{
              Start: checkedAt,
              End: checkedAt,
              ExitCode: each.health === "healthy" ? 0 : 1,
              Output: each.check ?? "",
            }],
          },
        }),
      },
      Config: { Image: `rxdx/${each.service}`, Tty: false, Labels: summary(each).Labels },
      HostConfig: { Memory: (each.limitMib ?? 0) * MIB, NanoCpus: 0 },
    },
  };
}

function samples(each: Described): WatchEvent[] {
  return (each.cpu ?? []).map((cpu) => ({
    type: "stats",
    id: idOf(each),
    at: NOW,
    stats: {
      read: "",
      precpu_stats: { cpu_usage: { total_usage: 0 }, system_cpu_usage: 0, online_cpus: 1 },
      cpu_stats: {
        cpu_usage: { total_usage: cpu * 10_000 },
        system_cpu_usage: 1_000_000,
        online_cpus: 1,
      },
      memory_stats: { usage: (each.memoryMib ?? 0) * MIB, limit: (each.limitMib ?? 8_192) * MIB },
    },
  }));
}

/** A raw log line, so many seconds before {@link NOW}. */
export function said(secondsAgo: number, text: string): OutputLine {
  const stamp = iso(NOW - secondsAgo * 1_000).replace("Z", "000000Z");
  return { stream: "stdout", text: `${stamp} ${text}` };
}

/** A status document of a healthy production stack, with changes. */
export function statusDocument(
  changes: Partial<Omit<StatusDocument, "schema" | "services">> = {},
): StatusDocument {
  return {
    schema: 1,
    stack: {
      name: "rxdx",
      dir: "/opt/rxdx",
      environment: "production",
      state: "healthy",
      url: "https://rxdx.example.com",
      version: "0.1.0",
      images_source: "demo",
    },
    services: ["nginx", "frontend", "backend", "postgres"].map((service) => ({
      service,
      container: `rxdx-${service}-1`,
      state: "running",
      health: "healthy",
      restarts: 0,
      cpu_percent: null,
      memory_bytes: null,
      memory_limit_bytes: null,
      image: "",
      digest: "",
      started_at: null,
      ports: [],
      last_check: null,
    })),
    tls: sampleTls({
      mode: "letsencrypt",
      not_after: iso(NOW + 64 * 86_400_000),
      days_left: 64,
      names: ["rxdx.example.com"],
      issuer: "C=US, O=Let's Encrypt, CN=E7",
      self_signed: false,
    }),
    database: {
      reachable: true,
      size_bytes: 84 * MIB,
      connections: 12,
      max_connections: 200,
      slowest_query_seconds: null,
      age_version: "1.5.0",
      graph: "rxdx_graph",
    },
    disk: { path: "/opt/rxdx", used_percent: 41, free_bytes: 22 * 1024 * MIB },
    alerts: sampleAlerts(),
    backup: {
      wanted: true,
      last_at: null,
      proven_at: iso(NOW - 9 * 3_600_000),
      restore_seconds: 40,
      rpo_seconds: 86_400,
      restored_at: null,
      restored_seconds: null,
    },
    problems: [],
    ...changes,
  };
}

/** Four services as they should be. */
export const HEALTHY: readonly Described[] = [
  {
    service: "nginx",
    health: "healthy",
    ports: [80, 443],
    limitMib: 64,
    memoryMib: 12,
    cpu: [0.2, 0.4, 0.3, 0.3],
    upSeconds: 273_600,
  },
  {
    service: "frontend",
    health: "healthy",
    limitMib: 128,
    memoryMib: 9,
    cpu: [0, 0, 0.1, 0],
    upSeconds: 273_600,
  },
  {
    service: "backend",
    health: "healthy",
    limitMib: 1_024,
    memoryMib: 311,
    cpu: [4, 12, 38, 21],
    restarts: 1,
    upSeconds: 11_040,
  },
  {
    service: "postgres",
    health: "healthy",
    limitMib: 2_048,
    memoryMib: 640,
    cpu: [3, 3, 9, 5],
    upSeconds: 273_600,
  },
];

/** A minute with a slow request and some errors. */
export const EDGE: EdgeFigures = {
  seconds: 60,
  requests: 744,
  perSecond: 12.4,
  recentPerSecond: 14.1,
  serverErrors: 9,
  serverErrorShare: 9 / 744,
  clientErrors: 3,
  clientErrorShare: 3 / 744,
  durations: { p50: 8, p95: 1_204, p99: 1_310 },
  upstream: { p50: 7, p95: 1_200, p99: 1_300 },
  slowest: {
    method: "GET",
    path: "/api/v1/risks",
    status: 502,
    took: 1_330,
    at: NOW - 4_000,
  },
  history: [9, 12, 10, 14, 13, 15],
};

/** What a scenario is made of. */
export interface Scenario {
  readonly size: TerminalSize;
  readonly containers?: readonly Described[];
  readonly status?: StatusDocument;
  readonly logs?: Readonly<Record<string, readonly OutputLine[]>>;
  readonly events?: readonly WatchEvent[];
  /** What nginx has served in the last minute. */
  readonly edge?: EdgeFigures;
  /** Keys pressed in the end, as `keys.ts` names them. */
  readonly keys?: readonly string[];
}

/** The model after everything in the scenario has happened. */
export function dashboard(scenario: Scenario): DashboardModel {
  let model = init({
    project: "rxdx",
    size: scenario.size,
    now: NOW,
    zoneMinutes: 0,
    status: scenario.status,
  });
  const { containers } = scenario;
  const events: WatchEvent[] = containers === undefined ? [] : [
    { type: "listed", containers: containers.map(summary) },
    ...containers.map(inspected),
    { type: "live" },
    ...containers.flatMap(samples),
  ];
  for (const event of [...events, ...scenario.events ?? []]) {
    [model] = update(model, { type: "watched", event });
  }
  for (const [service, lines] of Object.entries(scenario.logs ?? {})) {
    const [name = "", replica = "1"] = service.split(" ");
    model.logs.push({ service: name, replica: Number(replica) }, lines);
  }
  if (scenario.edge !== undefined) model = { ...model, edge: scenario.edge };
  return pressed(model, ...scenario.keys ?? []);
}

/** The model after these keys; one-character names type themselves. */
export function pressed(model: DashboardModel, ...keys: readonly string[]): DashboardModel {
  return keys.reduce((before, name) => {
    const [after] = update(before, {
      type: "key",
      key: Array.from(name).length === 1 ? { name, text: name } : { name },
    });
    return after;
  }, model);
}

/** A few lines of every format the stack writes. */
export const LOGS: Readonly<Record<string, readonly OutputLine[]>> = {
  nginx: [
    said(9, '{"request_method":"GET","request_uri":"/","status":200,"request_time":0.004}'),
    said(
      4,
      '{"request_method":"GET","request_uri":"/api/v1/risks","status":502,"request_time":1.204}',
    ),
    said(3, "2026/03/01 09:59:57 [error] 29#29: *1 connect() failed (111: Connection refused)"),
  ],
  frontend: [said(8, "2026/03/01 09:59:52 [notice] 1#1: start worker process 29")],
  backend: [
    said(7, 'INFO:     172.18.0.5:4412 - "GET /api/v1/health/ready HTTP/1.1" 200 OK'),
    said(6, "WARNING:  slow query: 812 ms MATCH (r:Requirement)-[:MITIGATES]->(h) RETURN r, h"),
    said(
      2,
      "2026-03-01 09:59:58,120 - app.api - INFO - 要件 REQ-17 を保存しました \x1b]0;owned\x07",
    ),
  ],
  postgres: [
    said(5, "2026-03-01 09:59:55.000 UTC [41] LOG:  checkpoint complete: wrote 30 buffers"),
  ],
};
