/** The examination as a whole: with the daemon down, of one service, and when a check cannot look. */
import assert from "node:assert/strict";
import { type FakeHost, withFakeHost } from "../../../tests/support/fake_host.ts";
import { CANARIES, sampleAnswers } from "../../../tests/support/samples.ts";
import type { Finding } from "../../doctor/check.ts";
import type { Install } from "../install.ts";
import { CHECKS, examine } from "./examine.ts";

const DIR = "/opt/rxdx";

function installOf(): Install {
  return {
    dir: DIR,
    answers: sampleAnswers({ environment: "production", domain: "localhost" }),
    provenance: new Map(),
    configuration: "",
    secrets: { POSTGRES_PASSWORD: CANARIES.POSTGRES_PASSWORD },
    receipt: undefined,
  };
}

/** A machine with an install, on which programs answer as little as they can. */
function machine(host: FakeHost): void {
  host.files.put(`${DIR}/rxdx.yml`, "domain: localhost\n");
  host.files.put(`${DIR}/.env`, `SECRET_KEY=password\n`, { mode: 0o644 });
  host.process.allow(["cat", "/proc/stat"], "cpu  100 0 100 700 50 0 0 50 10 0\n");
  host.process.allow(
    ["cat", "/proc/meminfo"],
    "MemTotal: 8000000 kB\nMemAvailable: 4000000 kB\n",
  );
  host.process.allow(["cat", "/proc/net/tcp", "/proc/net/tcp6"], "");
  host.process.allow(["cat", "/proc/1/comm"], "systemd\n");
  host.process.allow(["dockerd", "--version"], "Docker version 28.5.1\n");
  host.process.allow(["docker", "compose", "version", "--short"], "2.40.0\n");
  host.process.allow(["systemctl", "is-active", "docker.service"], { code: 3, stdout: "failed\n" });
  host.process.allow(["timedatectl", "show", "--property=NTPSynchronized", "--value"], "yes\n");
}

const of = (checks: readonly Finding[], id: string) => checks.find((each) => each.id === id);

Deno.test("the daemon is down: the cause first, all that needs no daemon, and what was left out", () =>
  withFakeHost({}, async (host) => {
    machine(host);
    host.net.allow("GET", /./, "refused");
    const progress: string[] = [];
    const { result, checks } = await examine(host, installOf(), {
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
    assert.equal(result, "fail");
    assert.equal(checks[0]?.id, "daemon");
    assert.equal(checks[0]?.state, "fail");
    assert.match(checks[0]?.detail ?? "", /does not run: its service failed/);
    assert.match(checks[0]?.hint ?? "", /journalctl -u docker/);
    assert.equal(of(checks, "disk")?.state, "ok");
    assert.equal(of(checks, "memory-free")?.state, "ok");
    assert.equal(of(checks, "certificate-served")?.state, "unknown");
    assert.equal(of(checks, "file-modes")?.state, "fail");
    assert.equal(of(checks, "secrets")?.state, "fail");
    // What this program makes itself, and what starts it, can be mended without asking anybody.
    assert.equal(of(checks, "certificate-dates")?.fix, "certificate");
    assert.equal(of(checks, "certificate-timer")?.state, "warn");
    assert.equal(of(checks, "certificate-timer")?.fix, "timer");
    assert.equal(of(checks, "engine"), undefined);
    assert.equal(of(checks, "service-nginx"), undefined);
    const last = checks.at(-1);
    const left = CHECKS.filter((each) => each.engine === true).length;
    assert.match(last?.detail ?? "", new RegExp(`^${left} checks of what runs`));
    assert.equal(progress.at(-1), `${CHECKS.length - left}/${CHECKS.length - left}`);
  }));

Deno.test("one service: only what is about it", () =>
  withFakeHost({}, async (host) => {
    machine(host);
    host.net.allow("GET", /./, "refused");
    const { checks } = await examine(host, installOf(), { services: ["backend"] });
    assert.deepEqual(checks.map((each) => each.id), ["daemon", "debug", "not-looked-at"]);
  }));

Deno.test("what cannot be looked at is unknown, and the rest is told", () =>
  withFakeHost({}, async (host) => {
    machine(host);
    host.net.allow("GET", "/_ping", { body: "OK" });
    host.net.allow("GET", /./, { status: 500, json: { message: "the store is broken" } });
    host.net.allow("GET", "/version", { json: { Version: "28.5.1", ApiVersion: "1.51" } });
    host.net.allow("GET", "/_ping", { body: "OK" });
    host.process.allow(["docker", "compose", "config", "--hash", "*"], { code: 1 });
    const { checks } = await examine(host, installOf(), { services: ["postgres"] });
    const services = of(checks, "service");
    assert.equal(services?.state, "unknown");
    assert.match(services?.detail ?? "", /could not be looked at: .*the store is broken/);
    assert.equal(of(checks, "database-login")?.state, "unknown");
    assert.ok(!JSON.stringify(checks).includes(CANARIES.POSTGRES_PASSWORD));
  }));

Deno.test("every check has a name of its own, a remedy, and services that exist", () => {
  const ids = CHECKS.map((each) => each.id);
  assert.equal(new Set(ids).size, ids.length);
  for (const { id, remedy, title } of CHECKS) {
    assert.match(id, /^[a-z][a-z-]+$/);
    assert.ok(remedy.length > 4 && title.length <= 18, id);
  }
});
