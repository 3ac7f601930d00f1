/** Removing exactly what was made: data and hand edits stay, unless data are to go too. */
import assert from "node:assert/strict";
import type { FakeHost } from "../../tests/support/fake_host.ts";
import { type FakeEngine, machineOf } from "../../tests/support/fake_host_machine.ts";
import { healthyStack } from "../../tests/support/samples.ts";
import type { Step } from "../steps/step.ts";
import { receiptPath, sha256 } from "../steps/receipt.ts";
import { type Install, needInstall } from "./install.ts";
import { planUninstall, removeState, uninstallSteps } from "./uninstall.ts";

const DIR = "/opt/rxdx";
const FILES = {
  ".env": "SECRET_KEY=1\n",
  "rxdx.yml": "domain: rxdx.example.com\n",
  "docker-compose.yml": "services: {}\n",
  "nginx/nginx.conf": "events {}\n",
};

async function installed(): Promise<{ host: FakeHost; engine: FakeEngine; install: Install }> {
  const { host, engine } = machineOf();
  for (const [path, text] of Object.entries(FILES)) host.files.put(`${DIR}/${path}`, text);
  host.files.putDirectory(`${DIR}/backups`);
  host.files.put(
    receiptPath(DIR),
    JSON.stringify({
      schema: 1,
      name: "rxdx",
      files: Object.entries(FILES).map(([path, text]) => ({ path, sha256: sha256(text) })),
      directories: ["backups", "nginx", "nginx/ssl"],
      images: ["rxdx-demo/nginx:1", "rxdx-demo/gone:1"],
      provenance: {},
      machine: [],
    }),
  );
  engine.containers = healthyStack();
  engine.images.set("rxdx-demo/nginx:1", "sha256:x");
  engine.volumes.set("rxdx_postgres_data_prod", "rxdx").set("shop_data", "shop");
  return { host, engine, install: await needInstall(host, DIR) };
}

const signal = new AbortController().signal;

async function run(steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (await step.isDone()) continue;
    await step.run({ detail: () => undefined, services: () => undefined }, signal);
  }
}

/** Stopped against the order in which they start, then removed. */
function expectDown(host: FakeHost, engine: FakeEngine): void {
  const services = ["nginx", "frontend", "backend", "postgres"];
  for (const service of services) host.process.expect(["docker", "stop", `rxdx-${service}-1`], "");
  const names = [...services].reverse().map((service) => `rxdx-${service}-1`);
  host.process.expect(["docker", "container", "rm", "--force", ...names], () => {
    engine.containers = [];
    return "";
  });
}

Deno.test("without --purge the configuration, the secrets and the volumes stay", async () => {
  const { host, install } = await installed();
  const plan = await planUninstall(host, install, { purge: false });
  assert.deepEqual(plan.files, ["docker-compose.yml", "nginx/nginx.conf"]);
  assert.deepEqual(plan.kept, [".env", "rxdx.yml"]);
  assert.deepEqual(plan.volumes, []);
  assert.deepEqual(plan.images, ["rxdx-demo/nginx:1"], "only those that are there");
  assert.deepEqual(plan.containers, [
    "rxdx-postgres-1",
    "rxdx-backend-1",
    "rxdx-frontend-1",
    "rxdx-nginx-1",
  ]);
  assert.deepEqual(host.files.mutations, []);
});

Deno.test("with --purge everything of this stack goes, and nothing of another", async () => {
  const { host, install } = await installed();
  const plan = await planUninstall(host, install, { purge: true });
  assert.deepEqual(plan.files, Object.keys(FILES));
  assert.deepEqual(plan.volumes, ["rxdx_postgres_data_prod"]);
});

Deno.test("a file that was edited by hand stays", async () => {
  const { host, install } = await installed();
  host.files.put(`${DIR}/docker-compose.yml`, "services: { mine: {} }\n");
  const plan = await planUninstall(host, install, { purge: false });
  assert.ok(plan.kept.includes("docker-compose.yml"));
  assert.ok(!plan.files.includes("docker-compose.yml"));
});

Deno.test("with the engine silent the files can still be planned", async () => {
  const { host, install } = await installed();
  host.net.allow("GET", "/_ping", "refused");
  const plan = await planUninstall(host, install, { purge: true });
  assert.deepEqual([plan.containers, plan.volumes, plan.images], [[], [], []]);
  assert.equal(plan.files.length, 4);
});

