/** Waiting for health: when it ends, what it shows on the way, and how a failure is explained. */
import assert from "node:assert/strict";
import { type FakeHost, withFakeHost } from "../../tests/support/fake_host.ts";
import {
  apiDetail,
  apiSummary,
  healthyStack,
  type SampleContainer,
} from "../../tests/support/samples.ts";
import { Engine } from "../engine/client.ts";
import { containerState } from "../engine/state.ts";
import { Cancelled, EXIT, SetupError } from "../errors.ts";
import type { ServiceProgress } from "./step.ts";
import { serviceStates, stateWord, waitHealthyStep } from "./wait_healthy.ts";

const EXPECTED = { postgres: 1, backend: 1, frontend: 1, nginx: 1 };

/** The engine shows one list of containers after the other; the last one stays. */
function shows(host: FakeHost, ...lists: readonly (readonly SampleContainer[])[]): void {
  let at = -1;
  const now = () => lists[Math.min(at, lists.length - 1)] ?? [];
  host.net.allow("GET", "/v1.44/containers/json", () => {
    at++;
    return { json: now().map(apiSummary) };
  });
  host.net.allow("GET", /^\/v1\.44\/containers\/[^/]+\/json$/, ({ path }) => {
    const found = now().find((each) => apiSummary(each).Id === path.split("/")[3]);
    return found === undefined ? { status: 404 } : { json: apiDetail(found) };
  });
}

function logs(host: FakeHost, text: string): void {
  const payload = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + payload.length);
  bytes[0] = 2;
  new DataView(bytes.buffer).setUint32(4, payload.length);
  bytes.set(payload, 8);
  host.net.allow("GET", /\/logs\?/, { body: [bytes] });
}

function stepOn(host: FakeHost, timeoutMs = 10_000, expected = EXPECTED) {
  return waitHealthyStep({ host, engine: new Engine(host), project: "rxdx", expected, timeoutMs });
}

async function run(host: FakeHost, timeoutMs?: number): Promise<ServiceProgress[][]> {
  const seen: ServiceProgress[][] = [];
  const report = {
    detail: () => undefined,
    services: (states: readonly ServiceProgress[]) => seen.push([...states]),
  };
  await stepOn(host, timeoutMs).run(report, new AbortController().signal);
  return seen;
}

async function failure(host: FakeHost, timeoutMs?: number): Promise<SetupError> {
  try {
    await run(host, timeoutMs);
  } catch (error) {
    assert.ok(error instanceof SetupError, String(error));
    assert.equal(error.exit, EXIT.unhealthy);
    assert.equal(error.code, "service_unhealthy");
    return error;
  }
  assert.fail("must not become healthy");
}

const starting = (service: string): SampleContainer => ({ service, health: "starting" });

Deno.test("a healthy stack is done at once", () =>
  withFakeHost({}, async (host) => {
    shows(host, healthyStack());
    assert.equal(await stepOn(host).isDone(), true);
    assert.equal((await run(host)).length, 1);
  }));

Deno.test("it waits through missing and starting, and shows each service with its own time", () =>
  withFakeHost({}, async (host) => {
    shows(
      host,
      [],
      [{ service: "postgres" }, starting("backend")],
      [{ service: "postgres" }, starting("backend"), starting("frontend"), starting("nginx")],
      healthyStack(),
    );
    const seen = await run(host);
    const words = (round: number) => seen[round]?.map((each) => each.state).join(" ");
    assert.equal(words(0), "missing missing missing missing");
    assert.equal(words(1), "healthy starting missing missing");
    assert.equal(words(2), "healthy starting starting starting");
    assert.equal(words(3), "healthy healthy healthy healthy");
    const last = seen.at(-1) ?? [];
    assert.deepEqual(last.map((each) => each.elapsedMs), [250, 750, 750, 750]);
  }));

Deno.test("every replica must be healthy, and the worst one is shown", () => {
  const states = (containers: SampleContainer[], wanted: number) =>
    serviceStates(containers.map((each) => containerState(apiSummary(each))), { backend: wanted })
      .get("backend");
  const replica = (number: number, more: Partial<SampleContainer> = {}): SampleContainer => ({
    service: "backend",
    number,
    ...more,
  });
  assert.equal(states([replica(1), replica(2)], 2), "healthy");
  assert.equal(states([replica(1)], 2), "missing");
  assert.equal(states([replica(1), replica(2, { health: "starting" })], 2), "starting");
  assert.equal(
    states([replica(1, { health: "starting" }), replica(2, { state: "exited" })], 2),
    "exited",
  );
  assert.equal(states([replica(1), replica(2, { health: "unhealthy" })], 2), "unhealthy");
  assert.equal(states([], 1), "missing");
});

