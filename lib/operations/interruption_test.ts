/** The page of a restore or an upgrade: only where people see it, and never in place of the operator's own. */
import assert from "node:assert/strict";
import type { Engine } from "../engine/client.ts";
import { FakeHost } from "../../tests/support/fake_host.ts";
import { samplePlan } from "../../tests/support/samples.ts";
import { interruptStep, letInSteps, showInterruption } from "./interruption.ts";
import { readMaintenance, writeMaintenance } from "./maintenance.ts";

const { dir, answers } = samplePlan();
const REPORT = { detail: () => undefined, services: () => undefined };
const { signal } = new AbortController();
const FLAG = `${dir}/nginx/maintenance/on`;

interface Machine {
  readonly nginx?: boolean;
  /** Whether its configuration knows the page. */
  readonly knows?: boolean;
  readonly frontend?: boolean;
  /** What it answers behind the page, by path. */
  readonly behind?: (path: string) => string;
}

function machine(
  { nginx = true, knows = true, frontend = true, behind = () => "200" }: Machine = {},
) {
  const host = new FakeHost();
  host.net.allow(
    "GET",
    "/health",
    () =>
      knows && host.files.has(FLAG)
        ? { status: 503, body: '{"status":"maintenance"}' }
        : { body: "ready" },
  );
  const engine = {
    containers: () =>
      Promise.resolve(
        Object.entries({ nginx, frontend }).map(([service, runs]) => ({
          Id: service,
          State: runs ? "running" : "exited",
          Labels: { "com.docker.compose.service": service },
        })),
      ),
    container: (service: string) =>
      Promise.resolve({
        Id: service,
        State: { Running: service === "nginx" ? nginx : frontend },
      }),
    exec: (_id: string, argv: readonly string[]) =>
      Promise.resolve({ code: 0, stdout: behind(new URL(argv.at(-1) ?? "").pathname) }),
  } as unknown as Engine;
  return { host, engine, install: { dir, answers } };
}

Deno.test("shown, and undone", async () => {
  const scene = machine();
  const step = interruptStep(scene, "backup restore");
  assert.equal(await step.isDone(), false);
  await step.run(REPORT, signal);
  assert.equal((await readMaintenance(scene.host, dir))?.by, "backup restore");
  assert.equal(await step.isDone(), true);
  await step.undo?.();
  assert.equal(scene.host.files.has(FLAG), false);
});

Deno.test("nothing is left where nobody would see it", async () => {
  const old = machine({ knows: false });
  assert.equal(await showInterruption(old, "upgrade"), undefined);
  assert.equal(old.host.files.has(FLAG), false);
  const down = machine({ nginx: false });
  assert.equal(await showInterruption(down, "upgrade"), undefined);
  assert.equal(await interruptStep(down, "upgrade").isDone(), true);
});

Deno.test("the operator's own page stays, whatever happens, and nobody waits at the front door", async () => {
  const scene = machine();
  const own = { since: "2026-03-14T09:00:00.000Z", by: "stop --maintenance", message: "Moving" };
  await writeMaintenance(scene.host, dir, own);
  assert.deepEqual(await showInterruption(scene, "backup restore"), own);
  await interruptStep(scene, "backup restore").undo?.();
  for (const step of letInSteps(scene)) assert.equal(await step.isDone(), true, step.id);
  assert.deepEqual(await readMaintenance(scene.host, dir), own);
});

Deno.test("people are let in when nginx reaches both, and not before", async () => {
  const asked: string[] = [];
  let pages = "502";
  const scene = machine({
    behind: (path) => {
      asked.push(path);
      return path === "/page" ? pages : "200";
    },
  });
  scene.host.process.expect(
    ["docker", "exec", "nginx", "sh", "-c", "kill -HUP 1"],
    () => {
      pages = "200";
      return "";
    },
  );
  await interruptStep(scene, "backup restore").run(REPORT, signal);
  const [behind, off, door] = letInSteps(scene);
  assert.equal(await behind?.isDone(), false);
  assert.equal(await off?.isDone(), false);
  await behind?.run(REPORT, signal);
  assert.deepEqual([...new Set(asked)].sort(), ["/health", "/page"]);
  await off?.run(REPORT, signal);
  assert.equal(await door?.isDone(), true);
});

Deno.test("nginx without the place for this question is no reason to wait", async () => {
  const [behind] = letInSteps(machine({ behind: (path) => path === "/page" ? "404" : "200" }));
  assert.equal(await behind?.isDone(), true);
});

Deno.test("who is not reached within a minute is told", async () => {
  const scene = machine({ behind: () => "502" });
  scene.host.process.allow(["docker", "exec", "nginx", "sh", "-c", "kill -HUP 1"], "");
  const [behind] = letInSteps(scene);
  await assert.rejects(
    async () => await behind?.run(REPORT, signal),
    /nginx answers 502 for the application/,
  );
});

Deno.test("a frontend that was stopped is no matter of who replaces the application", async () => {
  const [behind] = letInSteps(
    machine({ frontend: false, behind: (path) => path === "/page" ? "502" : "200" }),
  );
  assert.equal(await behind?.isDone(), true);
});

Deno.test("between two states of a restore nobody is let in", async () => {
  const scene = machine();
  const step = interruptStep(scene, "backup restore");
  await step.run(REPORT, signal);
  const state = (phase: string) =>
    scene.host.files.put(
      `${dir}/.rxdx/restore.json`,
      JSON.stringify({
        ...{ schema: 1, id: "0a0b0c0d", phase, file: "rxdx-1.tar.age", parts: ["database"] },
        at: "2026-03-14T10:15:00.000Z",
      }),
    );
  state("swap");
  await step.undo?.();
  assert.equal(scene.host.files.has(FLAG), true);
  // The loading is taken back after it, and nothing of it was ever in use.
  state("load");
  await step.undo?.();
  assert.equal(scene.host.files.has(FLAG), false);
});

Deno.test("from when people are let in nothing is undone", () => {
  const off = letInSteps(machine()).find(({ id }) => id === "maintenance-off");
  assert.equal(off?.barrier, true);
});
