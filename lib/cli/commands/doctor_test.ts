/** What `doctor` says of what runs. */
import assert from "node:assert/strict";
import type { StatusDocument, StatusProblem } from "../../observe/status.ts";
import { stackChecks } from "./doctor.ts";

const problem = (code: string, severity: StatusProblem["severity"]): StatusProblem => ({
  code,
  severity,
  message: `${code} happened.`,
  hint: "do this",
});

const document = (problems: readonly StatusProblem[]) =>
  ({
    services: [{ state: "running" }, { state: "running" }],
    problems,
  }) as unknown as StatusDocument;

Deno.test("one line for all when nothing is wrong", () => {
  assert.deepEqual(stackChecks(document([])), [
    { id: "stack", title: "Stack", state: "ok", detail: "2 containers, all healthy" },
  ]);
});

Deno.test("one line for each problem; those of the certificate have lines of their own", () => {
  const found = stackChecks(document([
    problem("service_unhealthy", "critical"),
    problem("hand_edited", "info"),
    problem("disk_nearly_full", "warning"),
    problem("certificate_expired", "critical"),
    problem("renewal_failed", "warning"),
    problem("clock_off", "warning"),
  ]));
  assert.deepEqual(found.map((each) => [each.id, each.state]), [
    ["service-unhealthy", "fail"],
    ["hand-edited", "ok"],
    ["disk-nearly-full", "warn"],
  ]);
  assert.ok(found.every((each) => each.hint === "do this"));
});
