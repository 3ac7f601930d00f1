/**
 * How much of the machine each service may have. Pure: CPUs, memory and overrides in, limits,
 * workers and replicas out. The sum of the memory limits never exceeds memory minus the reserve.
 */
import { parseSize } from "../answers/rules.ts";
import type { Answers, Environment } from "../answers/schema.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** Left to the operating system, the engine and the page cache (docs/adr/0004). */
export const HOST_RESERVE_BYTES = 512 * MIB;

/**
 * The least the four services run in: 1 GiB machines show about 960 MiB, which leaves 448 MiB.
 * Measured on the demo images: nginx 10, frontend 8, backend 110, PostgreSQL 130 MiB.
 */
export const MINIMUM_STACK_BYTES = 384 * MIB;

/** Memory of one uvicorn worker at work; below it a further worker is not planned. */
const WORKER_BYTES = 256 * MIB;

/** A worker that has more than this gains nothing; the rest serves PostgreSQL better. */
const WORKER_MOST_BYTES = 1 * GIB;

/** More than four workers a container share one event-loop supervisor; replicas take over there. */
const WORKERS_PER_REPLICA = 4;

/** Each worker may open 50 connections; beyond sixteen workers a pooler is the better answer. */
const MOST_WORKERS = 16;

/** Pools of one worker: SQLAlchemy 10 + 20 overflow, graph pool 20 (application contract). */
export const CONNECTIONS_PER_WORKER = 50;

/** Superuser reserve (3), administrator, backup, exporter and health checks. */
export const CONNECTIONS_BESIDE = 20;

/** Machine shapes of the presets. */
export const PRESET_MACHINE = {
  small: { cpus: 2, memoryBytes: 4 * GIB },
  medium: { cpus: 4, memoryBytes: 8 * GIB },
  large: { cpus: 8, memoryBytes: 16 * GIB },
} as const;

export interface SizingInput {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly environment: Environment;
  readonly resources: Answers["resources"];
}

export interface ServiceSize {
  /** CPUs, at most those of the machine. */
  readonly cpus: number;
  /** Bytes, whole MiB; of one container. */
  readonly memoryBytes: number;
}

/** One line of `--explain`: a formula with its numbers. */
export interface Explanation {
  readonly name: string;
  readonly formula: string;
  readonly result: string;
}

export interface Sizing {
  readonly nginx: ServiceSize;
  readonly frontend: ServiceSize;
  readonly postgres: ServiceSize;
  /** Of one replica. */
  readonly backend: ServiceSize;
  readonly replicas: number;
  /** uvicorn workers of one replica. */
  readonly workers: number;
  readonly maxConnections: number;
  /** Bytes of all limits together. */
  readonly committedBytes: number;
  /** What the stack may use at most. */
  readonly budgetBytes: number;
  readonly explanations: readonly Explanation[];
}

export type SizingResult =
  | { readonly ok: true; readonly sizing: Sizing }
  | { readonly ok: false; readonly reason: string };

