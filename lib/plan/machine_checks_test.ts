/** What the first screen says of machines of all kinds. */
import assert from "node:assert/strict";
import { GIB, MIB, sampleFacts } from "../../tests/support/samples.ts";
import { type Check, clip, DETAIL_COLUMNS, TITLE_COLUMNS, worst } from "./check.ts";
import type { Facts } from "./facts.ts";
import { machineChecks, type MachineContext } from "./machine_checks.ts";

const NOW = new Date("2026-11-24T10:00:00Z");

function checks(facts: Partial<Facts> = {}, context: Partial<MachineContext> = {}): Check[] {
  const all = machineChecks(sampleFacts(facts), {
    dir: "/opt/rxdx",
    project: "rxdx",
    ports: [80, 443],
    now: NOW,
    clock: { skewSeconds: 0.4, reference: "mirror.example.com" },
    ...context,
  });
  for (const { title, detail } of all) {
    assert.ok(
      title.length <= TITLE_COLUMNS && detail.length <= DETAIL_COLUMNS,
      `${title} ${detail}`,
    );
    assert.doesNotMatch(title + detail, /\n/);
  }
  return all;
}

/** `state: detail` of one check. */
function said(
  id: string,
  facts: Partial<Facts> = {},
  context: Partial<MachineContext> = {},
): string {
  const all = checks(facts, context);
  if (context.dir === undefined) {
    for (const { detail } of all) assert.doesNotMatch(detail, /…/, "a text of ours does not fit");
  }
  const found = all.find((each) => each.id === id);
  return `${found?.state}: ${found?.detail}`;
}

const hint = (id: string, facts: Partial<Facts>, context: Partial<MachineContext> = {}) =>
  checks(facts, context).find((each) => each.id === id)?.hint;

Deno.test("an ordinary server has nothing to complain of, in a fixed order", () => {
  const all = checks();
  assert.deepEqual(all.map((each) => each.id), [
    "os",
    "arch",
    "user",
    "cpus",
    "memory",
    "disk",
    "clock",
    "engine",
    "compose",
    "port-80",
    "port-443",
    "proxy",
    "install",
    "stacks",
  ]);
  assert.equal(worst(all), "ok", JSON.stringify(all.filter((each) => each.state !== "ok")));
  assert.ok(all.every((each) => each.hint === undefined));
});

const ENGINE = sampleFacts().engine;

Deno.test("systems, with Docker and without", () => {
  const os = { id: "fedora", like: [], version: "42", codename: "", name: "Fedora Linux 42" };
  assert.equal(said("os", { os }), "ok: Fedora Linux 42");
  assert.match(said("os", { os, engine: { state: "absent" } }), /^warn: Fedora.*by hand/);
  assert.match(said("os", { engine: { state: "absent" } }), /^ok: Debian/);
  assert.match(said("arch", { arch: "riscv64" }), /^fail: riscv64/);
});

Deno.test("who runs it", () => {
  assert.equal(said("user"), "ok: root");
  assert.equal(said("user", { uid: 1000 }), "ok: uid 1000, may use Docker");
  assert.match(said("user", { uid: 1000, engine: { state: "denied" } }), /^fail: .*may not use/);
  assert.match(said("user", { uid: 1000, engine: { state: "absent" } }), /^fail: .*root/);
  const rootless = { uid: 1000, engine: { ...ENGINE, rootless: true } };
  assert.match(said("user", rootless), /^warn: .*rootless Docker: port 80/);
  assert.match(hint("user", rootless) ?? "", /ip_unprivileged_port_start=80 \|/);
  assert.match(said("user", rootless, { ports: [8080, 8443] }), /^ok: .*rootless/);
});

Deno.test("memory: 512 MiB is refused with the reason, 1 GiB works", () => {
  const memory = (bytes: number) => said("memory", { memoryBytes: bytes });
  assert.equal(
    memory(512 * MIB),
    "fail: 512 MiB; too little: 384 MiB stack + 512 MiB system",
  );
  assert.match(memory(960 * MIB), /^warn: 960 MiB; enough for a few users/);
  assert.equal(memory(4 * GIB), "ok: 4.0 GiB");
  assert.match(said("cpus", { cpus: 1 }), /^warn: 1;/);
});

Deno.test("disk: a new stack needs room, an installed one is only warned", () => {
  const disk = { totalBytes: 20 * GIB, freeBytes: 2 * GIB };
  assert.match(said("disk", { disk }), /^fail: 2\.0 GiB free at \/opt\/rxdx; 3\.0 GiB/);
  assert.match(said("disk", { disk, installed: true }), /^warn/);
  assert.match(said("disk", { disk: { ...disk, freeBytes: 5 * GIB } }), /^warn/);
});

