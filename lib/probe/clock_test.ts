/** The clock against the package server's, or what the time service says. */
import assert from "node:assert/strict";
import { FakeHost } from "../../tests/support/fake_host.ts";
import type { WebReply } from "../../tests/support/fake_host_net.ts";
import { measureClock } from "./clock.ts";
import { measureNetwork } from "./network.ts";

const NOW = "2026-11-24T10:00:00.500Z";
const TIMEDATECTL = ["timedatectl", "show", "--property=NTPSynchronized", "--value"];

function machine(
  reply?: WebReply,
  timedatectl: string | { code: number } = { code: 127 },
): FakeHost {
  const host = new FakeHost({ now: NOW });
  host.process.allow(TIMEDATECTL, timedatectl);
  host.process.allow(["chronyc", "-n", "tracking"], { code: 127 });
  if (reply !== undefined) {
    host.files.put("/etc/apt/sources.list", "deb http://mirror.example.com/debian bookworm main\n");
    host.net.web("http://mirror.example.com/", reply);
  }
  return host;
}

const date = (text: string, age?: string): WebReply => ({
  status: 404,
  headers: { date: text, ...(age === undefined ? {} : { age }) },
});

Deno.test("any answer of the package server tells the time, as old as its cache says", async () => {
  assert.deepEqual(await measureClock(machine(date("Tue, 24 Nov 2026 10:00:00 GMT"))), {
    skewSeconds: 0,
    reference: "mirror.example.com",
  });
  const late = await measureClock(machine(date("Tue, 24 Nov 2026 10:10:00 GMT")));
  assert.equal(late.skewSeconds, -600);
  const cached = await measureClock(machine(date("Tue, 24 Nov 2026 09:00:00 GMT", "3600")));
  assert.equal(cached.skewSeconds, 0);
});

Deno.test("no server, no date, no service: nothing is known", async () => {
  assert.deepEqual(await measureClock(machine()), {});
  assert.deepEqual(await measureClock(machine("connection_timed_out")), {});
  assert.deepEqual(await measureClock(machine(date("yesterday"))), {});
});

Deno.test("the time service is believed where no server is", async () => {
  assert.deepEqual(await measureClock(machine(undefined, "yes\n")), { synchronised: true });
  assert.deepEqual(await measureClock(machine(undefined, "no\n")), { synchronised: false });
  const chrony = new FakeHost({ now: NOW });
  chrony.process.allow(TIMEDATECTL, { code: 1 });
  chrony.process.allow(["chronyc", "-n", "tracking"], "Stratum : 3\nLeap status     : Normal\n");
  assert.deepEqual(await measureClock(chrony), { synchronised: true });
});

Deno.test("the background look never throws and never waits longer than it may", async () => {
  const host = machine(date("Tue, 24 Nov 2026 10:00:00 GMT"));
  Object.assign(host.net, {
    fetch: () => new Promise(() => undefined),
    lookUp: () => Promise.reject(new Error("not expected")),
  });
  const found = await measureNetwork(host, ["a.example.com"]);
  assert.deepEqual(found.clock, {});
  assert.deepEqual(found.names.map((each) => each.dns), ["silent"]);
});
