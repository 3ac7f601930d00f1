/** The fake host must be able to fail: each way of breaking its script is tried here. */
import assert from "node:assert/strict";
import { FakeHost, withFakeHost } from "../../tests/support/fake_host.ts";
import { Killed } from "../../tests/support/fake_host_failures.ts";
import { machineOf } from "../../tests/support/fake_host_machine.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import { sampleFacts } from "../../tests/support/samples.ts";
import { SetupError } from "../errors.ts";
import { measure } from "../observe/facts.ts";

Deno.test("an unexpected command fails, also when the program swallows the error", async () => {
  await assert.rejects(
    withFakeHost({}, async (host) => {
      await host.process.run(["rm", "-rf", "/"]).catch(() => undefined);
    }),
    /unexpected command: rm -rf \//,
  );
});

Deno.test("an expectation that was not met fails, and so does one met too often", async () => {
  await assert.rejects(
    withFakeHost({}, (host) => {
      host.process.expect(["docker", "ps"]);
    }),
    /expected 1 ×, met 0 ×: docker ps/,
  );
  await assert.rejects(
    withFakeHost({}, async (host) => {
      host.process.expect(["docker", "ps"]);
      await host.process.run(["docker", "ps"]);
      await host.process.run(["docker", "ps"]);
    }),
    /unexpected command/,
  );
});

Deno.test("the same holds for requests", async () => {
  await assert.rejects(
    withFakeHost({}, async (host) => {
      await host.net.request({ path: "/x" }).catch(() => undefined);
    }),
    /unexpected request: GET \/x/,
  );
  await assert.rejects(
    withFakeHost({}, (host) => {
      host.net.expect("GET", "/x", "refused");
    }),
    /expected 1 ×, met 0 ×: GET \/x/,
  );
});

Deno.test("a pattern fits word for word, and the rest only where it is said", () =>
  withFakeHost({}, async (host) => {
    host.process.allow(["a", /^b\d$/, REST], "ok");
    assert.equal((await host.process.run(["a", "b1"])).stdout, "ok");
    assert.equal((await host.process.run(["a", "b1", "c"])).stdout, "ok");
    const other = new FakeHost();
    other.process.allow(["a"], "ok");
    await assert.rejects(other.process.run(["a", "b"]));
    await assert.rejects(other.process.run([]));
  }));

Deno.test("handles, locks and listeners that are left behind fail", async () => {
  await assert.rejects(
    withFakeHost({}, async (host) => {
      host.files.putDirectory("/d");
      await host.files.openAppend("/d/log", 0o600);
    }),
    /1 append handles are still open/,
  );
  await assert.rejects(
    withFakeHost({}, async (host) => {
      host.files.putDirectory("/d");
      await host.files.tryLock("/d/lock");
    }),
    /the lock \/d\/lock is still held/,
  );
  await assert.rejects(
    withFakeHost({}, (host) => {
      host.terminal.onSignal("SIGINT", () => undefined);
    }),
    /listener for SIGINT/,
  );
});

Deno.test("the n-th change fails as it is told, and only that one", () =>
  withFakeHost({}, async (host) => {
    host.files.putDirectory("/d");
    host.files.failAt(2, "ENOSPC");
    await host.files.writeAtomic("/d/a", "1", { mode: 0o600 });
    await assert.rejects(
      host.files.writeAtomic("/d/b", "2", { mode: 0o600 }),
      (error) => error instanceof SetupError && error.code === "disk_full",
    );
    await host.files.writeAtomic("/d/c", "3", { mode: 0o600 });
    assert.deepEqual(Object.keys(host.files.tree("/d")), ["/d/a", "/d/c"]);
  }));

Deno.test("a dead process does nothing more; its locks are free, its files as they were", () =>
  withFakeHost({}, async (host) => {
    host.files.put("/d/a", "old");
    await host.files.tryLock("/d/lock");
    host.files.failAt(1, "kill");
    await assert.rejects(host.files.writeAtomic("/d/a", "fresh", { mode: 0o600 }), Killed);
    await assert.rejects(host.files.readText("/d/a"), Killed);
    await assert.rejects(host.process.run(["x"]), Killed);
    await assert.rejects(host.net.request({ path: "/" }), Killed);
    host.revive();
    assert.equal(await host.files.readText("/d/a"), "old");
    const lock = await host.files.tryLock("/d/lock");
    await lock?.release();
  }));

Deno.test("time stands until it is moved or slept away, and an aborted sleep does not sleep", () =>
  withFakeHost({}, async (host) => {
    const from = host.clock.now().getTime();
    await host.clock.sleep(5000);
    host.clock.advance(1000);
    assert.equal(host.clock.monotonic(), 6000);
    assert.equal(host.clock.now().getTime() - from, 6000);
    await assert.rejects(host.clock.sleep(1, AbortSignal.abort(new Error("stop"))), /stop/);
    assert.equal(host.clock.monotonic(), 6000);
  }));

Deno.test("random bytes come from the seed", () => {
  const bytes = (seed: number) => [...new FakeHost({ seed }).random.bytes(16)];
  assert.deepEqual(bytes(7), bytes(7));
  assert.notDeepEqual(bytes(7), bytes(8));
  assert.ok(new Set(new FakeHost().random.bytes(1000)).size > 200);
});

Deno.test("a machine made of facts is measured as exactly these facts", async () => {
  for (
    const changes of [
      {},
      {
        uid: 1000,
        gid: 1001,
        systemd: false,
        cpus: 64,
        hostname: "rxdx.example.com",
        listeners: [
          { port: 80, address: "0.0.0.0", pid: 812, process: "nginx" },
          { port: 5432, address: "127.0.0.1" },
        ],
        volumes: ["rxdx_postgres_data_prod"],
        overrideFile: true,
      },
      { engine: { state: "stopped" as const, compose: "2.40.0" } },
      { engine: { state: "absent" as const } },
      { engine: { state: "denied" as const, compose: "2.40.0" }, uid: 1000, gid: 1000 },
    ]
  ) {
    const { host } = machineOf(changes);
    const facts = await measure(host, { dir: "/opt/rxdx", ports: [80, 443] });
    assert.deepEqual(facts, sampleFacts(changes));
    host.verify();
  }
});
