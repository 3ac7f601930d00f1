/** The document of `status --json` from an engine that answers: shape, order, figures. */
import assert from "node:assert/strict";
import type { FakeHost } from "../../tests/support/fake_host.ts";
import { machineOf } from "../../tests/support/fake_host_machine.ts";
import {
  healthyStack,
  sampleAlerts,
  sampleAnswers,
  sampleTls,
} from "../../tests/support/samples.ts";
import { Engine } from "../engine/client.ts";
import { inspect } from "./inspect.ts";

const MIB = 2 ** 20;

/** Two samples: a fifth of one of two cores between them. */
function samples(host: FakeHost): void {
  const asked = new Map<string, number>();
  host.net.allow("GET", /\/stats\?/, ({ path }) => {
    const count = (asked.get(path) ?? 0) + 1;
    asked.set(path, count);
    return {
      json: {
        read: "",
        cpu_stats: {
          cpu_usage: { total_usage: count * 1e8 },
          system_cpu_usage: count * 1e9,
          online_cpus: 2,
        },
        precpu_stats: { cpu_usage: { total_usage: 0 } },
        memory_stats: { usage: 64 * MIB, limit: 256 * MIB, stats: { inactive_file: 14 * MIB } },
      },
    };
  });
}

/** Standard output of a program in a container, as the daemon frames it. */
function framed(text: string): Uint8Array {
  const payload = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + payload.length);
  bytes[0] = 1;
  new DataView(bytes.buffer).setUint32(4, payload.length);
  bytes.set(payload, 8);
  return bytes;
}

/** What psql answers: first the figures, then, where AGE is installed, the graph. */
function row(host: FakeHost, figures: string, code = 0, graph = ""): void {
  let asked = 0;
  host.net.allow(
    "POST",
    /\/containers\/rxdx-postgres-1\/exec$/,
    () => ({ json: { Id: asked++ === 0 ? "figures" : "graph" } }),
  );
  for (const [id, text] of [["figures", figures], ["graph", graph]] as const) {
    host.net.allow("POST", `/v1.44/exec/${id}/start`, { body: [framed(text)] });
    host.net.allow("GET", `/v1.44/exec/${id}/json`, { json: { ExitCode: code } });
  }
}

function look(host: FakeHost, replicas = 1) {
  return inspect({
    install: {},
    tls: sampleTls(),
    backup: {},
    alerts: { ...sampleAlerts(), expected: false, undelivered: [] },
    host,
    engine: new Engine(host),
    dir: "/opt/rxdx",
    answers: sampleAnswers(),
    version: "1.2.0",
    replicas,
  });
}

Deno.test("a healthy stack, in full", async () => {
  const { host, engine } = machineOf();
  engine.containers = healthyStack().map((each) =>
    each.service === "nginx"
      ? {
        ...each,
        ports: [
          { IP: "0.0.0.0", PrivatePort: 443, PublicPort: 443, Type: "tcp" },
          { IP: "::", PrivatePort: 443, PublicPort: 443, Type: "tcp" },
          { IP: "127.0.0.1", PrivatePort: 80, PublicPort: 8080, Type: "tcp" },
          { PrivatePort: 8080, Type: "tcp" },
        ],
        check: "ok",
      }
      : each
  );
  samples(host);
  row(host, "8388608|7|120|1.5.0|3\n", 0, "rxdx_graph\n");
  const document = await look(host);
  assert.equal(document.schema, 1);
  assert.deepEqual(document.stack, {
    name: "rxdx",
    dir: "/opt/rxdx",
    environment: "production",
    state: "healthy",
    url: "https://rxdx.example.com",
    version: "1.2.0",
    images_source: "demo",
  });
  assert.deepEqual(document.services.map((each) => each.service), [
    "nginx",
    "frontend",
    "backend",
    "postgres",
  ]);
  const [nginx] = document.services;
  assert.deepEqual(nginx, {
    service: "nginx",
    container: "rxdx-nginx-1",
    state: "running",
    health: "healthy",
    restarts: 0,
    cpu_percent: 20,
    memory_bytes: 50 * MIB,
    memory_limit_bytes: 256 * MIB,
    image: "nginx:1",
    digest: "sha256:nginx",
    started_at: "2026-03-14T10:00:00.000000000Z",
    ports: ["127.0.0.1:8080->80/tcp", "443->443/tcp"],
    last_check: { at: "2026-03-14T10:14:01Z", exit_code: 0, output: "ok" },
  });
  assert.deepEqual(document.database, {
    reachable: true,
    size_bytes: 8388608,
    connections: 7,
    max_connections: 120,
    slowest_query_seconds: 3,
    age_version: "1.5.0",
    graph: "rxdx_graph",
  });
  assert.deepEqual(document.disk, {
    path: "/opt/rxdx",
    used_percent: 40,
    free_bytes: 60 * 2 ** 30,
  });
  assert.deepEqual(document.problems, []);
  host.verify();
});

