/** PostgreSQL parameters against PGTune's own output, and against what PostgreSQL accepts. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { GIB, MIB } from "../../tests/support/samples.ts";
import { postgresParameters, postgresSize } from "./postgres.ts";

/** Outputs of pgtune.leopard.in.ua (DB type web, SSD, Linux) as they were published. */
const VECTORS = [
  {
    title: "4 GiB, 4 CPUs, 200 connections (criterion P1)",
    input: { memoryBytes: 4 * GIB, cpus: 4, maxConnections: 200 },
    output: {
      maxConnections: 200,
      sharedBuffers: "1GB",
      effectiveCacheSize: "3GB",
      maintenanceWorkMem: "256MB",
      workMem: "5140kB",
      walBuffers: "16MB",
      maxWorkerProcesses: 4,
      maxParallelWorkers: 4,
      maxParallelWorkersPerGather: 2,
      maxParallelMaintenanceWorkers: 2,
    },
  },
  {
    title: "16 GiB, 8 CPUs, 100 connections",
    input: { memoryBytes: 16 * GIB, cpus: 8, maxConnections: 100 },
    output: {
      sharedBuffers: "4GB",
      effectiveCacheSize: "12GB",
      maintenanceWorkMem: "1GB",
      workMem: "38836kB",
      walBuffers: "16MB",
      maxWorkerProcesses: 8,
      maxParallelWorkers: 8,
      maxParallelWorkersPerGather: 4,
      maxParallelMaintenanceWorkers: 4,
    },
  },
  {
    title: "16 GiB, 4 CPUs, 30 connections",
    input: { memoryBytes: 16 * GIB, cpus: 4, maxConnections: 30 },
    output: { workMem: "123361kB", maxWorkerProcesses: 4, maxParallelWorkersPerGather: 2 },
  },
  {
    // Below four CPUs PGTune leaves the parallel settings alone; 8 and 2 are PostgreSQL's defaults.
    title: "4 GiB, 2 CPUs, 200 connections",
    input: { memoryBytes: 4 * GIB, cpus: 2, maxConnections: 200 },
    output: {
      sharedBuffers: "1GB",
      workMem: "5041kB",
      maxWorkerProcesses: 8,
      maxParallelWorkersPerGather: 2,
    },
  },
  {
    // PGTune says 436kB for work_mem here; ours has a floor of 4 MB (criterion P1).
    title: "1 GiB, 1 CPU, 300 connections",
    input: { memoryBytes: GIB, cpus: 1, maxConnections: 300 },
    output: {
      sharedBuffers: "256MB",
      effectiveCacheSize: "768MB",
      maintenanceWorkMem: "64MB",
      walBuffers: "7864kB",
      workMem: "4MB",
    },
  },
  {
    title: "32 GiB, 32 CPUs, 200 connections: maintenance_work_mem at its cap, gather at its own",
    input: { memoryBytes: 32 * GIB, cpus: 32, maxConnections: 200 },
    output: {
      sharedBuffers: "8GB",
      effectiveCacheSize: "24GB",
      maintenanceWorkMem: "2GB",
      walBuffers: "16MB",
      maxWorkerProcesses: 32,
      maxParallelWorkers: 32,
      maxParallelWorkersPerGather: 4,
      maxParallelMaintenanceWorkers: 4,
    },
  },
] as const;

for (const { title, input, output } of VECTORS) {
  Deno.test(`PGTune: ${title}`, () => {
    const parameters = postgresParameters(input);
    for (const [name, value] of Object.entries(output)) {
      assert.equal(parameters[name as keyof typeof parameters], value, name);
    }
    assert.equal(parameters.minWalSize, "1GB");
    assert.equal(parameters.maxWalSize, "4GB");
    assert.equal(parameters.randomPageCost, "1.1");
    assert.equal(parameters.effectiveIoConcurrency, 200);
  });
}

/** Bytes of PostgreSQL's own spelling. */
function bytes(text: string): number {
  const match = /^(\d+)(kB|MB|GB)$/.exec(text);
  assert.ok(match, `${text} is a size as PostgreSQL writes it`);
  return Number(match[1]) * { kB: 2 ** 10, MB: MIB, GB: GIB }[match[2] as "kB" | "MB" | "GB"];
}

Deno.test("on any machine every parameter is within PostgreSQL's range (2,000 runs)", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 96, max: 2 ** 20 }),
      fc.integer({ min: 1, max: 12800 }).map((hundredths) => hundredths / 100),
      fc.integer({ min: 20, max: 10000 }),
      (mebibytes, cpus, maxConnections) => {
        const memoryBytes = mebibytes * MIB;
        const p = postgresParameters({ memoryBytes, cpus, maxConnections });
        // Bounds of pg_settings in PostgreSQL 17, 64 bit.
        const within = (text: string, low: number, high: number) =>
          assert.ok(bytes(text) >= low && bytes(text) <= high, text);
        within(p.sharedBuffers, 128 * 1024, 2 ** 30 * 8192 / 2);
        assert.ok(bytes(p.sharedBuffers) <= memoryBytes / 4 + MIB);
        within(p.effectiveCacheSize, 8192, memoryBytes);
        within(p.maintenanceWorkMem, 64 * 1024, 2 ** 31 - 1 + 1);
        within(p.workMem, 4 * MIB, 2 ** 41);
        within(p.walBuffers, 32 * 1024, 16 * MIB);
        assert.ok(p.maxWorkerProcesses >= 0 && p.maxWorkerProcesses <= 262143);
        assert.ok(p.maxParallelWorkers <= p.maxWorkerProcesses);
        assert.ok(p.maxParallelWorkersPerGather <= p.maxParallelWorkers);
        assert.ok(p.maxParallelMaintenanceWorkers <= p.maxParallelWorkers);
        assert.ok(p.maxParallelWorkersPerGather >= 1 && p.maxParallelWorkersPerGather <= 4);
        // Criterion P2: room for a parallel index build, with headroom.
        const shm = Number(/^(\d+)M$/.exec(p.shmSize)?.[1]) * MIB;
        assert.ok(shm > bytes(p.maintenanceWorkMem) * 1.2, `${p.shmSize} ${p.maintenanceWorkMem}`);
        assert.ok(shm >= 128 * MIB);
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("a size is spelled in the largest unit that is whole", () => {
  assert.equal(postgresSize(GIB), "1GB");
  assert.equal(postgresSize(1536 * MIB), "1536MB");
  assert.equal(postgresSize(5140 * 1024), "5140kB");
  assert.equal(postgresSize(1000), "0kB");
});
