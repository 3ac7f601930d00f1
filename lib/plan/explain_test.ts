/** Every formula with its numbers, in lines of at most 80 columns, on any machine. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ENVIRONMENTS } from "../answers/schema.ts";
import { GIB, MIB, samplePlan } from "../../tests/support/samples.ts";
import { explainLines, explainSizing } from "./explain.ts";

Deno.test("8 GiB and 4 CPUs: the arithmetic can be followed", () => {
  const lines = explainLines(explainSizing(samplePlan()));
  for (
    const part of [
      "budget           7680M  = 8G − 512M",
      "backend workers  1 × 4  = min(CPUs 4, 45 % of 7296M / 256M, 16), 4 a replica",
      "postgres         4013M  = 7296M − 1 × 3283M",
      "max_connections    220  = 4 workers × 50 + 20",
      "committed        7680M  = 256M + 128M + 1 × 3283M + 4013M",
      "shared_buffers                    1003MB  = 4013M / 4",
      "PostgreSQL (4013M, 3 CPUs)",
    ]
  ) assert.ok(lines.some((line) => line.includes(part)), `${part}\n${lines.join("\n")}`);
});

Deno.test("what the operator set is said to be set", () => {
  const groups = explainSizing(
    samplePlan({ answers: { resources: { postgres: { memory: "3G", max_connections: 400 } } } }),
  );
  const find = (name: string) => groups[0]?.lines.find((line) => line.name === name);
  assert.deepEqual(find("postgres"), {
    name: "postgres",
    formula: "set by resources.postgres.memory",
    result: "3G",
  });
  assert.equal(find("max_connections")?.formula, "set by resources.postgres.max_connections");
});

Deno.test("every parameter of the production command line is explained, in 80 columns (500 runs)", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 960, max: 2 ** 20 }),
      fc.integer({ min: 1, max: 128 }),
      fc.constantFrom(...ENVIRONMENTS),
      (mebibytes, cpus, environment) => {
        const plan = samplePlan({
          answers: { environment },
          facts: { cpus, memoryBytes: mebibytes * MIB },
        });
        const groups = explainSizing(plan);
        const text = explainLines(groups);
        for (const line of text) assert.ok([...line].length <= 80, line);
        for (const value of Object.values(plan.postgres)) {
          assert.ok(groups[1]?.lines.some((line) => line.result === String(value)), `${value}`);
        }
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("a narrower screen gets shorter lines", () => {
  const plan = samplePlan({ facts: { memoryBytes: 64 * GIB, cpus: 16 } });
  for (const line of explainLines(explainSizing(plan), 72)) assert.ok([...line].length <= 72, line);
});
