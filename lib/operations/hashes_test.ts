/** Compose's hashes against the containers: which are made, made anew, started, removed. */
import assert from "node:assert/strict";
import { machineOf } from "../../tests/support/fake_host_machine.ts";
import { healthyStack, type SampleContainer, samplePlan } from "../../tests/support/samples.ts";
import type { Tree } from "../answers/tree.ts";
import { Engine } from "../engine/client.ts";
import { SERVICES } from "../engine/compose.ts";
import { EXIT, SetupError } from "../errors.ts";
import type { SameDatabase } from "./same_database.ts";
import { definedHashes, expectedContainers, serviceChanges } from "./hashes.ts";

const HASHES = new Map(SERVICES.map((service) => [service as string, `hash-${service}`]));

/** A machine with one CPU: one backend container is what the plan wants. */
const ONE = { cpus: 1, memoryBytes: 2 * 2 ** 30 };

async function changes(options: {
  readonly containers: readonly SampleContainer[];
  readonly hashes?: ReadonlyMap<string, string>;
  readonly images?: Readonly<Record<string, string>>;
  readonly answers?: Tree;
  readonly same?: SameDatabase;
  readonly rolls?: boolean;
}): Promise<string[]> {
  const { host, engine } = machineOf(ONE);
  const plan = samplePlan({ facts: ONE, ...(options.answers ? { answers: options.answers } : {}) });
  engine.containers = [...options.containers];
  for (const service of SERVICES) engine.images.set(plan.images[service], `sha256:${service}`);
  for (const [service, id] of Object.entries(options.images ?? {})) {
    engine.images.set(plan.images[service as "nginx"], id);
  }
  const found = await serviceChanges({
    engine: new Engine(host),
    plan,
    hashes: options.hashes ?? HASHES,
    same: options.same,
    rolls: options.rolls ?? false,
  });
  return found.map((each) => `${each.action} ${each.service}`);
}

const without = (service: string) => healthyStack().filter((each) => each.service !== service);
const replaced = (service: string, more: Partial<SampleContainer>) =>
  healthyStack().map((each) => each.service === service ? { ...each, ...more } : each);

const CASES: readonly (readonly [string, Parameters<typeof changes>[0], readonly string[]])[] = [
  ["everything as it should be", { containers: healthyStack() }, []],
  ["nothing there yet", { containers: [] }, SERVICES.map((service) => `create ${service}`)],
  ["one missing", { containers: without("nginx") }, ["create nginx"]],
  ["a changed definition", { containers: replaced("backend", { hash: "old" }) }, [
    "recreate backend",
  ]],
  ["a changed image", { containers: healthyStack(), images: { backend: "sha256:newer" } }, [
    "recreate backend",
  ]],
  ["one stopped", { containers: replaced("frontend", { state: "exited" }) }, ["start frontend"]],
  ["one unhealthy is not ours to change", {
    containers: replaced("backend", { health: "unhealthy" }),
  }, []],
  ["one too many", {
    containers: [...healthyStack(), { service: "backend", number: 2 }],
  }, ["scale backend"]],
  ["too few", {
    containers: healthyStack(),
    answers: { resources: { backend: { replicas: 2, workers: 1 } } },
  }, ["scale backend"]],
  ["a service that is in the files no more", {
    containers: [...healthyStack(), { service: "pgbouncer" }],
  }, ["remove pgbouncer"]],
  ["containers of `docker compose run`", {
    containers: [...healthyStack(), { service: "shell", oneoff: true }],
  }, []],
  ["an operator's own service", {
    containers: healthyStack(),
    hashes: new Map([...HASHES, ["exporter", "h"]]),
  }, ["create exporter"]],
  ["a definition that changed counts before a container that stopped", {
    containers: replaced("nginx", { hash: "old", state: "exited" }),
  }, ["recreate nginx"]],
];

/** After a rotation: the container was made with the former password. */
const SAME: SameDatabase = { container: "former", defined: "hash-postgres" };
const former = (more: readonly SampleContainer[] = []) => [
  ...replaced("postgres", { hash: "former" }).filter((each) =>
    !more.some(({ service }) => service === each.service)
  ),
  ...more,
];
const ROTATED: typeof CASES = [
  ["stays, when nothing else is to do", { containers: former(), same: SAME }, []],
  ["is made anew without the note", { containers: former() }, ["recreate postgres"]],
  ["is made anew when its definition changed for another reason", {
    containers: former(),
    same: { ...SAME, defined: "as it was then" },
  }, ["recreate postgres"]],
  ["is told of when Compose will go over the services", {
    containers: former([{ service: "frontend", hash: "old" }]),
    same: SAME,
  }, ["recreate postgres", "recreate frontend"]],
  ["stays while backends come and go one after the other", {
    containers: former([{ service: "backend", hash: "old" }]),
    same: SAME,
    rolls: true,
  }, ["recreate backend"]],
  ["is told of when the backend is replaced by Compose", {
    containers: former([{ service: "backend", hash: "old" }]),
    same: SAME,
  }, ["recreate postgres", "recreate backend"]],
  ["that has another image is made anew", {
    containers: former(),
    same: SAME,
    images: { postgres: "sha256:newer" },
  }, ["recreate postgres"]],
];

