/** What the newer version leaves when the database goes back. */
import assert from "node:assert/strict";
import type { Engine } from "../../engine/client.ts";
import type { Host } from "../../host/types.ts";
import type { UpgradeRecord } from "../../upgrade/record.ts";
import { withFakeHost } from "../../../tests/support/fake_host.ts";
import { REST } from "../../../tests/support/fake_host_process.ts";
import { samplePlan } from "../../../tests/support/samples.ts";
import { readUpgrade } from "./records.ts";
import { type Return, returnSteps } from "./return_steps.ts";

const plan = samplePlan();
const settings = plan.answers.images;
const RECORD: UpgradeRecord = {
  schema: 1,
  started_at: "2026-03-14T10:00:00.000Z",
  stopped_at: "2026-03-14T10:15:00.000Z",
  phase: "swapping",
  copied: true,
  from: { version: "1", setup: "0.1.0", images: {}, settings },
  to: { version: "2", setup: "0.1.0", images: {}, settings },
  touches_data: true,
};

/** @param started when nginx was started last */
function wayBack(host: Host, started: string): Return {
  const engine = {
    containers: () =>
      Promise.resolve(["postgres", "nginx"].map((service) => ({
        Id: service,
        State: "running",
        Labels: { "com.docker.compose.service": service },
      }))),
    container: (id: string) =>
      Promise.resolve({ Id: id, Image: "i", State: { Running: true, StartedAt: started } }),
  } as unknown as Engine;
  const scene = { host, engine, install: { dir: plan.dir, answers: plan.answers } };
  return {
    ...{ host, engine, plan, scene, shelf: "upgrade", record: RECORD },
    outcome: { database: "untouched", aside: undefined },
  } as unknown as Return;
}

const REMOVED = 'DROP DATABASE IF EXISTS "rxdx_upgrade_failed"';

for (
  const [what, started, aside] of [
    ["nobody could reach is removed", "2026-03-14T10:14:00Z", undefined],
    ["people may have written in stays", "2026-03-14T10:15:20Z", "rxdx_upgrade_failed"],
  ] as const
) {
  Deno.test(`a database of the newer version that ${what}`, () =>
    withFakeHost({}, async (host) => {
      host.files.put(`${plan.dir}/.rxdx/upgrade/record.json`, JSON.stringify(RECORD), {
        mode: 0o600,
      });
      // Every other question is answered with the name of its database: the schemas differ.
      host.process.allow(
        ["docker", "exec", REST],
        ({ argv, options }) =>
          /FROM pg_database WHERE/.test(String(options.stdin)) ? "t" : argv.at(-1) ?? "",
      );
      const back = wayBack(host, started);
      const step = returnSteps(back).find(({ id }) => id === "return-database");
      await step?.run(
        { detail: () => undefined, services: () => undefined },
        new AbortController().signal,
      );
      assert.deepEqual(back.outcome, { database: "put back", aside });
      assert.equal((await readUpgrade(host, plan.dir))?.kept_database, aside);
      const sql = host.process.calls.map(({ options }) => String(options.stdin));
      const swapped = sql.findIndex((each) => each.includes('RENAME TO "rxdx_upgrade_failed"'));
      assert.ok(swapped > 0);
      const removed = sql.slice(swapped).some((each) => each.includes(REMOVED));
      assert.equal(removed, aside === undefined);
    }));
}

for (
  const [what, more, removed] of [
    ["is removed by the next run", { restored: true }, true],
    [
      "that people wrote in stays",
      { restored: true, kept_database: "rxdx_upgrade_failed" },
      false,
    ],
    ["of an upgrade before stays", {}, false],
  ] as const
) {
  Deno.test(`killed behind the exchange of the databases, the newer one ${what}`, () =>
    withFakeHost({}, async (host) => {
      const record = JSON.stringify({ ...RECORD, phase: "returning", ...more });
      host.files.put(`${plan.dir}/.rxdx/upgrade/record.json`, record, { mode: 0o600 });
      // The copy has the name of the database again; the newer version's is there.
      let dropped = false;
      host.process.allow(["docker", "exec", REST], ({ options }) => {
        const sql = String(options.stdin);
        dropped ||= sql.includes(REMOVED);
        return sql.includes("'rxdx_upgrade_failed'") && !dropped ? "t" : "f";
      });
      const step = returnSteps(wayBack(host, "2026-03-14T10:14:00Z"))
        .find(({ id }) => id === "return-database");
      assert.equal(await step?.isDone(), !removed);
      if (!removed) return;
      await step?.run(
        { detail: () => undefined, services: () => undefined },
        new AbortController().signal,
      );
      assert.ok(dropped);
      assert.equal(await step?.isDone(), true);
    }));
}
