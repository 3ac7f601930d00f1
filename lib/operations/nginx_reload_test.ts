/** A reload is over when new workers serve, and a configuration that nginx cannot read is told, not passed over. */
import assert from "node:assert/strict";
import { type FakeHost, withFakeHost } from "../../tests/support/fake_host.ts";
import { HUP, TOP, top } from "../../tests/support/nginx_workers.ts";
import { SetupError } from "../errors.ts";
import { parseWorkers, reloadNginx } from "./nginx_reload.ts";

const LOGS = ["docker", "logs", "--since", "60s", "n1"] as const;

const reload = (host: FakeHost) =>
  reloadNginx({ host, nginx: "n1", signal: new AbortController().signal });

Deno.test("workers are told apart by what they say of themselves", () => {
  const { serving, ending } = parseWorkers(top([11, 12], [7]));
  assert.deepEqual([...serving], [11, 12]);
  assert.deepEqual([...ending], [7]);
});

Deno.test("over when every worker that serves is a new one", () =>
  withFakeHost({}, async (host) => {
    host.process.expect(TOP, top([1, 2])).expect(HUP)
      .expect(TOP, top([1, 2])).expect(TOP, top([1, 2, 3, 4])).expect(TOP, top([], [1, 2]))
      .expect(TOP, top([3, 4], [1, 2]));
    await reload(host);
  }));

Deno.test("where workers cannot be looked at, a moment is waited", () =>
  withFakeHost({}, async (host) => {
    host.process.expect(TOP, { code: 1, stdout: "" }).expect(HUP);
    const from = host.clock.monotonic();
    await reload(host);
    assert.equal(host.clock.monotonic() - from, 1_500);
  }));

Deno.test("a configuration that nginx does not take over: an error with nginx's own words", () =>
  withFakeHost({}, async (host) => {
    host.process.expect(TOP, top([1])).expect(HUP);
    for (let look = 0; look < 201; look++) host.process.expect(TOP, top([1]));
    host.process.expect(LOGS, {
      code: 0,
      stdout: '{"uri":"/"}\n',
      stderr: "2026/03/14 10:15:00 [emerg] 1#1: bind() to 0.0.0.0:443 failed\nand so on\n",
    });
    await assert.rejects(reload(host), (error) => {
      assert.ok(error instanceof SetupError);
      assert.equal(error.exit, 5);
      assert.match(
        error.message,
        /serves with the one before:\n.*bind\(\) to 0\.0\.0\.0:443 failed$/,
      );
      return true;
    });
  }));