Deno.test("the clock", () => {
  const clock = (skewSeconds: number) =>
    said("clock", {}, { clock: { skewSeconds, reference: "mirror.example.com" } });
  assert.equal(clock(-2), "ok: agrees with mirror.example.com");
  assert.equal(clock(40), "warn: 40 s ahead of mirror.example.com");
  assert.equal(clock(-7200), "fail: 2 h behind mirror.example.com");
  assert.equal(clock(-3 * 86_400), "fail: 3 days behind mirror.example.com");
  assert.match(said("clock", {}, { clock: { synchronised: true } }), /^ok/);
  assert.match(said("clock", {}, { clock: { synchronised: false } }), /^warn/);
  assert.match(said("clock", {}, { clock: {} }), /^unknown/);
  // Even a server that agrees cannot help a clock from before this program.
  const now = new Date("1970-01-01T00:00:10Z");
  assert.match(said("clock", {}, { now }), /^fail: 1970-01-01, which is before/);
});

Deno.test("engine and Compose against the floors", () => {
  assert.match(
    said("engine", { engine: { ...ENGINE, version: "20.10.24" } }),
    /^fail: 20\.10\.24; 25/,
  );
  assert.match(
    said("engine", { engine: { ...ENGINE, version: "26.1.5" } }),
    /^warn: .*CVE-2025-54388/,
  );
  assert.match(said("engine", { engine: { state: "absent" } }), /^warn: not installed/);
  assert.match(
    said("engine", { uid: 1000, engine: { state: "absent" } }),
    /^fail: not installed/,
  );
  assert.match(
    said("engine", { engine: { state: "stopped", compose: "2.40.0" } }),
    /^warn: installed, not running/,
  );
  assert.match(said("compose", { engine: { ...ENGINE, compose: "2.20.0" } }), /^fail: 2\.20\.0;/);
  assert.match(said("compose", { engine: { state: "absent" } }), /^warn: not installed/);
});

Deno.test("ports, with who holds them", () => {
  const listener = { port: 443, address: "0.0.0.0" };
  const held = (more: object, facts: Partial<Facts> = {}) =>
    said("port-443", { listeners: [{ ...listener, ...more }], ...facts });
  assert.equal(held({ pid: 812, process: "apache2" }), "warn: taken by apache2 (pid 812)");
  assert.match(held({ pid: 812, process: "apache2" }, { installed: true }), /^fail/);
  assert.equal(held({ container: "shop-web-1", project: "shop" }).split(":")[0], "warn");
  assert.equal(held({ container: "rxdx-nginx-1", project: "rxdx" }), "ok: held by this stack");
  assert.equal(said("port-80", { listeners: [listener] }), "ok: free");
  const container = { listeners: [{ ...listener, container: "shop-web-1", project: "shop" }] };
  assert.match(hint("port-443", container) ?? "", /^docker stop shop-web-1/);
});

Deno.test("proxies", () => {
  const http = "http://proxy.example.com:3128";
  const proxies = { http, https: http, no: "localhost,127.0.0.1" };
  const daemon = { ...ENGINE, proxies };
  assert.equal(said("proxy", { proxies, engine: daemon }), `ok: ${http}`);
  assert.match(said("proxy", { proxies }), /^warn: .*Docker knows no proxy/);
  const bare = { ...proxies, no: ".example.com" };
  assert.match(
    said("proxy", { proxies: bare, engine: daemon }),
    /^warn: .*no_proxy lacks localhost/,
  );
  assert.equal(
    hint("proxy", { proxies: bare, engine: daemon }),
    "export no_proxy=.example.com,localhost,127.0.0.1",
  );
  assert.match(said("proxy", { engine: daemon }), /^ok: Docker: http/);
});

Deno.test("this directory and its neighbours", () => {
  assert.match(said("install", { installed: true }), /a stack is installed in \/opt\/rxdx/);
  const projects = [
    { name: "rxdx", dir: "/opt/rxdx", containers: 4, rxdx: true },
    { name: "shop", dir: "/srv/shop", containers: 2, rxdx: false },
    { name: "trial", dir: "/opt/trial", containers: 4, rxdx: true },
  ];
  assert.equal(said("stacks", { projects }), "ok: 2: trial (RxDx), shop");
  assert.match(said("stacks", { engine: { state: "stopped" } }), /^unknown/);
});

Deno.test("long texts keep their beginning and end", () => {
  assert.equal(clip("abcdefghij", 7), "abc…hij");
  assert.equal(clip("abcdefghij", 8), "abcd…hij");
  assert.equal(clip("abc", 3), "abc");
  const dir = `/srv/${"very-long-name/".repeat(20)}end`;
  assert.match(said("install", {}, { dir }), /…/);
});

Deno.test("what takes attention first", () => {
  const of = (...states: Check["state"][]) =>
    worst(states.map((state) => ({ id: "", title: "", state, detail: "" })));
  assert.equal(of("ok", "unknown"), "unknown");
  assert.equal(of("unknown", "warn", "ok"), "warn");
  assert.equal(of("warn", "fail"), "fail");
  assert.equal(of(), "ok");
});
