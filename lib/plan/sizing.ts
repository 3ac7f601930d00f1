/**
 * How much of the machine each service may have. Pure: CPUs, memory and overrides in, limits,
 * workers and replicas out. The sum of the memory limits never exceeds memory minus the reserve.
 */
import { parseSize } from "../answers/rules.ts";
import { sizingExplained } from "./sizing_explained.ts";
import {
  CONNECTIONS_BESIDE,
  CONNECTIONS_PER_WORKER,
  formatSize,
  GIB,
  HOST_RESERVE_BYTES,
  MIB,
  MINIMUM_STACK_BYTES,
  MOST_WORKERS,
  PRESET_MACHINE,
  type SizingInput,
  type SizingResult,
  wholeMib,
  WORKER_BYTES,
  WORKER_MOST_BYTES,
  WORKERS_PER_REPLICA,
} from "./sizing_figures.ts";

export * from "./sizing_figures.ts";

function clamp(low: number, value: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** CPUs in quarters: readable, and never more than there are. */
function quarters(cpus: number, most: number): number {
  return Math.min(most, Math.max(0.25, Math.round(cpus * 4) / 4));
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
  // The port of a development backend is published: there can be only one.
  const replicas = development ? 1 : own.backend.replicas ?? planned.replicas;
  const workers = development ? 1 : own.backend.workers ?? Math.ceil(planned.total / replicas);
  const total = replicas * workers;
  const share = wholeMib(Math.min(rest * 0.45, total * WORKER_MOST_BYTES));
  const backendBytes = given(own.backend.memory) ?? wholeMib(share / replicas);
  // What is left over when the share is divided stays free: for a megabyte more or less with another
  // number of replicas the database would start anew.
  const backendsBytes = own.backend.memory === undefined ? share : backendBytes * replicas;
  const postgresBytes = given(own.postgres.memory) ?? wholeMib(rest - backendsBytes);
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
      explanations: sizingExplained({
        input,
        budget,
        rest,
        total,
        machine,
        text: {
          nginx: formatSize(nginxBytes),
          frontend: formatSize(frontendBytes),
          backend: formatSize(backendBytes),
          postgres: formatSize(postgresBytes),
          workers: `${replicas} × ${workers}`,
          maxConnections: String(maxConnections),
        },
        replicas,
      }),
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
