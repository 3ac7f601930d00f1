/** What is said of containers in every state that Docker knows. */
import assert from "node:assert/strict";
import {
  type ContainerFacts,
  judgeCpuLimits,
  judgeMemoryLimits,
  judgeOutOfMemory,
  judgeRestarts,
  judgeService,
} from "./services.ts";

const well: ContainerFacts = {
  service: "backend",
  name: "rxdx-backend-1",
  state: "running",
  health: "healthy",
  exitCode: 0,
  error: "",
  oomKilled: false,
  restarts: 0,
  upSeconds: 7_300,
  memoryLimitBytes: 512 * 2 ** 20,
  log: [],
};
const one = (changes: Partial<ContainerFacts>, wanted = 1) =>
  judgeService("backend", wanted, [{ ...well, ...changes }]);

Deno.test("a service that is well says since when", () => {
  assert.deepEqual(one({}), {
    id: "service-backend",
    title: "backend",
    state: "ok",
    detail: "running, healthy, for 2 h",
  });
  assert.equal(one({ health: "none" }).detail, "running, for 2 h");
});

Deno.test("none, too few, starting", () => {
  const none = judgeService("nginx", 1, [well]);
  assert.deepEqual([none.state, none.detail, none.fix], ["fail", "has no container", "start"]);
  const few = one({}, 3);
  assert.deepEqual([few.state, few.fix], ["warn", "start"]);
  assert.match(few.detail, /3 containers are wanted/);
  const starting = one({ health: "starting" });
  assert.deepEqual([starting.state, starting.fix], ["warn", null]);
});

Deno.test("unhealthy: the check's own words, and the cause in the log", () => {
  const found = one({
    health: "unhealthy",
    lastCheck: { exitCode: 22, output: "curl: (22)\nThe requested URL returned error: 503\n" },
    log: ['FATAL:  password authentication failed for user "rxdx"', "INFO: something else"],
  });
  assert.equal(found.state, "fail");
  assert.equal(
    found.detail,
    "is unhealthy; its check says: The requested URL returned error: 503. Likely cause: the " +
      "database has another password than the one in .env",
  );
  assert.equal(
    found.hint,
    "rxdx-setup secrets rotate --adopt (the database takes the one in .env)",
  );
  assert.equal(found.fix, "restart");
});

Deno.test("ended: stopped on purpose, failed, killed for want of memory", () => {
  const log = ["OSError: [Errno 28] No space left on device"];
  const stopped = one({ state: "exited", exitCode: 143, log });
  assert.equal(stopped.detail, "is stopped (exit code 143)");
  assert.equal(stopped.hint, "rxdx-setup start");
  const failed = one({ state: "exited", exitCode: 3, log });
  assert.equal(failed.detail, "ended with exit code 3. Likely cause: the disk is full");
  assert.equal(failed.fix, "start");
  const killed = one({ state: "exited", exitCode: 137, oomKilled: true, log });
  assert.match(killed.detail, /more memory than its limit/);
  assert.doesNotMatch(killed.detail, /disk/);
  assert.match(killed.hint ?? "", /resources\.backend\.memory/);
});

Deno.test("not started: the daemon's words are held against the signatures too", () => {
  const found = one({
    state: "created",
    error: "Bind for 0.0.0.0:443 failed: port is already allocated",
  });
  assert.match(found.detail, /^is created: Bind for .*Likely cause: the port is taken$/);
});

Deno.test("one of several replicas is named; what restarts is not started once more", () => {
  const found = judgeService("backend", 3, [
    well,
    { ...well, name: "rxdx-backend-2", state: "restarting", exitCode: 1 },
    { ...well, name: "rxdx-backend-3", health: "starting" },
  ]);
  assert.equal(found.detail, "rxdx-backend-2 is restarted again and again (and 1 more of 3)");
  assert.equal(found.fix, null);
});

Deno.test("a restart loop is one that has not come to rest", () => {
  assert.equal(judgeRestarts([well]).state, "ok");
  assert.equal(judgeRestarts([{ ...well, restarts: 7 }]).state, "ok", "long ago");
  const loop = judgeRestarts([{
    ...well,
    restarts: 7,
    upSeconds: 20,
    log: ["MemoryError"],
  }]);
  assert.equal(loop.state, "fail");
  assert.match(loop.detail, /rxdx-backend-1 \(7 times\).*memory limit is too small/);
});

Deno.test("out of memory: of the container, of a process in it, remembered by the daemon", () => {
  assert.equal(judgeOutOfMemory([well], []).state, "ok");
  for (const changes of [{ oomKilled: true }, { kills: 2 }]) {
    const found = judgeOutOfMemory([{ ...well, ...changes }], []);
    assert.equal(found.state, "fail");
    assert.match(found.detail, /rxdx-backend-1.*limit 512 MiB/);
    assert.match(found.hint ?? "", /resources\.backend\.memory/);
  }
  const event = { service: "backend", container: "rxdx-backend-1", secondsAgo: 60 };
  assert.equal(judgeOutOfMemory([well], [event]).state, "fail");
  assert.equal(judgeOutOfMemory([well], [{ ...event, secondsAgo: 36_000 }]).state, "warn");
});

Deno.test("limits of memory and CPU: the one that is nearest counts", () => {
  const used = (share: number) => ({ ...well, memoryUsedBytes: 512 * 2 ** 20 * share });
  assert.equal(judgeMemoryLimits([used(0.5)]).state, "ok");
  assert.equal(judgeMemoryLimits([used(0.1), used(0.95)]).state, "warn");
  assert.equal(judgeMemoryLimits([{ ...used(0.95), memoryLimitBytes: 0 }]).state, "unknown");
  const cpu = (percent: number) => ({ name: "a", service: "postgres", percent, cores: 2 });
  assert.equal(judgeCpuLimits([cpu(100)]).state, "ok");
  assert.equal(judgeCpuLimits([cpu(1), cpu(198)]).state, "warn");
});
