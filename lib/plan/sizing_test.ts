/** The division of the machine: never more than there is, on any machine. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAnswers } from "../answers/parse.ts";
import { type Environment, ENVIRONMENTS, PRESETS } from "../answers/schema.ts";
import type { Tree } from "../answers/tree.ts";
import { GIB, MIB } from "../../tests/support/samples.ts";
import {
  CONNECTIONS_BESIDE,
  CONNECTIONS_PER_WORKER,
  formatSize,
  HOST_RESERVE_BYTES,
  MINIMUM_STACK_BYTES,
  type Sizing,
  sizing,
} from "./sizing.ts";
import { postgresParameters } from "./postgres.ts";
import { connectionNeed, sizingPreview, workersNeedBytes } from "./sizing_preview.ts";

function resources(values: Tree = {}) {
  const parsed = parseAnswers({ resources: values });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.answers.resources;
}

function sized(
  cpus: number,
  memoryBytes: number,
  environment: Environment = "production",
  values: Tree = {},
): Sizing {
  const result = sizing({ cpus, memoryBytes, environment, resources: resources(values) });
  assert.ok(result.ok, result.ok ? "" : result.reason);
  return result.sizing;
}

function reason(memoryBytes: number, values: Tree = {}): string {
  const result = sizing({
    cpus: 2,
    memoryBytes,
    environment: "production",
    resources: resources(values),
  });
  assert.ok(!result.ok, "must be refused");
  return result.reason;
}

function sum({ nginx, frontend, backend, postgres, replicas }: Sizing): number {
  return nginx.memoryBytes + frontend.memoryBytes + postgres.memoryBytes +
    backend.memoryBytes * replicas;
}

function holds(result: Sizing, cpus: number, memoryBytes: number, environment: Environment) {
  assert.ok(sum(result) <= memoryBytes - HOST_RESERVE_BYTES, "the limits fit beside the host");
  assert.equal(result.committedBytes, sum(result));
  assert.ok(result.committedBytes <= result.budgetBytes);
  for (const name of ["nginx", "frontend", "backend", "postgres"] as const) {
    const { cpus: share, memoryBytes: bytes } = result[name];
    assert.ok(share > 0 && share <= cpus, `${name}: ${share} of ${cpus} CPUs`);
    assert.equal(bytes % MIB, 0, `${name}: whole MiB`);
    assert.ok(bytes >= 32 * MIB, `${name} has something to live on`);
  }
  assert.ok(result.postgres.memoryBytes >= 96 * MIB && result.backend.memoryBytes >= 96 * MIB);
  assert.ok(Number.isInteger(result.replicas) && result.replicas >= 1);
  assert.ok(Number.isInteger(result.workers) && result.workers >= 1);
  assert.ok(
    result.replicas * result.workers <= 19,
    "sixteen workers, rounded up to whole replicas",
  );
  assert.ok(
    result.maxConnections >=
      result.replicas * result.workers * CONNECTIONS_PER_WORKER + CONNECTIONS_BESIDE,
    "every pool can be full at once",
  );
  if (environment === "development") {
    assert.equal(result.replicas, 1);
    assert.equal(result.workers, 1);
  }
}

Deno.test("512 MiB–1 TiB × 1–128 CPUs × environments × presets: it fits, or says why (5,000 runs)", () => {
  fc.assert(
    fc.property(
      // Logarithmic, so that small machines are tried as often as large ones.
      fc.double({ min: 9, max: 20, noNaN: true }).map((exponent) => Math.floor(2 ** exponent)),
      fc.integer({ min: 0, max: 1023 }),
      fc.integer({ min: 1, max: 128 }),
      fc.constantFrom(...ENVIRONMENTS),
      fc.constantFrom(...PRESETS),
      (mebibytes, kibibytes, cpus, environment, preset) => {
        const memoryBytes = mebibytes * MIB + kibibytes * 1024;
        const result = sizing({
          cpus,
          memoryBytes,
          environment,
          resources: resources({ preset }),
        });
        if (result.ok) holds(result.sizing, cpus, memoryBytes, environment);
        else {
          assert.match(result.reason, /\d+M/);
          assert.ok(memoryBytes < 1 * GIB, `refused at ${mebibytes} MiB: ${result.reason}`);
        }
      },
    ),
    { numRuns: 5000 },
  );
});

Deno.test("with overrides too: it fits, or says why (3,000 runs)", () => {
  const size = fc.integer({ min: 32, max: 8192 }).map((mebibytes) => `${mebibytes}M`);
  const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  fc.assert(
    fc.property(
      fc.integer({ min: 512, max: 65536 }),
      fc.integer({ min: 1, max: 64 }),
      fc.constantFrom(...ENVIRONMENTS),
      fc.record({
        memory: some(size),
        nginx: some(size),
        frontend: some(size),
        backend: some(size),
        postgres: some(size),
        replicas: some(fc.integer({ min: 1, max: 8 })),
      }),
      (mebibytes, cpus, environment, given) => {
        const memoryBytes = mebibytes * MIB;
        const result = sizing({
          cpus,
          memoryBytes,
          environment,
          resources: resources(JSON.parse(JSON.stringify({
            preset: "custom",
            memory: given.memory,
            nginx: { memory: given.nginx },
            frontend: { memory: given.frontend },
            backend: { memory: given.backend, replicas: given.replicas },
            postgres: { memory: given.postgres },
          }))),
        });
        if (!result.ok) {
          assert.match(result.reason, /does not fit into|leaves|need/);
          return;
        }
        assert.ok(sum(result.sizing) <= memoryBytes - HOST_RESERVE_BYTES);
        for (const name of ["nginx", "frontend", "backend", "postgres"] as const) {
          const wanted = given[name];
          if (wanted !== undefined) {
            assert.equal(result.sizing[name].memoryBytes, parseInt(wanted) * MIB, name);
          }
        }
      },
    ),
    { numRuns: 3000 },
  );
});

Deno.test("from 1 GiB on the database's memory carries every connection, on any machine (3,000 runs)", () => {
  fc.assert(
    fc.property(
      fc.double({ min: Math.log2(960), max: 20, noNaN: true })
        .map((exponent) => Math.floor(2 ** exponent)),
      fc.integer({ min: 1, max: 128 }),
      fc.constantFrom(...ENVIRONMENTS),
      fc.constantFrom(...PRESETS),
      (mebibytes, cpus, environment, preset) => {
        // A development server for the pages takes its part of a small machine; one developer fills no pool.
        fc.pre(environment !== "development" || mebibytes >= 1536);
        const result = sized(cpus, mebibytes * MIB, environment, { preset });
        const { needed, carried } = connectionNeed(result);
        assert.equal(result.maxConnections, needed);
        assert.ok(needed <= carried, `${needed} connections, ${carried} carried`);
        assert.ok(result.backend.memoryBytes >= workersNeedBytes(result.workers));
        // What is left to sorts, when a tenth of the connections is at work at once.
        const p = postgresParameters({ ...result.postgres, maxConnections: needed });
        const work = p.workMem.endsWith("kB")
          ? parseInt(p.workMem) * 1024
          : parseInt(p.workMem) * MIB;
        assert.ok(
          needed / 10 * work + result.postgres.memoryBytes / 4 <= result.postgres.memoryBytes,
          `${p.workMem} × ${needed} / 10 of ${result.postgres.memoryBytes / MIB}M`,
        );
      },
    ),
    { numRuns: 3000 },
  );
});

Deno.test("in development a second replica is never planned: the port is published", () => {
  const result = sized(4, 8 * GIB, "development", { backend: { replicas: 4, workers: 4 } });
  assert.deepEqual([result.replicas, result.workers], [1, 1]);
});

Deno.test("a preview adds up: what is committed and what the host keeps", () => {
  const answers = { environment: "production" as const, resources: resources() };
  const fits = sizingPreview({ cpus: 4, memoryBytes: 8 * GIB }, answers);
  assert.ok(fits.ok);
  assert.equal(fits.committedBytes + fits.hostBytes, 8 * GIB);
  assert.ok(fits.hostBytes >= HOST_RESERVE_BYTES);
  const not = sizingPreview({ cpus: 1, memoryBytes: 512 * MIB }, answers);
  assert.ok(!not.ok && not.committedBytes === 0 && not.hostBytes === 512 * MIB);
});

Deno.test("512 MiB is refused, with the numbers", () => {
  assert.equal(
    reason(512 * MIB),
    "512M of memory less 512M for the host leaves 0M; the stack needs at least 384M",
  );
  assert.match(reason(256 * MIB), /256M of memory .* leaves 0M/);
});

Deno.test("a machine sold as 1 GiB works, also when it shows 960 MiB", () => {
  for (const environment of ENVIRONMENTS) {
    for (const memory of [GIB, 960 * MIB]) {
      const result = sized(1, memory, environment);
      holds(result, 1, memory, environment);
    }
  }
});

Deno.test("the smallest machine that works is the reserve and the stack's minimum", () => {
  const least = HOST_RESERVE_BYTES + MINIMUM_STACK_BYTES;
  holds(sized(1, least), 1, least, "production");
  assert.match(reason(least - 1), /at least 384M/);
});

Deno.test("the presets are machine shapes, never larger than the machine", () => {
  const big = { cpus: 32, memory: 128 * GIB };
  assert.equal(
    sized(big.cpus, big.memory, "production", { preset: "small" }).budgetBytes,
    3.5 * GIB,
  );
  assert.equal(
    sized(big.cpus, big.memory, "production", { preset: "medium" }).budgetBytes,
    7.5 * GIB,
  );
  assert.equal(
    sized(big.cpus, big.memory, "production", { preset: "large" }).budgetBytes,
    15.5 * GIB,
  );
  assert.equal(sized(2, 2 * GIB, "production", { preset: "large" }).budgetBytes, 1.5 * GIB);
  const small = sized(32, 128 * GIB, "production", { preset: "small" });
  assert.ok(small.postgres.cpus <= 2 && small.nginx.cpus <= 2 && small.backend.cpus <= 2);
});

Deno.test("custom memory is what the stack itself may use", () => {
  const result = sized(8, 64 * GIB, "production", { preset: "custom", memory: "3G" });
  assert.equal(result.budgetBytes, 3 * GIB);
});

Deno.test("more memory never makes a service smaller, more CPUs never make fewer workers", () => {
  let before: Sizing | undefined;
  for (let mebibytes = 896; mebibytes < 40_000; mebibytes += 61) {
    const now = sized(4, mebibytes * MIB);
    if (before !== undefined) {
      assert.ok(now.postgres.memoryBytes * 1.3 >= before.postgres.memoryBytes, `${mebibytes}`);
      assert.ok(now.replicas * now.workers >= before.replicas * before.workers, `${mebibytes}`);
    }
    before = now;
  }
  let workers = 0;
  for (let cpus = 1; cpus <= 128; cpus++) {
    const now = sized(cpus, 256 * GIB);
    assert.ok(now.replicas * now.workers >= workers, `${cpus} CPUs`);
    workers = now.replicas * now.workers;
  }
});

Deno.test("limits that do not fit are refused with every number in the sum", () => {
  const text = reason(4 * GIB, { postgres: { memory: "3G" }, backend: { memory: "2G" } });
  for (const part of ["nginx", "frontend", "postgres 3G", "backend", "2G", "does not fit into"]) {
    assert.ok(text.includes(part), `${part}: ${text}`);
  }
  assert.match(reason(2 * GIB, { backend: { replicas: 30 } }), /does not fit|96M/);
});

Deno.test("as long as the workers stay as many, another number of replicas leaves the database alone", () => {
  for (const memoryBytes of [4 * GIB, 8 * GIB, 8 * GIB + 77 * MIB, 16 * GIB + 3 * MIB]) {
    const database = [1, 2, 4, 8].map((replicas) => {
      const { postgres, maxConnections, committedBytes, budgetBytes } = sized(
        8,
        memoryBytes,
        "production",
        { backend: { replicas, workers: 8 / replicas }, preset: "custom" },
      );
      assert.ok(committedBytes <= budgetBytes);
      return { postgres, maxConnections };
    });
    for (const each of database) assert.deepEqual(each, database[0]);
  }
});

Deno.test("an explained sizing shows each formula with the numbers of this machine", () => {
  const { explanations } = sized(4, 8 * GIB);
  const names = explanations.map((line) => line.name);
  for (const name of ["budget", "nginx", "frontend", "backend", "postgres", "max_connections"]) {
    assert.ok(names.includes(name), name);
  }
  const { name, formula, result } = explanations[0] ?? {};
  assert.deepEqual([name, formula, result], ["budget", "8G − 512M", "7680M"]);
  for (const line of explanations) assert.match(line.formula, /\d/);
});

Deno.test("sizes are written in whole GiB or in MiB", () => {
  assert.equal(formatSize(2 * GIB), "2G");
  assert.equal(formatSize(1536 * MIB), "1536M");
  assert.equal(formatSize(0), "0G");
});
