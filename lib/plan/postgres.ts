/**
 * PostgreSQL parameters from the container's memory limit and CPUs: the formulas of PGTune
 * (le0pard/pgtune, "web application", SSD), applied to the limit instead of the machine. Pure.
 */

const KIB = 2 ** 10;
/** PostgreSQL counts buffers in pages of 8 kB, and shows whole ones. */
const PAGE = 8 * KIB;
const MIB = 2 ** 20;
const GIB = 2 ** 30;

export interface PostgresInput {
  /** The container's memory limit. */
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly maxConnections: number;
}

/** Parameters in the units that `postgresql.conf` takes. */
export interface PostgresParameters {
  readonly maxConnections: number;
  readonly sharedBuffers: string;
  readonly effectiveCacheSize: string;
  readonly maintenanceWorkMem: string;
  readonly workMem: string;
  readonly walBuffers: string;
  readonly minWalSize: string;
  readonly maxWalSize: string;
  readonly randomPageCost: string;
  readonly effectiveIoConcurrency: number;
  readonly maxWorkerProcesses: number;
  readonly maxParallelWorkers: number;
  readonly maxParallelWorkersPerGather: number;
  readonly maxParallelMaintenanceWorkers: number;
  /** `/dev/shm` of the container: parallel index builds take `maintenance_work_mem` from it. */
  readonly shmSize: string;
}

/** PostgreSQL's own spelling, in the largest unit that is whole. */
export function postgresSize(bytes: number): string {
  if (bytes % GIB === 0) return `${bytes / GIB}GB`;
  if (bytes % MIB === 0) return `${bytes / MIB}MB`;
  return `${Math.floor(bytes / KIB)}kB`;
}

function wholeMib(bytes: number): number {
  return Math.max(MIB, Math.floor(bytes / MIB) * MIB);
}

export function postgresParameters(input: PostgresInput): PostgresParameters {
  const { memoryBytes, maxConnections } = input;
  const cpus = Math.max(1, Math.floor(input.cpus));
  const sharedBuffers = wholeMib(memoryBytes / 4);
  const maintenance = wholeMib(Math.min(memoryBytes / 16, 2 * GIB));
  // PGTune divides by connections plus parallel workers, times three for sorts within one query.
  const workers = cpus >= 4 ? cpus : 8;
  const workMem = Math.max(
    4 * MIB,
    Math.floor((memoryBytes - sharedBuffers) / ((maxConnections + workers) * 3) / KIB) * KIB,
  );
  // 3 % of shared_buffers, capped; PGTune rounds up what comes close to the cap of 16 MB.
  const threePercent = sharedBuffers * 0.03;
  const walBuffers = threePercent > 14 * MIB
    ? 16 * MIB
    : Math.max(64 * KIB, Math.floor(threePercent / PAGE) * PAGE);
  const perGather = cpus >= 4 ? Math.min(Math.ceil(cpus / 2), 4) : 2;
  return {
    maxConnections,
    sharedBuffers: postgresSize(sharedBuffers),
    effectiveCacheSize: postgresSize(wholeMib(memoryBytes * 3 / 4)),
    maintenanceWorkMem: postgresSize(maintenance),
    workMem: postgresSize(workMem),
    walBuffers: postgresSize(walBuffers),
    minWalSize: "1GB",
    maxWalSize: "4GB",
    randomPageCost: "1.1",
    effectiveIoConcurrency: 200,
    maxWorkerProcesses: cpus >= 4 ? cpus : 8,
    maxParallelWorkers: cpus >= 4 ? cpus : 8,
    maxParallelWorkersPerGather: perGather,
    maxParallelMaintenanceWorkers: perGather,
    shmSize: `${Math.ceil(Math.max(128 * MIB, maintenance * 1.25 + 64 * MIB) / MIB)}M`,
  };
}