Deno.test("the steps take the stack down by its label, then images, then files, then empty directories", async () => {
  const { host, engine, install } = await installed();
  const options = { purge: false };
  const plan = await planUninstall(host, install, options);
  expectDown(host, engine);
  host.process.expect(["docker", "image", "rm", "rxdx-demo/nginx:1"], () => {
    engine.images.clear();
    return "";
  });
  host.files.put(`${DIR}/docker-compose.override.yml`, "mine\n");
  const steps = uninstallSteps(host, install, plan, options);
  await run(steps);
  assert.deepEqual(Object.keys(host.files.tree(DIR)).map((path) => path.slice(DIR.length + 1)), [
    ".env",
    ".rxdx/receipt.json",
    "docker-compose.override.yml",
    "rxdx.yml",
  ]);
  assert.ok(!host.files.has(`${DIR}/nginx`) && !host.files.has(`${DIR}/backups`));
  assert.equal(engine.volumes.has("rxdx_postgres_data_prod"), true);
  for (const step of steps) assert.equal(await step.isDone(), true, `${step.id} again`);
  host.verify();
});

Deno.test("a directory that holds something else stays", async () => {
  const { host, engine, install } = await installed();
  host.files.put(`${DIR}/backups/2026.tar.age`, "data");
  const plan = await planUninstall(host, install, { purge: true });
  const calls = { purge: true };
  engine.containers = [];
  engine.images.clear();
  engine.volumes.clear();
  await run(uninstallSteps(host, install, { ...plan, images: [] }, calls));
  assert.ok(host.files.has(`${DIR}/backups/2026.tar.age`));
  const { leftBehind } = await removeState(host, DIR, { ...calls, keepsKey: plan.keepsKey });
  assert.deepEqual(leftBehind, ["backups"]);
});

Deno.test("purging removes the volumes by label, those of the other environment too", async () => {
  const { host, engine, install } = await installed();
  engine.volumes.set("rxdx_postgres_data", "rxdx");
  const options = { purge: true };
  const plan = await planUninstall(host, install, options);
  expectDown(host, engine);
  for (const name of ["rxdx_postgres_data_prod", "rxdx_postgres_data"]) {
    host.process.expect(["docker", "volume", "rm", name], () => {
      engine.volumes.delete(name);
      return "";
    });
  }
  host.process.expect(["docker", "image", "rm", "rxdx-demo/nginx:1"], {
    code: 1,
    stderr: "image is being used by running container",
  });
  await run(uninstallSteps(host, install, plan, options));
  assert.deepEqual([...engine.volumes.keys()], ["shop_data"]);
  const { leftBehind } = await removeState(host, DIR, { ...options, keepsKey: plan.keepsKey });
  assert.deepEqual(leftBehind, []);
  assert.ok(!host.files.has(DIR), "the directory itself is gone");
  host.verify();
});

Deno.test("what was kept aside of hand edits survives an uninstall that keeps data", async () => {
  const { host } = await installed();
  const aside = `${DIR}/.rxdx/replaced/20260314T101500123Z/docker-compose.yml`;
  host.files.put(aside, "services: { mine: {} }\n");
  await removeState(host, DIR, { purge: false, keepsKey: false });
  assert.ok(host.files.has(aside));
  assert.ok(!host.files.has(receiptPath(DIR)));
  await removeState(host, DIR, { purge: true, keepsKey: false });
  assert.ok(!host.files.has(aside));
});

Deno.test("a volume that was taken over goes with --purge, and no other", async () => {
  const { host, engine, install } = await installed();
  engine.volumes.set("plant_pgdata", "plant").set("plant_more", "plant");
  const { answers } = install;
  const taken = { ...answers, volumes: { ...answers.volumes, database: "plant_pgdata" } };
  const plan = await planUninstall(host, { ...install, answers: taken }, { purge: true });
  assert.deepEqual(plan.volumes, ["rxdx_postgres_data_prod", "plant_pgdata"]);
});

Deno.test("an image that another stack runs keeps all of its names", async () => {
  const { host, engine, install } = await installed();
  // Docker would refuse to remove it only while it has a single name.
  engine.containers = [
    ...engine.containers,
    { project: "other", service: "nginx", imageId: "sha256:x" },
  ];
  assert.deepEqual((await planUninstall(host, install, { purge: false })).images, []);
});
