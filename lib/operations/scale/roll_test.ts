/** The whole way on a fake engine: who leaves, in which order, and that nginx is always told again. */
import assert from "node:assert/strict";
import { type FakeHost, withFakeHost } from "../../../tests/support/fake_host.ts";
import { samplePlan } from "../../../tests/support/samples.ts";
import type { ApiContainerSummary } from "../../engine/api.ts";
import type { Engine } from "../../engine/client.ts";
import { addressFor, canRoll, rollBackend } from "./roll.ts";
import { isDrained } from "./drain.ts";

const plan = samplePlan();
const report = { detail: () => undefined, services: () => undefined };

function container(service: string, number: number, hash = "new"): ApiContainerSummary {
  return {
    Id: `${service}${number}`,
    Names: [`/rxdx-${service}-${number}`],
    Image: "image",
    ImageID: "sha256:1",
    Created: number,
    State: "running",
    Status: "Up 3 minutes (healthy)",
    Labels: {
      "com.docker.compose.service": service,
      "com.docker.compose.container-number": String(number),
      "com.docker.compose.config-hash": hash,
      "com.docker.compose.oneoff": "False",
    },
    Ports: [],
    NetworkSettings: { Networks: { "rxdx_rxdx-network": { IPAddress: `172.20.0.${number}` } } },
  };
}

/** Docker as far as it is asked: what Compose adds and `docker rm` removes is seen by the next look. */
function scene(host: FakeHost, containers: ApiContainerSummary[], failing = "") {
  const done: string[] = [];
  const engine = {
    containers: () => Promise.resolve([...containers]),
    image: () => Promise.resolve({ Id: "sha256:1" }),
  } as unknown as Engine;
  let generation = 1;
  const process = host.process as unknown as { run: unknown };
  process.run = (argv: readonly string[]) => {
    const words = argv.join(" ");
    let stdout = "";
    if (argv[1] === "top") stdout = `${generation} nginx: worker process`;
    else done.push(words.replace("docker compose --progress plain ", ""));
    if (argv[1] === "exec") generation++;
    if (argv[1] === "rm") {
      const gone = new Set(argv.slice(2).map((name) => `/${name}`));
      containers.splice(
        0,
        containers.length,
        ...containers.filter((each) => !gone.has(each.Names[0] ?? "")),
      );
    }
    if (failing !== "" && words.startsWith(failing)) {
      return Promise.resolve({ code: 1, stdout: "", stderr: "no" });
    }
    const total = /--scale backend=(\d+)/.exec(words)?.[1];
    while (
      total !== undefined &&
      containers.filter((each) => each.Id.startsWith("backend")).length < Number(total)
    ) containers.push(container("backend", 10 + containers.length));
    return Promise.resolve({ code: 0, stdout, stderr: "" });
  };
  return { engine, done };
}

async function rolled(
  host: FakeHost,
  containers: ApiContainerSummary[],
  wanted: number,
  failing = "",
): Promise<string[]> {
  await host.files.mkdir(`${plan.dir}/nginx`, 0o755);
  await host.files.mkdir(`${plan.dir}/.rxdx`, 0o700);
  const text = "    server backend:8000 resolve max_fails=3;\n";
  await host.files.writeAtomic(`${plan.dir}/nginx/nginx.prod.conf`, text, { mode: 0o644 });
  const { engine, done } = scene(host, containers, failing);
  const { signal } = new AbortController();
  const configuration = "nginx/nginx.prod.conf";
  const target = { host, engine, plan, hash: "new", wanted, configuration, signal };
  const rolling = rollBackend(target, report);
  if (failing === "") await rolling;
  else await assert.rejects(rolling, /ended with 1/);
  assert.equal(await host.files.readText(`${plan.dir}/${configuration}`), text);
  assert.equal(await isDrained(host, plan.dir), false);
  return done;
}

const HUP = "docker exec nginx9 sh -c kill -HUP 1";

Deno.test("more: only added, nginx is not touched", () =>
  withFakeHost({}, async (host) => {
    const done = await rolled(host, [container("nginx", 9), container("backend", 1)], 3);
    assert.deepEqual(done, ["up --detach --no-recreate --scale backend=3 backend"]);
  }));

Deno.test("fewer: out of nginx, stopped, removed, and nginx told again", () =>
  withFakeHost({}, async (host) => {
    const backends = [1, 2, 3].map((number) => container("backend", number));
    assert.deepEqual(await rolled(host, [container("nginx", 9), ...backends], 1), [
      HUP,
      "docker stop rxdx-backend-3 rxdx-backend-2",
      "docker rm rxdx-backend-3 rxdx-backend-2",
      HUP,
    ]);
  }));

Deno.test("other limits: the new one first", () =>
  withFakeHost({}, async (host) => {
    const old = container("backend", 1, "old");
    assert.deepEqual(await rolled(host, [container("nginx", 9), old], 1), [
      "up --detach --no-recreate --scale backend=2 backend",
      HUP,
      "docker stop rxdx-backend-1",
      "docker rm rxdx-backend-1",
      HUP,
    ]);
  }));

Deno.test("what fails on the way: nginx is told again all the same", () =>
  withFakeHost({}, async (host) => {
    const backends = [1, 2].map((number) => container("backend", number));
    assert.deepEqual(await rolled(host, [container("nginx", 9), ...backends], 1, "docker stop"), [
      HUP,
      "docker stop rxdx-backend-2",
      HUP,
    ]);
  }));

Deno.test("what cannot be rolled: development, another image, nothing that serves", () =>
  withFakeHost({}, async (host) => {
    const can = (containers: ApiContainerSummary[], of = plan) =>
      canRoll({ engine: scene(host, containers).engine, plan: of });
    const both = [container("nginx", 9), container("backend", 1)];
    assert.equal(await can(both), true);
    const development = { ...plan.answers, environment: "development" } as const;
    assert.equal(await can(both, { ...plan, answers: development }), false);
    assert.equal(await can([container("backend", 1)]), false);
    const other = { ...container("backend", 1), ImageID: "sha256:2" };
    assert.equal(await can([container("nginx", 9), other]), false);
    const starting = { ...container("backend", 1), Status: "Up (health: starting)" };
    assert.equal(await can([container("nginx", 9), starting]), false);
  }));

Deno.test("the address is the one in the network that nginx is in", () => {
  const inside = { "rxdx_rxdx-internal": { IPAddress: "172.21.0.7" } };
  const backend = container("backend", 4);
  const networks = { ...inside, ...backend.NetworkSettings?.Networks };
  const both = { ...backend, NetworkSettings: { Networks: networks } };
  assert.equal(addressFor(container("nginx", 9), both), "172.20.0.4:8000");
  const apart = { ...backend, NetworkSettings: { Networks: inside } };
  assert.equal(addressFor(container("nginx", 9), apart), undefined);
});