for (const [title, options, expected] of ROTATED) {
  Deno.test(`changes: the database's container after a rotation ${title}`, async () =>
    assert.deepEqual(await changes(options), expected));
}

for (const [title, options, expected] of CASES) {
  Deno.test(`changes: ${title}`, async () => assert.deepEqual(await changes(options), expected));
}

Deno.test("an image that is not there yet says nothing about the containers", async () => {
  const { host, engine } = machineOf(ONE);
  engine.containers = healthyStack();
  assert.deepEqual(
    await serviceChanges({
      engine: new Engine(host),
      plan: samplePlan({ facts: ONE }),
      hashes: HASHES,
    }),
    [],
  );
});

Deno.test("replicas are the sizing's, except in development", () => {
  const machine = { cpus: 16, memoryBytes: 64 * 2 ** 30 };
  const production = samplePlan({ facts: machine });
  assert.ok(production.sizing.replicas > 1);
  assert.equal(expectedContainers(production).backend, production.sizing.replicas);
  const development = samplePlan({ facts: machine, answers: { environment: "development" } });
  assert.deepEqual(expectedContainers(development), {
    postgres: 1,
    backend: 1,
    frontend: 1,
    nginx: 1,
  });
});

Deno.test("hashes are Compose's own lines; a refusal is exit 5 with Compose's words", async () => {
  const { host } = machineOf();
  host.process.expect(["docker", "compose", "config", "--hash", "*"], "nginx  abc\npostgres def\n")
    .expect(["docker", "compose", "config", "--hash", "*"], {
      code: 15,
      stderr: "services.backend.environment: SECRET_KEY is missing in .env",
    });
  assert.deepEqual([...await definedHashes(host, "/opt/rxdx")], [["nginx", "abc"], [
    "postgres",
    "def",
  ]]);
  assert.equal(host.process.calls.at(-1)?.options.cwd, "/opt/rxdx");
  host.files.put("/opt/rxdx/docker-compose.override.yml", "services: {}\n");
  await assert.rejects(
    definedHashes(host, "/opt/rxdx"),
    (error) =>
      error instanceof SetupError && error.code === "compose_invalid" &&
      error.exit === EXIT.apply &&
      /SECRET_KEY is missing/.test(error.message),
  );
  host.verify();
});

Deno.test("the same files are not asked about twice; each edit is, a refusal too, and after a while", async () => {
  const { host } = machineOf();
  const asked = () => host.process.calls.filter(({ argv }) => argv.includes("--hash")).length;
  let refuses = true;
  host.process.allow(
    ["docker", "compose", "config", "--hash", "*"],
    () => refuses ? { code: 15, stderr: "no" } : "nginx abc\n",
  );
  // As ours is: with the names of the files beside it.
  const env = "COMPOSE_FILE=docker-compose.yml:docker-compose.prod.yml\n";
  host.files.put("/opt/rxdx/.env", `${env}A=1\n`);
  const expectAsked = async (times: number, why: string, dir = "/opt/rxdx") => {
    assert.equal((await definedHashes(host, dir)).get("nginx"), "abc");
    assert.equal(asked(), times, why);
  };
  await assert.rejects(definedHashes(host, "/opt/rxdx"), SetupError);
  refuses = false;
  await expectAsked(2, "it was refused");
  await expectAsked(2, "nothing has changed");
  await expectAsked(3, "another directory", "/opt/other");
  host.files.put("/opt/rxdx/.env", `${env}A=2\n`);
  await expectAsked(4, "an edit of the same length, at the same time");
  host.files.put("/opt/rxdx/docker-compose.override.yml", "services: {}\n");
  await expectAsked(5, "an override has come");
  host.files.put("/opt/rxdx/nginx.conf", "");
  await expectAsked(5, "Compose does not read that");
  host.clock.advance(10_000);
  await expectAsked(6, "after a while");
  host.files.put("/opt/rxdx/docker-compose.override.yml", "include: [../other/compose.yml]\n");
  await expectAsked(7, "it reads other files too");
  await expectAsked(8, "which are not looked at");
  host.files.put("/opt/rxdx/docker-compose.override.yml", "services: {}\n");
  host.files.put("/opt/rxdx/.env", "COMPOSE_FILE=docker-compose.yml:/srv/more.yml\n");
  await expectAsked(9, "one that lies elsewhere");
  await expectAsked(10, "and is not looked at");
});