Deno.test("a container without a health check never counts as healthy", () => {
  assert.equal(stateWord(containerState(apiSummary({ service: "x", health: "none" }))), "running");
  assert.equal(
    stateWord(containerState(apiSummary({ service: "x", state: "created" }))),
    "created",
  );
});

const others = healthyStack().filter((each) => each.service !== "backend");

Deno.test("a container that ended is told with its code, its last lines, the cause and the remedy", () =>
  withFakeHost({}, async (host) => {
    shows(host, [...others, { service: "backend", state: "exited", exitCode: 3 }]);
    logs(
      host,
      "2026-03-14T10:15:00Z starting\n" +
        '2026-03-14T10:15:01Z asyncpg.exceptions.InvalidPasswordError: password authentication failed for user "rxdx"\n',
    );
    const error = await failure(host);
    assert.match(
      error.message,
      /^backend ended with exit code 3\.\nLikely cause: the database has another/,
    );
    assert.match(error.message, /Last lines of rxdx-backend-1:\n {2}│ starting\n {2}│ asyncpg/);
    assert.equal(
      error.hint,
      "rxdx-setup secrets rotate --adopt (the database takes the one in .env)",
    );
  }));

Deno.test("at most twenty lines are shown", () =>
  withFakeHost({}, async (host) => {
    shows(host, [...others, { service: "backend", state: "exited", exitCode: 1 }]);
    logs(host, Array.from({ length: 60 }, (_, index) => `t line ${index}\n`).join(""));
    const error = await failure(host);
    assert.equal(error.message.match(/│/g)?.length, 20);
    assert.match(error.message, /line 59$/);
  }));

Deno.test("out of memory is told as such, before any other reason", () =>
  withFakeHost({}, async (host) => {
    shows(host, [
      ...others,
      { service: "backend", state: "exited", exitCode: 137, oomKilled: true },
    ]);
    logs(host, "");
    assert.match((await failure(host)).message, /used more memory than its limit/);
  }));

Deno.test("a container in a restart loop is given up after three restarts, not at once", () =>
  withFakeHost({}, async (host) => {
    const loop = (restarts: number): SampleContainer[] => [
      ...others,
      { service: "backend", state: "restarting", restarts },
    ];
    shows(host, loop(1), loop(2), loop(3));
    logs(host, "");
    assert.match((await failure(host)).message, /backend ended 3 times/);
    assert.ok(host.clock.monotonic() >= 500);
  }));

Deno.test("an unhealthy container is told with the last words of its check", () =>
  withFakeHost({}, async (host) => {
    shows(host, [...others, {
      service: "backend",
      health: "unhealthy",
      check: "curl: (22) The requested URL returned error: 503\n",
    }]);
    logs(host, "");
    const error = await failure(host);
    assert.match(error.message, /is unhealthy; its check says: curl: \(22\).*503/);
    assert.equal(error.hint, "docker logs rxdx-backend-1");
  }));

Deno.test("what does not become healthy in time is named, with its log", () =>
  withFakeHost({}, async (host) => {
    shows(host, [...others, starting("backend")]);
    logs(host, "t still importing\n");
    const error = await failure(host, 2000);
    assert.match(error.message, /^backend did not become healthy in time\./);
    assert.match(error.message, /still importing/);
    assert.ok(host.clock.monotonic() < 3000);
  }));

Deno.test("a service without any container is named when the time is over", () =>
  withFakeHost({}, async (host) => {
    shows(host, others);
    const error = await failure(host, 1000);
    assert.equal(error.message, "Not healthy after 1 seconds: backend (missing).");
  }));

Deno.test("a log that cannot be read does not hide the failure", () =>
  withFakeHost({}, async (host) => {
    shows(host, [...others, { service: "backend", state: "exited", exitCode: 1 }]);
    host.net.allow("GET", /\/logs\?/, "refused");
    assert.equal((await failure(host)).message, "backend ended with exit code 1.");
  }));

Deno.test("Ctrl-C ends the waiting", () =>
  withFakeHost({}, async (host) => {
    shows(host, []);
    const abort = new AbortController();
    const report = {
      detail: () => undefined,
      services: () => abort.abort(new Cancelled()),
    };
    await assert.rejects(stepOn(host).run(report, abort.signal), Cancelled);
  }));