function clamp(low: number, value: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

function wholeMib(bytes: number): number {
  return Math.floor(bytes / MIB) * MIB;
}

/** CPUs in quarters: readable, and never more than there are. */
function quarters(cpus: number, most: number): number {
  return Math.min(most, Math.max(0.25, Math.round(cpus * 4) / 4));
}

/** `1.5G` reads worse than `1536M`; whole GiB are written as such. */
export function formatSize(bytes: number): string {
  return bytes % GIB === 0 ? `${bytes / GIB}G` : `${Math.floor(bytes / MIB)}M`;
}

/** The part of the machine that the preset allows. */
function allowance(input: SizingInput): { cpus: number; memoryBytes: number } {
  const { preset, cpus, memory } = input.resources;
  const shape = preset === "auto" || preset === "custom" ? undefined : PRESET_MACHINE[preset];
  const wanted = memory === undefined ? shape?.memoryBytes : parseSize(memory);
  // A custom figure says what the stack itself may use; the reserve comes on top of it.
  const asMachine = memory === undefined || wanted === undefined
    ? wanted
    : wanted + HOST_RESERVE_BYTES;
  return {
    cpus: Math.min(input.cpus, cpus ?? shape?.cpus ?? input.cpus),
    memoryBytes: Math.min(input.memoryBytes, asMachine ?? input.memoryBytes),
  };
}

/**
 * Divides the machine.
 *
 * Shares: nginx 1/16 within 64–256 MiB (uploads pass through its memory), frontend 1/16 within
 * 32–128 MiB (a development server needs 1/8, at least 128 MiB); of the rest PostgreSQL gets 55 %, the backend 45 % but at most 1 GiB a worker,
 * and what it leaves goes to PostgreSQL.
 */
export function sizing(input: SizingInput): SizingResult {
  const machine = allowance(input);
  const budget = wholeMib(machine.memoryBytes - HOST_RESERVE_BYTES);
  if (budget < MINIMUM_STACK_BYTES) {
    return {
      ok: false,
      reason: `${formatSize(wholeMib(input.memoryBytes))} of memory less ` +
        `${formatSize(HOST_RESERVE_BYTES)} for the host leaves ` +
        `${Math.max(0, Math.floor(budget / MIB))}M; the stack needs at least ` +
        `${formatSize(MINIMUM_STACK_BYTES)}`,
    };
  }
  const { cpus } = machine;
  const development = input.environment === "development";
  const own = input.resources;
  const given = (size: string | undefined) => size === undefined ? undefined : parseSize(size);

  const nginxBytes = given(own.nginx.memory) ?? wholeMib(clamp(64 * MIB, budget / 16, 256 * MIB));
  const frontendBytes = given(own.frontend.memory) ??
    wholeMib(
      development ? clamp(128 * MIB, budget / 8, 1 * GIB) : clamp(32 * MIB, budget / 16, 128 * MIB),
    );
  const rest = budget - nginxBytes - frontendBytes;

  const planned = plannedWorkers(input, cpus, Math.floor(rest * 0.45));
  const replicas = own.backend.replicas ?? planned.replicas;
  const workers = development ? 1 : own.backend.workers ?? Math.ceil(planned.total / replicas);
  const total = replicas * workers;
  const backendBytes = given(own.backend.memory) ??
    wholeMib(Math.min(rest * 0.45, total * WORKER_MOST_BYTES) / replicas);
  const postgresBytes = given(own.postgres.memory) ?? wholeMib(rest - backendBytes * replicas);
  const committed = nginxBytes + frontendBytes + postgresBytes + backendBytes * replicas;
  if (committed > budget || postgresBytes < 96 * MIB || backendBytes < 96 * MIB) {
    return {
      ok: false,
      reason: `nginx ${formatSize(nginxBytes)} + frontend ${formatSize(frontendBytes)} + ` +
        `postgres ${formatSize(Math.max(0, postgresBytes))} + backend ${replicas} × ` +
        `${formatSize(backendBytes)} does not fit into ${formatSize(budget)} ` +
        `(postgres and backend need at least 96M each)`,
    };
  }
  const most = input.cpus;
  const fitting = {
    cpu: (value: number | undefined, planned: number) => value ?? quarters(planned, most),
  };
  const maxConnections = own.postgres.max_connections ??
    total * CONNECTIONS_PER_WORKER + CONNECTIONS_BESIDE;
  return {
    ok: true,
    sizing: {
      nginx: { memoryBytes: nginxBytes, cpus: fitting.cpu(own.nginx.cpus, Math.min(cpus, 2)) },
      frontend: {
        memoryBytes: frontendBytes,
        cpus: fitting.cpu(own.frontend.cpus, Math.min(cpus, 1)),
      },
      postgres: {
        memoryBytes: postgresBytes,
        cpus: fitting.cpu(own.postgres.cpus, Math.max(1, cpus * 0.75)),
      },
      backend: {
        memoryBytes: backendBytes,
        cpus: fitting.cpu(own.backend.cpus, Math.min(Math.max(1, cpus * 0.75), workers)),
      },
      replicas,
      workers,
      maxConnections,
      committedBytes: committed,
      budgetBytes: budget,
      explanations: [
        line(
          "budget",
          `${formatSize(wholeMib(machine.memoryBytes))} − ${formatSize(HOST_RESERVE_BYTES)}`,
          formatSize(budget),
        ),
        line("nginx", "budget / 16 within 64M–256M", formatSize(nginxBytes)),
        line(
          "frontend",
          development ? "budget / 8 within 128M–1G" : "budget / 16 within 32M–128M",
          formatSize(frontendBytes),
        ),
        line(
          "backend workers",
          `min(CPUs ${cpus}, 45 % of ${formatSize(wholeMib(rest))} / ${
            formatSize(WORKER_BYTES)
          }, ` +
            `${MOST_WORKERS})`,
          `${replicas} × ${workers}`,
        ),
        line(
          "backend",
          `min(45 % of ${formatSize(wholeMib(rest))}, ${total} × ${
            formatSize(WORKER_MOST_BYTES)
          }) ` +
            `/ ${replicas}`,
          formatSize(backendBytes),
        ),
        line(
          "postgres",
          `${formatSize(wholeMib(rest))} − ${replicas} × ${formatSize(backendBytes)}`,
          formatSize(postgresBytes),
        ),
        line(
          "max_connections",
          `${total} workers × ${CONNECTIONS_PER_WORKER} + ${CONNECTIONS_BESIDE}`,
          String(maxConnections),
        ),
      ],
    },
  };
}

function plannedWorkers(input: SizingInput, cpus: number, backendBytes: number) {
  if (input.environment === "development") return { total: 1, replicas: 1 };
  const total = clamp(
    1,
    Math.min(Math.floor(cpus), Math.floor(backendBytes / WORKER_BYTES)),
    MOST_WORKERS,
  );
  return { total, replicas: Math.ceil(total / WORKERS_PER_REPLICA) };
}

function line(name: string, formula: string, result: string): Explanation {
  return { name, formula, result };
}
