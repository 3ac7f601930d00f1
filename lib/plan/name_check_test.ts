/** What is said of names that lead here, elsewhere, or nowhere. */
import assert from "node:assert/strict";
import { nameCheck, type NameFacts } from "./name_check.ts";

const OWN = ["192.0.2.10", "2001:db8::10"];

function said(facts: Partial<NameFacts>, addresses: readonly string[] = OWN): string {
  const { state, detail, title } = nameCheck(
    { name: "rxdx.example.com", dns: "none", addresses: [], hosts: [], ...facts },
    addresses,
  );
  assert.ok(detail.length <= 58 && title.length <= 18);
  return `${state}: ${detail}`;
}

const hint = (facts: Partial<NameFacts>) =>
  nameCheck({ name: "rxdx.example.com", dns: "none", addresses: [], hosts: [], ...facts }, OWN)
    .hint;

Deno.test("a name that leads here, in either family and any spelling", () => {
  assert.equal(
    said({ dns: "found", addresses: ["192.0.2.10"] }),
    "ok: resolves to this machine (192.0.2.10)",
  );
  assert.match(said({ dns: "found", addresses: ["192.0.2.10", "2001:DB8:0::10"] }), /^ok/);
});

Deno.test("a name that leads elsewhere, altogether or in part", () => {
  const elsewhere = { dns: "found", addresses: ["198.51.100.7"] } as const;
  assert.equal(said(elsewhere), "warn: resolves to 198.51.100.7, not this machine");
  assert.match(hint(elsewhere) ?? "", /router or proxy.*point the record to 192\.0\.2\.10/);
  const partly = { dns: "found", addresses: ["192.0.2.10", "2001:db8::99"] } as const;
  assert.equal(said(partly), "warn: resolves to this machine, but also to 2001:db8::99");
  assert.match(hint(partly) ?? "", /remove that AAAA record/);
});

Deno.test("a name that leads nowhere, or only from here", () => {
  assert.equal(said({}), "warn: does not resolve");
  assert.match(hint({}) ?? "", /rxdx\.example\.com {2}A {2}192\.0\.2\.10/);
  assert.equal(said({ hosts: ["127.0.1.1"] }), "warn: only known here: /etc/hosts has 127.0.1.1");
});

Deno.test("no name server is an honest unknown", () => {
  assert.equal(said({ dns: "silent" }), "unknown: no name server answers");
  assert.match(
    said({ dns: "silent", hosts: ["192.0.2.10"] }),
    /^warn: no name server answers; \/etc/,
  );
});

Deno.test("addresses and this machine's own name", () => {
  assert.equal(said({ name: "192.0.2.10" }), "ok: an address of this machine");
  assert.equal(said({ name: "2001:db8:0:0::10" }), "ok: an address of this machine");
  assert.equal(said({ name: "198.51.100.7" }), "warn: an address, but not one of this machine");
  for (const name of ["localhost", "rxdx.localhost", "127.0.0.1", "::1"]) {
    assert.equal(said({ name }), "ok: this machine, reachable from itself alone");
  }
});

Deno.test("a machine without addresses", () => {
  assert.match(said({ dns: "found", addresses: ["192.0.2.10"] }, []), /^warn/);
});
