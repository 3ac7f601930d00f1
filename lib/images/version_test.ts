/** Versions are compared as SemVer 2.0.0 says; what has no order is not compared. */
import assert from "node:assert/strict";
import { compareTexts, newerTags, parseVersion } from "./version.ts";

Deno.test("the order of SemVer's own example, and numbers as numbers", () => {
  const sorted = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
    "v1.2",
    "1.10.0",
    "2",
  ];
  for (const [index, a] of sorted.entries()) {
    for (const [other, b] of sorted.entries()) {
      assert.equal(Math.sign(compareTexts(a, b) ?? NaN), Math.sign(index - other), `${a} ${b}`);
    }
  }
  assert.equal(compareTexts("1.2", "v1.2.0+build.7"), 0);
});

Deno.test("what has no order", () => {
  for (const text of ["latest", "", "1f0c2d3e", "main", "1.x", "1.2.3.4.5", "-1", undefined]) {
    assert.equal(parseVersion(text), undefined, String(text));
    assert.equal(compareTexts(text, "1.0.0"), undefined);
  }
});

Deno.test("newer tags: the newest first, pre-releases only for who runs one", () => {
  const tags = ["latest", "1.0.0", "1.10.0", "1.9.0", "2.0.0-rc.1", "0.9.0"];
  assert.deepEqual(newerTags(tags, "1.0.0"), ["1.10.0", "1.9.0"]);
  assert.deepEqual(newerTags(tags, "1.0.0-rc.1"), ["2.0.0-rc.1", "1.10.0", "1.9.0", "1.0.0"]);
  assert.deepEqual(newerTags(tags, "latest"), []);
});
