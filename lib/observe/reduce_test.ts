import assert from "node:assert/strict";
import type { ApiContainer, ApiContainerSummary, ApiStats } from "../engine/api.ts";
import { EMPTY_STACK, reduce, type StackModel } from "./reduce.ts";
import { HISTORY } from "./reduce_container.ts";
import type { WatchEvent } from "./watch_event.ts";

function summary(
  id: string,
  service: string,
  more: Partial<ApiContainerSummary> = {},
  labels: Readonly<Record<string, string>> = {},
): ApiContainerSummary {
  return {
    Id: id,
    Names: [`/rxdx-${service}-1`],
    Image: "image",
    ImageID: "sha256:0",
    Created: 0,
    State: "running",
    Status: "Up 3 minutes (healthy)",
    Labels: { "com.docker.compose.service": service, ...labels },
    Ports: [],
    ...more,
  };
}

function inspected(id: string, state: Partial<ApiContainer["State"]>): WatchEvent {
  return {
    type: "inspected",
    container: {
      Id: id,
      Name: "/rxdx-backend-1",
      Image: "sha256:0",
      RestartCount: 3,
      State: {
        Status: "running",
        Running: true,
        OOMKilled: false,
        ExitCode: 0,
        Error: "",
        StartedAt: "2026-03-01T10:00:00.5Z",
        FinishedAt: "0001-01-01T00:00:00Z",
        ...state,
      },
      Config: { Image: "rxdx/backend:1", Tty: false, Labels: {} },
      HostConfig: { Memory: 1024, NanoCpus: 0 },
    },
  };
}

function stats(id: string, cpu: number, memory = 100): WatchEvent {
  const counters = (total: number, system: number) => ({
    cpu_usage: { total_usage: total },
    system_cpu_usage: system,
    online_cpus: 2,
  });
  const sample: ApiStats = {
    read: "",
    precpu_stats: counters(0, 1_000),
    cpu_stats: counters(cpu, 2_000),
    memory_stats: { usage: memory, limit: memory === 0 ? 0 : 1024, stats: { inactive_file: 10 } },
  };
  return { type: "stats", id, stats: sample, at: 0 };
}

function after(...events: readonly WatchEvent[]): StackModel {
  return events.reduce(reduce, EMPTY_STACK);
}

const LISTED: WatchEvent = { type: "listed", containers: [summary("b", "backend")] };

Deno.test("listed: sorted by service and replica, one-off containers left out", () => {
  const replica = (number: string) => ({ "com.docker.compose.container-number": number });
  const model = after({
    type: "listed",
    containers: [
      summary("3", "nginx"),
      summary("2", "backend", {}, replica("10")),
      summary("1", "backend", {}, replica("2")),
      summary("0", "backend", {}, { "com.docker.compose.oneoff": "True" }),
    ],
  });
  assert.deepEqual(model.containers.map((each) => [each.service, each.replica]), [
    ["backend", 2],
    ["backend", 10],
    ["nginx", 1],
  ]);
  assert.equal(model.listed, true);
});

Deno.test("listed: health from the words of the list, ports once each", () => {
  const health = (Status: string) =>
    after({ type: "listed", containers: [summary("a", "x", { Status })] }).containers[0]?.health;
  assert.equal(health("Up 3 minutes (healthy)"), "healthy");
  assert.equal(health("Up 3 seconds (health: starting)"), "starting");
  assert.equal(health("Up 3 minutes (unhealthy)"), "unhealthy");
  assert.equal(health("Up 3 minutes"), "none");
  assert.equal(health("Exited (137) 2 minutes ago"), "none");
  const port = (IP: string, PublicPort?: number) => ({
    IP,
    PrivatePort: 443,
    Type: "tcp",
    ...(PublicPort === undefined ? {} : { PublicPort }),
  });
  const Ports = [port("0.0.0.0", 443), port("::", 443), port("0.0.0.0", 80), port("")];
  const model = after({ type: "listed", containers: [summary("a", "x", { Ports })] });
  assert.deepEqual(model.containers[0]?.ports, [80, 443]);
});

