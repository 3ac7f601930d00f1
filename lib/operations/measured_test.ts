/** Defaults that are measured: the address and the ports of this machine. */
import assert from "node:assert/strict";
import { sampleFacts } from "../../tests/support/samples.ts";
import type { Tree } from "../answers/tree.ts";
import { parseAnswers } from "../answers/parse.ts";
import type { Facts, Listener } from "../plan/facts.ts";
import {
  candidatePorts,
  environmentDefaults,
  foreignListeners,
  measuredDomain,
  measuredLayer,
} from "./measured.ts";

const on = (...ports: number[]): Listener[] =>
  ports.map((port) => ({ port, address: "0.0.0.0", pid: 1, process: "other" }));

function ports(facts: Partial<Facts>, freePorts: boolean, said: Tree = {}): unknown {
  const options = { project: "rxdx", freePorts, said };
  return measuredLayer(sampleFacts(facts), options).values["ports"];
}

Deno.test("a full host name is the address, else the first address of the machine", () => {
  const domain = (hostname: string, addresses: string[]) =>
    measuredDomain(sampleFacts({ hostname, addresses }));
  assert.equal(domain("RxDx.Example.com", ["192.0.2.1"]), "rxdx.example.com");
  assert.equal(domain("server1", ["192.0.2.1", "2001:db8::1"]), "192.0.2.1");
  assert.equal(domain("server1", ["fe80::1%eth0"]), "fe80::1");
  assert.equal(domain("server1", []), "localhost");
  assert.equal(domain("not valid.example", ["192.0.2.1"]), "192.0.2.1");
});

Deno.test("a measured address is always a valid answer", () => {
  for (const hostname of ["a.b", "A_B.c", "x", "-.example", "1.2.3", "example.com."]) {
    for (const addresses of [["10.0.0.1"], ["2001:db8::1"], []]) {
      const domain = measuredDomain(sampleFacts({ hostname, addresses }));
      assert.ok(parseAnswers({ domain }).ok, domain);
    }
  }
});

Deno.test("on a real server ports are not moved: who holds them is told instead", () => {
  assert.equal(ports({ listeners: on(80, 443) }, false), undefined);
});

Deno.test("for a demo the usual ports are taken while they are free", () => {
  assert.deepEqual(ports({}, true), {
    http: 80,
    https: 443,
    backend: 8000,
    frontend: 3000,
    postgres: 5432,
  });
});

Deno.test("a taken port is passed over, as many as there are", () => {
  assert.deepEqual(ports({ listeners: on(80, 443, 8443, 8444, 5432) }, true), {
    http: 8080,
    https: 8445,
    backend: 8000,
    frontend: 3000,
    postgres: 5433,
  });
});

Deno.test("two measured ports are never the same, nor one the operator chose", () => {
  const chosen = ports({ listeners: on(8000) }, true, { ports: { http: 8001 } }) as Tree;
  assert.equal(chosen["backend"], 8002);
  const all = Object.values(ports({ listeners: on(80, 8000) }, true) as Tree);
  assert.equal(new Set(all).size, all.length);
});

Deno.test("the stack's own containers do not stand in its way", () => {
  const own: Listener = {
    port: 443,
    address: "0.0.0.0",
    container: "rxdx-nginx-1",
    project: "rxdx",
  };
  const theirs: Listener = {
    port: 80,
    address: "0.0.0.0",
    container: "shop-web-1",
    project: "shop",
  };
  const facts = sampleFacts({ listeners: [own, theirs] });
  assert.deepEqual(foreignListeners(facts, "rxdx"), [theirs]);
  assert.deepEqual((ports({ listeners: [own, theirs] }, true) as Tree)["https"], 443);
  assert.deepEqual((ports({ listeners: [own, theirs] }, true) as Tree)["http"], 8080);
});

Deno.test("when a whole range is taken the usual port stays, and the conflict is told later", () => {
  const taken = Array.from({ length: 100 }, (_, index) => 8443 + index);
  assert.equal((ports({ listeners: on(443, ...taken) }, true) as Tree)["https"], 443);
});

Deno.test("every port that may be chosen is looked at", () => {
  const candidates = candidatePorts();
  for (const port of [80, 443, 8000, 3000, 5432, 8080, 8179, 8443, 8542, 5532]) {
    assert.ok(candidates.includes(port), String(port));
  }
});

Deno.test("development logs more, the other environments do not", () => {
  assert.deepEqual(environmentDefaults("development").values, {
    application: { log_level: "DEBUG" },
  });
  for (const environment of ["staging", "production", undefined, 7]) {
    assert.deepEqual(environmentDefaults(environment).values, {});
  }
});
