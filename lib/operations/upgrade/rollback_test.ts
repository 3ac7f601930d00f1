/** A rollback that is given up before it has changed anything leaves nothing of itself. */
import assert from "node:assert/strict";
import type { Engine } from "../../engine/client.ts";
import type { Host } from "../../host/types.ts";
import { runSteps } from "../../steps/runner.ts";
import type { Step } from "../../steps/step.ts";
import type { UpgradeRecord } from "../../upgrade/record.ts";
import { type FakeHost, withFakeHost } from "../../../tests/support/fake_host.ts";
import { samplePlan } from "../../../tests/support/samples.ts";
import { readUpgrade } from "./records.ts";
import {
  type DataSteps,
  restoredBytes,
  resumeSteps,
  type Rollback,
  rollbackSteps,
} from "./rollback.ts";

const plan = samplePlan();
const settings = plan.answers.images;
const RECORD: UpgradeRecord = {
  schema: 1,
  started_at: "2026-03-14T10:15:00.000Z",
  phase: "committed",
  from: { version: "1", setup: "0.1.0", images: {}, settings },
  to: { version: "2", setup: "0.1.0", images: {}, settings },
  touches_data: true,
  safety: "rxdx-1.tar.age",
  data: true,
};

const container = (service: string, State: string) => ({
  Id: service,
  Names: [`/rxdx-${service}-1`],
  State,
  Status: "Up 3 minutes (healthy)",
  ImageID: "sha256:2",
  Labels: { "com.docker.compose.service": service },
});

function rollback(host: Host, states: Readonly<Record<string, string>>): Rollback {
  const engine = {
    containers: () =>
      Promise.resolve(Object.entries(states).map(([service, state]) => container(service, state))),
    container: (service: string) =>
      Promise.resolve({
        Id: service,
        State: { Running: states[service] === "running", StartedAt: "2026-03-14T10:00:00Z" },
      }),
    exec: () => Promise.resolve({ code: 0, stdout: "200" }),
  } as unknown as Engine;
  const scene = { host, engine, install: { dir: plan.dir, answers: plan.answers } };
  return {
    ...{ host, engine, plan, scene, shelf: "previous", record: RECORD },
    ...{ data: true, schemaMoved: true, loss: undefined, backup: undefined, minutes: 1, files: [] },
    outcome: { database: "untouched" },
  } as unknown as Rollback;
}

const SIGNAL = new AbortController().signal;

function put(host: FakeHost): void {
  host.files.put(`${plan.dir}/.rxdx/previous/record.json`, JSON.stringify(RECORD), { mode: 0o600 });
}

const failing: Step = {
  id: "failing",
  title: "Fail",
  isDone: () => Promise.resolve(false),
  run: () => Promise.reject(new Error("it failed")),
};

async function fails(host: Host, back: Rollback, data: DataSteps): Promise<void> {
  const { signal } = new AbortController();
  const rest = { argv: [], version: "1", emit: () => undefined, signal };
  await assert.rejects(
    runSteps(rollbackSteps(back, data), { host, dir: plan.dir, command: "rollback", ...rest }),
    /it failed/,
  );
}

Deno.test("a failure beside what serves: the next rollback makes a backup of its own", () =>
  withFakeHost({}, async (host) => {
    put(host);
    const back = rollback(host, { backend: "running", nginx: "running" });
    await fails(host, back, { load: [failing], swap: [], drop: [] });
    const record = await readUpgrade(host, plan.dir, "previous");
    assert.deepEqual([record?.phase, record?.safety, record?.data], [
      "committed",
      undefined,
      undefined,
    ]);
  }));

for (const shown of [true, false]) {
  const how = shown ? "behind the page" : "where nginx shows no page";
  Deno.test(`a failure after the newer version has stopped, ${how}: it serves again`, () =>
    withFakeHost({}, async (host) => {
      put(host);
      const flag = `${plan.dir}/nginx/maintenance/on`;
      const states = { postgres: "running", backend: "running", nginx: "running" };
      host.net.allow(
        "GET",
        "/health",
        () =>
          shown && host.files.has(flag) ? { status: 503, body: "maintenance" } : { body: "ready" },
      );
      if (!shown) {
        host.process.expect(["docker", "stop", "rxdx-nginx-1"], () => {
          states.nginx = "exited";
          return "";
        });
      }
      host.process.expect(["docker", "stop", "rxdx-backend-1"], () => {
        states.backend = "exited";
        return "";
      });
      host.process.expect(["docker", "start", "rxdx-backend-1", "rxdx-nginx-1"], () => {
        states.backend = states.nginx = "running";
        return "";
      });
      const swap = {
        ...failing,
        run: () => {
          assert.equal(host.files.has(flag), shown);
          return failing.run({ detail: () => undefined, services: () => undefined }, SIGNAL);
        },
      };
      await fails(host, rollback(host, states), { load: [], swap: [swap], drop: [] });
      const record = await readUpgrade(host, plan.dir, "previous");
      assert.deepEqual([record?.phase, record?.page !== undefined], ["committed", shown]);
      assert.equal(host.files.has(flag), false, "people are let in again");
    }));
}

Deno.test("one that was killed while it closed, and is taken back: the newer version serves again", () =>
  withFakeHost({}, async (host) => {
    put(host);
    const states = { postgres: "running", backend: "exited", nginx: "running" };
    const flag = `${plan.dir}/nginx/maintenance/on`;
    host.files.put(flag, JSON.stringify({ since: "2026-03-14T10:15:00.000Z", by: "rollback" }));
    host.process.expect(["docker", "start", "rxdx-backend-1"], () => {
      states.backend = "running";
      return "";
    });
    const { scene } = rollback(host, states);
    const anew = resumeSteps(scene).find(({ id }) => id === "rollback-anew");
    await anew?.run({ detail: () => undefined, services: () => undefined }, SIGNAL);
    assert.equal(states.backend, "running");
    assert.equal(host.files.has(flag), false, "people are let in again");
    assert.equal((await readUpgrade(host, plan.dir, "previous"))?.phase, "committed");
  }));

Deno.test("a failure after the data are back is gone on with", () =>
  withFakeHost({}, async (host) => {
    put(host);
    const drop = { ...failing, id: "drop", barrier: true, run: () => Promise.resolve() };
    const back = rollback(host, {});
    await fails(host, back, { load: [], swap: [], drop: [drop, failing] });
    const record = await readUpgrade(host, plan.dir, "previous");
    assert.deepEqual([record?.phase, record?.safety], ["rolling-back", RECORD.safety]);
  }));

Deno.test("room is asked for the database, its log and what is always left free", () => {
  assert.equal(restoredBytes(0), 128 * 2 ** 20);
  assert.ok(restoredBytes(2 ** 30) > 2.2 * 2 ** 30);
  assert.ok(restoredBytes(100 * 2 ** 30) < 113 * 2 ** 30);
});
