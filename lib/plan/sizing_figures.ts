/** The constants and shapes of the division of the machine, each with its reason; see `sizing.ts`. */
import type { Answers, Environment } from "../answers/schema.ts";

export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

/** Left to the operating system, the engine and the page cache (docs/adr/0004). */
export const HOST_RESERVE_BYTES = 512 * MIB;

/**
 * The least the four services run in: 1 GiB machines show about 960 MiB, which leaves 448 MiB.
 * Measured on the demo images: nginx 10, frontend 8, backend 110, PostgreSQL 130 MiB.
 */
export const MINIMUM_STACK_BYTES = 384 * MIB;

/** Memory of one uvicorn worker at work; below it a further worker is not planned. */
export const WORKER_BYTES = 256 * MIB;

/** A worker that has more than this gains nothing; the rest serves PostgreSQL better. */
export const WORKER_MOST_BYTES = 1 * GIB;

/** More than four workers a container share one event-loop supervisor; replicas take over there. */
export const WORKERS_PER_REPLICA = 4;

/** Each worker may open 50 connections; beyond sixteen workers a pooler is the better answer. */
export const MOST_WORKERS = 16;

/** Pools of one worker: SQLAlchemy 10 + 20 overflow, graph pool 20 (application contract). */
export const CONNECTIONS_PER_WORKER = 50;

/** Superuser reserve (3), administrator, backup, exporter and health checks. */
export const CONNECTIONS_BESIDE = 20;

/**
 * Memory of one open connection beside shared_buffers: less than 2 MiB when idle (A. Freund, "Measuring the
 * Memory Overhead of a Postgres Connection", 2020). A busy one takes up to 10 MiB and work_mem for each sort; the
 * pools keep most of them idle, and a worker runs a handful of queries at once.
 */
export const CONNECTION_BYTES = 2 * MIB;

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
  /** Why this formula, or who says so. */
  readonly source?: string;
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

export function wholeMib(bytes: number): number {
  return Math.floor(bytes / MIB) * MIB;
}

/** `1.5G` reads worse than `1536M`; whole GiB are written as such. */
export function formatSize(bytes: number): string {
  return bytes % GIB === 0 ? `${bytes / GIB}G` : `${Math.floor(bytes / MIB)}M`;
}
