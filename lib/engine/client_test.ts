/** The Engine client: what it asks, and what it makes of every kind of answer. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../tests/support/fake_host.ts";
import { apiSummary } from "../../tests/support/samples.ts";
import { EXIT, SetupError } from "../errors.ts";
import { Engine, socketPath } from "./client.ts";
import { containerState, healthOf, stackContainers } from "./state.ts";

const encoder = new TextEncoder();

function frame(stream: 1 | 2, text: string): Uint8Array {
  const payload = encoder.encode(text);
  const bytes = new Uint8Array(8 + payload.length);
  bytes[0] = stream;
  new DataView(bytes.buffer).setUint32(4, payload.length);
  bytes.set(payload, 8);
  return bytes;
}

Deno.test("the socket is DOCKER_HOST's, the rootless one when asked for, else the system's", () => {
  assert.equal(socketPath({}, 0), "/var/run/docker.sock");
  assert.equal(socketPath({ DOCKER_HOST: "" }, 0), "/var/run/docker.sock");
  assert.equal(socketPath({ DOCKER_HOST: "unix:///run/x.sock" }, 0), "/run/x.sock");
  const rootless = { RXDX_ROOTLESS: "1", XDG_RUNTIME_DIR: "/run/user/1000" };
  assert.equal(socketPath(rootless, 1000), "/run/user/1000/docker.sock");
  assert.equal(socketPath(rootless, 0), "/var/run/docker.sock");
  for (const remote of ["tcp://10.0.0.5:2376", "ssh://root@server"]) {
    assert.throws(
      () => socketPath({ DOCKER_HOST: remote }, 0),
      (error) =>
        error instanceof SetupError && error.exit === EXIT.prerequisite &&
        error.message.includes(remote),
    );
  }
});

Deno.test("ping is true for an answer, false for a refusal and for silence", () =>
  withFakeHost({}, async (host) => {
    host.net.expect("GET", "/_ping", { body: "OK" }).expect("GET", "/_ping", { status: 500 })
      .expect("GET", "/_ping", "refused");
    const engine = new Engine(host);
    assert.deepEqual([await engine.ping(), await engine.ping(), await engine.ping()], [
      true,
      false,
      false,
    ]);
  }));

Deno.test("containers are asked for by the project's label, stopped ones too", () =>
  withFakeHost({}, async (host) => {
    host.net.expect("GET", "/v1.44/containers/json", { json: [apiSummary({ service: "nginx" })] });
    assert.equal((await new Engine(host).containers("acme")).length, 1);
    const query = new URLSearchParams(host.net.requests[0]?.path.split("?")[1]);
    assert.equal(query.get("all"), "true");
    assert.deepEqual(JSON.parse(query.get("filters") ?? ""), {
      label: ["com.docker.compose.project=acme"],
    });
  }));

Deno.test("a secret for a program in a container travels in its environment, not in its arguments", () =>
  withFakeHost({}, async (host) => {
    host.net.expect("POST", "/v1.44/containers/c1/exec", { json: { Id: "e1" } })
      .expect("POST", "/v1.44/exec/e1/start", { body: [frame(1, "1\n")] })
      .expect("GET", "/v1.44/exec/e1/json", { json: { ExitCode: 0 } });
    const ran = await new Engine(host).exec("c1", ["psql"], { env: { PGPASSWORD: "canary" } });
    assert.deepEqual(ran, { code: 0, stdout: "1", stderr: "" });
    const body = JSON.parse(String(host.net.requests[0]?.body)) as Record<string, unknown>;
    assert.deepEqual([body["Cmd"], body["Env"]], [["psql"], ["PGPASSWORD=canary"]]);
  }));

Deno.test("kills for want of memory are asked of the daemon's past, in an answer that ends", () =>
  withFakeHost({}, async (host) => {
    host.net.expect("GET", "/v1.44/events", { body: '{"Action":"oom","time":1}\n' });
    const [since, until] = [new Date(1_000), new Date(61_500)];
    const events = await new Engine(host).outOfMemoryEvents("acme", since, until);
    assert.equal(events.length, 1);
    const query = new URLSearchParams(host.net.requests[0]?.path.split("?")[1]);
    assert.deepEqual([query.get("since"), query.get("until")], ["1.000", "61.500"]);
  }));

Deno.test("what is gone is undefined, every other refusal is an error with the daemon's words", () =>
  withFakeHost({}, async (host) => {
    host.net.expect("GET", "/v1.44/images/a%2Fb%3A1/json", { status: 404, json: {} })
      .expect("GET", "/v1.44/containers/x/json", {
        status: 500,
        json: { message: "driver failed" },
      })
      .expect("GET", "/v1.44/info", { status: 503, body: "gateway says no" });
    const engine = new Engine(host);
    assert.equal(await engine.image("a/b:1"), undefined);
    await assert.rejects(
      engine.container("x"),
      (error) =>
        error instanceof SetupError && error.code === "engine_refused" &&
        /containers\/x\/json \(500\): driver failed/.test(error.message),
    );
    await assert.rejects(engine.info(), /503\): gateway says no/);
  }));

Deno.test("events are JSON lines, however they are cut, until the stream ends", () =>
  withFakeHost({}, async (host) => {
    const text = `{"Action":"start"}\n\n{"Action":"die"}\n`;
    host.net.expect("GET", "/v1.44/events", {
      body: [...encoder.encode(text)].map((byte) => Uint8Array.of(byte)),
    });
    const actions: string[] = [];
    for await (const event of new Engine(host).events("rxdx", new AbortController().signal)) {
      actions.push(event.Action);
    }
    assert.deepEqual(actions, ["start", "die"]);
  }));

Deno.test("logs of a container without a terminal are framed, with one they are not", () =>
  withFakeHost({}, async (host) => {
    host.net.expect("GET", "/v1.44/containers/a/logs", {
      body: [frame(1, "one\ntw"), frame(2, "bad\n"), frame(1, "o\n")],
    }).expect("GET", "/v1.44/containers/b/logs", { body: "plain\nlast" });
    const engine = new Engine(host);
    const framed = [];
    for await (const batch of engine.logs("a", { tail: 5, follow: true, since: 1.5 })) {
      framed.push(...batch);
    }
    assert.deepEqual(framed, [
      { stream: "stdout", text: "one" },
      { stream: "stderr", text: "bad" },
      { stream: "stdout", text: "two" },
    ]);
    const query = new URLSearchParams(host.net.requests[0]?.path.split("?")[1]);
    assert.equal(query.get("tail"), "5");
    assert.equal(query.get("follow"), "1");
    assert.equal(query.get("since"), "1.5");
    const plain = [];
    for await (const batch of engine.logs("b", { tty: true })) plain.push(...batch);
    assert.deepEqual(plain.map((line) => line.text), ["plain", "last"]);
  }));

Deno.test("exec runs the words as they are and collects both streams and the exit code", () =>
  withFakeHost({}, async (host) => {
    host.net.expect("POST", "/v1.44/containers/db/exec", { json: { Id: "e1" } })
      .expect("POST", "/v1.44/exec/e1/start", { body: [frame(1, "out\n"), frame(2, "err\n")] })
      .expect("GET", "/v1.44/exec/e1/json", { json: { ExitCode: 3 } });
    assert.deepEqual(
      await new Engine(host).exec("db", ["psql", "-c", "a b"], { user: "postgres" }),
      {
        code: 3,
        stdout: "out",
        stderr: "err",
      },
    );
    const body = JSON.parse(String(host.net.requests[0]?.body));
    assert.deepEqual(body.Cmd, ["psql", "-c", "a b"]);
    assert.equal(body.User, "postgres");
  }));

Deno.test("no volumes is an empty list, not null", () =>
  withFakeHost({}, async (host) => {
    host.net.expect("GET", "/v1.44/volumes", { json: { Volumes: null } });
    assert.deepEqual(await new Engine(host).volumes(), []);
  }));

Deno.test("health is read off the text for people", () => {
  assert.equal(healthOf("Up 3 seconds (health: starting)"), "starting");
  assert.equal(healthOf("Up 3 minutes (healthy)"), "healthy");
  assert.equal(healthOf("Up 3 minutes (unhealthy)"), "unhealthy");
  assert.equal(healthOf("Up 3 minutes"), "none");
  assert.equal(healthOf("Exited (0) 2 hours ago"), "none");
});

Deno.test("containers of `docker compose run` are no part of the stack", () => {
  const summaries = [
    apiSummary({ service: "backend" }),
    apiSummary({ service: "x", oneoff: true }),
  ];
  assert.deepEqual(stackContainers(summaries).map((each) => each.service), ["backend"]);
  const [first] = summaries;
  assert.ok(first !== undefined);
  assert.deepEqual(containerState(first), {
    id: first.Id,
    service: "backend",
    container: "rxdx-backend-1",
    state: "running",
    health: "healthy",
    configHash: "hash-backend",
    imageId: "sha256:backend",
  });
});
