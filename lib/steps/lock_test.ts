/** One run at a time: the second is told who holds the lock; the dead hold nothing. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../tests/support/fake_host.ts";
import { EXIT, SetupError } from "../errors.ts";
import { withLock } from "./lock.ts";

const DIR = "/opt/rxdx";
const LOCK = `${DIR}/.rxdx/lock`;

Deno.test("while the body runs the lock names its holder; afterwards it is free and empty", () =>
  withFakeHost({}, async (host) => {
    const result = await withLock(host, DIR, "apply", async () => {
      assert.deepEqual(JSON.parse(await host.files.readText(LOCK) ?? ""), {
        pid: 4711,
        command: "apply",
        since: "2026-03-14T10:15:00.123Z",
      });
      return 42;
    });
    assert.equal(result, 42);
    assert.equal(await host.files.readText(LOCK), "");
    assert.equal((await host.files.stat(DIR))?.mode, 0o700);
    assert.equal((await host.files.stat(`${DIR}/.rxdx`))?.mode, 0o700);
    assert.equal(await withLock(host, DIR, "apply", () => Promise.resolve(1)), 1);
  }));

Deno.test("a body that fails gives the lock back", () =>
  withFakeHost({}, async (host) => {
    await assert.rejects(withLock(host, DIR, "apply", () => Promise.reject(new Error("no"))), /no/);
    assert.equal(await withLock(host, DIR, "apply", () => Promise.resolve(1)), 1);
  }));

Deno.test("a second run is exit 7 and names the first: command, pid, since when", () =>
  withFakeHost({}, async (host) => {
    const since = "2026-03-14T09:00:00.000Z";
    host.files.holdLock(LOCK, JSON.stringify({ pid: 99, command: "init", since }));
    let ran = false;
    await assert.rejects(
      withLock(host, DIR, "apply", () => {
        ran = true;
        return Promise.resolve();
      }),
      (error) =>
        error instanceof SetupError && error.exit === EXIT.locked && error.code === "locked" &&
        error.message === `\`rxdx-setup init\` (pid 99, since ${since}) is working on ${DIR}.` &&
        (error.hint ?? "").includes("ps -fp 99"),
    );
    assert.equal(ran, false);
    assert.match(await host.files.readText(LOCK) ?? "", /"pid":99/, "the first one's words stay");
  }));

Deno.test("a holder that has not written its name yet is another run", async () => {
  for (const content of ["", "{", "null", "[]", '{"pid":"x"}', '{"pid":1}']) {
    await withFakeHost({}, async (host) => {
      host.files.holdLock(LOCK, content);
      await assert.rejects(
        withLock(host, DIR, "apply", () => Promise.resolve()),
        (error) => error instanceof SetupError && /^another run is working/.test(error.message),
      );
    });
  }
});

Deno.test("a directory that cannot be made is told, and no lock is left", () =>
  withFakeHost({}, async (host) => {
    host.files.failAt(1, "EACCES");
    await assert.rejects(
      withLock(host, DIR, "apply", () => Promise.resolve()),
      (error) => error instanceof SetupError && error.code === "permission_denied",
    );
  }));