Deno.test("what should be there and is not is listed as missing, replica by replica", async () => {
  const { host, engine } = machineOf();
  engine.containers = [{ service: "backend" }];
  samples(host);
  const document = await look(host, 3);
  assert.deepEqual(document.services.map((each) => `${each.service} ${each.state}`), [
    "nginx missing",
    "frontend missing",
    "backend missing",
    "backend missing",
    "backend running",
    "postgres missing",
  ]);
  assert.equal(document.database.reachable, false);
  assert.equal(document.stack.state, "degraded");
});

Deno.test("replicas are sorted by their number, ten after nine", async () => {
  const { host, engine } = machineOf();
  engine.containers = [10, 9, 1].map((number) => ({ service: "backend", number }));
  samples(host);
  const document = await look(host, 3);
  assert.deepEqual(
    document.services.filter((each) => each.service === "backend").map((each) => each.container),
    ["rxdx-backend-1", "rxdx-backend-9", "rxdx-backend-10"],
  );
});

Deno.test("a stopped container has no figures and is not asked for them", async () => {
  const { host, engine } = machineOf();
  engine.containers = [{ service: "nginx", state: "exited", startedAt: "0001-01-01T00:00:00Z" }];
  const [nginx] = (await look(host)).services;
  assert.equal(nginx?.state, "exited");
  assert.equal(nginx?.cpu_percent, null);
  assert.equal(nginx?.memory_bytes, null);
  assert.equal(nginx?.started_at, null);
  host.verify();
});

Deno.test("what a container says of itself is printable, in every document made of it", async () => {
  const { host, engine } = machineOf();
  engine.containers = [{
    service: "ev\x1b[2Jil\x1b]0;owned\x07",
    state: "exited",
    health: "unhealthy",
    check: "first\r\n\x1b]0;owned\x07bad",
    startedAt: "0001-01-01T00:00:00Z",
  }];
  const { services, problems } = await look(host);
  const evil = services.find((each) => each.service.startsWith("ev"));
  assert.equal(evil?.service, "evil");
  assert.equal(evil?.last_check?.output, "first\nbad");
  assert.doesNotMatch(problems.map((each) => each.message).join(""), /\p{Cc}/u);
});

Deno.test("a database that refuses the question is unreachable; one without AGE says so", async () => {
  for (
    const [text, code, expected] of [
      ["", 2, { reachable: false, age_version: null, graph: null }],
      ["8388608|7|120||\n", 0, { reachable: true, age_version: null, graph: null }],
    ] as const
  ) {
    const { host, engine } = machineOf();
    engine.containers = healthyStack();
    samples(host);
    row(host, text, code);
    const { database } = await look(host);
    assert.deepEqual(
      { reachable: database.reachable, age_version: database.age_version, graph: database.graph },
      expected,
    );
  }
});

Deno.test("one-off containers are no part of the stack", async () => {
  const { host, engine } = machineOf();
  engine.containers = [{ service: "backend", number: 7, oneoff: true }];
  assert.ok((await look(host)).services.every((each) => each.state === "missing"));
});
