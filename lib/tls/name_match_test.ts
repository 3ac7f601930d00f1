import assert from "node:assert/strict";
import { coversHost } from "./certificate.ts";
import { covers, nearMiss, referenceName } from "./name_match.ts";

Deno.test("names are compared in one spelling", () => {
  for (
    const [name, reference] of [
      ["RxDx.Example.COM", "rxdx.example.com"],
      ["rxdx.example.com.", "rxdx.example.com"],
      [" rxdx ", "rxdx"],
      ["Bücher.example", "xn--bcher-kva.example"],
      ["bücher.example.", "xn--bcher-kva.example"],
      ["日本.example", "xn--wgv71a.example"],
      ["XN--BCHER-KVA.example", "xn--bcher-kva.example"],
      ["192.0.2.1", "192.0.2.1"],
      ["2001:DB8:0:0::1", "2001:db8::1"],
      ["[2001:db8::1]", "2001:db8::1"],
      ["ü:/?#", "ü:/?#"],
    ] as const
  ) assert.equal(referenceName(name), reference, name);
});

Deno.test("a wildcard is one whole label, the left-most, before two others", () => {
  for (
    const [pattern, host, expected] of [
      ["a.example.com", "a.example.com", true],
      ["*.example.com", "a.example.com", true],
      ["*.example.com", "xn--bcher-kva.example.com", true],
      ["*.example.com", "example.com", false],
      ["*.example.com", "a.b.example.com", false],
      ["*.example.com", ".example.com", false],
      ["*.b.example.com", "a.b.example.com", true],
      ["a.*.example.com", "a.b.example.com", false],
      ["*.*.example.com", "a.b.example.com", false],
      ["f*.example.com", "foo.example.com", false],
      ["*oo.example.com", "foo.example.com", false],
      ["*.com", "example.com", false],
      ["*", "localhost", false],
      ["*.", "a.", false],
      ["", "", true],
      ["example.com", "a.example.com", false],
      ["a.example.com.", "a.example.com", false],
    ] as const
  ) assert.equal(coversHost(pattern, host), expected, `${pattern} ${host}`);
});

Deno.test("addresses are compared with addresses alone, names with names", () => {
  const names = {
    dns: ["*.0.2.1", "192.0.2.1", "rxdx"],
    addresses: ["192.0.2.7", "::1"],
    others: 0,
  };
  assert.equal(covers(names, "192.0.2.7"), true);
  assert.equal(covers(names, "::1"), true);
  assert.equal(covers(names, "192.0.2.1"), false);
  assert.equal(covers(names, "rxdx"), true);
  assert.match(nearMiss(names, "192.0.2.1") ?? "", /as a DNS name/);
  assert.equal(nearMiss(names, "192.0.2.9"), undefined);
});

Deno.test("what comes close is told", () => {
  const dns = (...list: string[]) => ({ dns: list, addresses: [], others: 0 });
  for (
    const [patterns, host, says] of [
      [["a.example.com."], "a.example.com", /dot/],
      [["*.a.example.com"], "a.example.com", /below it/],
      [["*.com"], "example.com", /two labels/],
      [["*.example.com"], "a.b.example.com", /\*\.example\.com is for one label/],
      [["*.example.com"], "a.b.c.example.com", /for one label/],
      [["f*o.example.com"], "foo.example.com", /part of a label/],
      [["*o.example.com"], "foo.example.com", /part of a label/],
      [["b*.example.com"], "foo.example.com", undefined],
      [["other.example.com"], "foo.example.com", undefined],
      [[], "foo", undefined],
    ] as const
  ) {
    const said = nearMiss(dns(...patterns), host);
    if (says === undefined) assert.equal(said, undefined, host);
    else assert.match(said ?? "", says);
  }
});
