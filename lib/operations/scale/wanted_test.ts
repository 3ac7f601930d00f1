/** Another number in rxdx.yml, and what it is said to mean. */
import assert from "node:assert/strict";
import { samplePlan } from "../../../tests/support/samples.ts";
import { SetupError } from "../../errors.ts";
import type { Install } from "../install.ts";
import { scaled, scaleDowntime, scaleLines } from "./wanted.ts";

function install(environment: "production" | "development" = "production"): Install {
  const { answers } = samplePlan();
  return {
    dir: "/opt/rxdx",
    answers: { ...answers, environment },
    provenance: new Map(),
    configuration: "schema: 1\nname: rxdx\nresources:\n  # two suffice\n  preset: auto # ours\n",
    secrets: {},
    receipt: undefined,
  };
}

Deno.test("the number is kept in rxdx.yml, comments too", () => {
  const { answers, configuration } = scaled(install(), 3);
  assert.equal(answers.resources.backend.replicas, 3);
  assert.match(
    configuration,
    /# two suffice\n {2}preset: auto # ours\n {2}backend:\n {4}replicas: 3/,
  );
});

Deno.test("a development stack has one backend", () => {
  assert.throws(() => scaled(install("development"), 2), /has one backend/);
  assert.equal(scaled(install("development"), 1).answers.resources.backend.replicas, 1);
});

Deno.test("a number that rxdx.yml does not take names its key", () => {
  assert.throws(
    () => scaled(install(), 33),
    (error: unknown) =>
      error instanceof SetupError && error.problems[0]?.key === "resources.backend.replicas",
  );
});

Deno.test("what changes is told with its arithmetic, a restart with the way around it", () => {
  const before = samplePlan();
  const after = {
    ...before,
    sizing: { ...before.sizing, replicas: 4, workers: 1, maxConnections: 220 },
  };
  const lines = scaleLines(before, after);
  assert.ok(lines.some((line) => line.includes(`${before.sizing.replicas} → 4`)), lines.join("\n"));
  assert.ok(lines.some((line) => line.includes("220 (4 × 1 × 50 + 20)")), lines.join("\n"));
  const change = (service: string) => ({ service, action: "recreate", reason: "" }) as const;
  const changes = (services: readonly string[]) =>
    ({ services: services.map(change), reload: false }) as never;
  assert.deepEqual(scaleDowntime(changes(["backend"]), after), ["none"]);
  const [text = "", ...rest] = scaleDowntime(changes(["postgres", "backend"]), after);
  assert.match(text, /^the application for about 3 s/);
  assert.match(
    rest.join(" "),
    /resources\.postgres\.max_connections=220 resources\.postgres\.memory=/,
  );
});
