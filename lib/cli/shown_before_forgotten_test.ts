/** Killed anywhere: a password that stands nowhere else was shown, or the next run can show it. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../tests/support/fake_host.ts";
import { forgetStep, pendingPath, pendingStep } from "../operations/rotate/pending.ts";
import { runSteps } from "../steps/runner.ts";
import type { Step } from "../steps/step.ts";
import { shownBeforeForgotten } from "./shown_before_forgotten.ts";

const DIR = "/opt/rxdx";
const PENDING = {
  schema: 1,
  at: "2026-03-14T10:15:00.000Z",
  values: { ADMIN_PASSWORD: "new" },
  former: { ADMIN_PASSWORD: "" },
} as const;

for (
  const point of ["before", "after"].flatMap((
    when,
  ) => [`${when}:rotation-pending`, `${when}:rotation-forget`])
) {
  Deno.test(`killed ${point}: shown, or still there`, () =>
    withFakeHost({}, async (host) => {
      let shown = false;
      const safe = () => Promise.resolve(true);
      const steps = [
        pendingStep(host, DIR, PENDING, safe),
        forgetStep(host, DIR, ["ADMIN_PASSWORD"], PENDING.at),
      ];
      const run = (some: readonly Step[]) =>
        runSteps(some, {
          host,
          dir: DIR,
          command: "secrets rotate",
          argv: [],
          version: "0.0.0",
          emit: () => undefined,
          signal: new AbortController().signal,
        });
      host.failAtPoint(point, "kill");
      await shownBeforeForgotten(steps, run, () => {
        shown = true;
      }).catch(() => undefined);
      host.revive();
      const there = await host.files.stat(pendingPath(DIR)) !== undefined;
      assert.equal(shown, point.endsWith("forget"));
      assert.equal(there, point !== "after:rotation-forget" && point !== "before:rotation-pending");
    }));
}

Deno.test("nothing to show: one run of everything", async () => {
  const runs: number[] = [];
  const steps = ["a", "b"].map((id): Step => ({
    id,
    title: id,
    isDone: () => Promise.resolve(true),
    run: () => Promise.resolve(),
  }));
  const run = (some: readonly Step[]) => Promise.resolve(runs.push(some.length));
  await shownBeforeForgotten(steps, run, undefined);
  assert.deepEqual(runs, [2]);
});