Deno.test("listed: a service name from a label cannot carry control characters", () => {
  const model = after({ type: "listed", containers: [summary("a", "x\x1b]0;t\x07\ny")] });
  assert.equal(model.containers[0]?.service, "x␊y");
});

Deno.test("inspected: state, restarts, times; the year 1 means never", () => {
  const [view] = after(LISTED, inspected("b", {})).containers;
  assert.equal(view?.restarts, 3);
  assert.equal(view?.startedAt, Date.UTC(2026, 2, 1, 10, 0, 0, 500));
  assert.equal(view?.finishedAt, undefined);
  assert.equal(view?.memoryLimitBytes, 1024);
});

Deno.test("inspected: the last health check", () => {
  const check = { Start: "2026-03-01T10:00:00Z", End: "2026-03-01T10:00:01Z", ExitCode: 1 };
  const Health = { Status: "unhealthy", FailingStreak: 4, Log: [{ ...check, Output: "no" }] };
  const [view] = after(LISTED, inspected("b", { Health })).containers;
  assert.equal(view?.health, "unhealthy");
  assert.equal(view?.failingStreak, 4);
  assert.deepEqual(view?.lastCheck, {
    at: Date.UTC(2026, 2, 1, 10, 0, 1),
    exitCode: 1,
    output: "no",
  });
});

Deno.test("stats: percent of one core, memory without reclaimable cache, a bounded history", () => {
  const model = after(LISTED, inspected("b", {}), stats("b", 250));
  assert.equal(model.containers[0]?.usage?.cpuPercent, 50);
  assert.equal(model.containers[0]?.usage?.memoryBytes, 90);
  const long = Array.from({ length: HISTORY * 2 }, (_, index) => stats("b", index));
  const history = after(LISTED, ...long).containers[0]?.history.cpuPercent;
  assert.equal(history?.length, HISTORY);
  assert.ok((history?.[0] ?? 0) < (history?.at(-1) ?? 0), "oldest first");
});

Deno.test("stats: the empty samples of a container that has ended change nothing", () => {
  const model = after(LISTED, stats("b", 250));
  assert.equal(reduce(model, stats("b", 0, 0)), model);
});

Deno.test("stats: figures vanish when the container stops, when they end, when the daemon is lost", () => {
  const measured = after(LISTED, stats("b", 250));
  assert.ok(measured.containers[0]?.usage !== undefined);
  const ends: WatchEvent[] = [
    inspected("b", { Running: false, Status: "exited" }),
    { type: "stats_ended", id: "b" },
    { type: "lost", reason: "x", attempt: 1, retryAt: 0 },
  ];
  for (const end of ends) {
    assert.equal(reduce(measured, end).containers[0]?.usage, undefined, end.type);
  }
});

Deno.test("connection: lost stays on show through the attempts until it is live again", () => {
  const lost = after(LISTED, { type: "lost", reason: "gone", attempt: 1, retryAt: 5 });
  assert.equal(reduce(lost, { type: "connecting" }).connection.state, "lost");
  assert.equal(lost.containers.length, 1, "what was known stays");
  assert.equal(reduce(lost, { type: "live" }).connection.state, "live");
});

Deno.test("a replaced container: the old one goes, the new one keeps nothing of it", () => {
  const model = after(
    LISTED,
    inspected("b", {}),
    stats("b", 250),
    { type: "gone", id: "b" },
    { type: "listed", containers: [summary("c", "backend")] },
  );
  assert.deepEqual(model.containers.map((each) => each.id), ["c"]);
  assert.equal(model.containers[0]?.usage, undefined);
  assert.equal(model.containers[0]?.restarts, 0);
});

Deno.test("events about unknown containers change nothing", () => {
  const model = after(LISTED);
  for (
    const event of [inspected("?", {}), stats("?", 1), { type: "stats_ended", id: "?" } as const]
  ) {
    assert.equal(reduce(model, event), model);
  }
});
