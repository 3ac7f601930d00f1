/** What a version says about how it may be reached, and what follows from it. */
import assert from "node:assert/strict";
import { refusalOf, type Release, RELEASE_LABELS, releaseLabels, releaseOf } from "./release.ts";

const PRESENT = { postgres: "17.6", age: "1.5.0", "rxdx-setup": "0.2.0" } as const;

function release(version: string | undefined, labels: Record<string, string> = {}): Release {
  const Labels = version === undefined ? labels : { [RELEASE_LABELS.version]: version, ...labels };
  return releaseOf({ Config: { Labels } }, undefined);
}

const stops = (text: string) => ({ [RELEASE_LABELS.stops]: text });
const requires = (text: string) => ({ [RELEASE_LABELS.requires]: text });
const refuse = (from: string | undefined, to: Release) => refusalOf(release(from), to, PRESENT);

Deno.test("a stop must not be skipped, and the next one is named", () => {
  const target = release("3.0.0", stops("2.5.0 2.0.0"));
  assert.equal(refuse("1.4.0", target)?.next, "2.0.0");
  assert.match(refuse("1.4.0", target)?.message ?? "", /2\.0\.0, then 2\.5\.0 come first/);
  assert.equal(refuse("2.0.0", target)?.next, "2.5.0");
  assert.equal(refuse("2.5.0", target), undefined);
  assert.equal(refuse("2.9.9", target), undefined);
  // Not known is older than all.
  assert.equal(refuse(undefined, target)?.next, "2.0.0");
  assert.equal(refuse(undefined, release("2.0.0", stops("1.0.0")))?.next, "1.0.0");
});

Deno.test("the stop itself, and what is before it, is no skipping", () => {
  assert.equal(refuse("1.0.0", release("2.0.0", stops("2.0.0 2.5.0"))), undefined);
  assert.equal(refuse(undefined, release("2.0.0", stops("2.0.0"))), undefined);
  assert.equal(refuse("1.0.0", release(undefined, stops("2.0.0")))?.next, "2.0.0");
});

Deno.test("an older version is refused, the same one and one without an order are not", () => {
  assert.equal(refuse("1.4.0", release("1.3.9"))?.code, "release_older");
  assert.equal(refuse("1.4.0", release("1.4.0-rc.1"))?.code, "release_older");
  assert.equal(refuse("1.4.0", release("1.4.0")), undefined);
  assert.equal(refuse("1.4.0", release("1f0c2d3e")), undefined);
  assert.equal(refuse(undefined, release("0.1.0")), undefined);
});

Deno.test("what is required has to be there, and be known", () => {
  assert.equal(refuse("1.0.0", release("1.1.0", requires("postgres>=17.6 age>=1.5"))), undefined);
  for (const text of ["postgres>=17.7", "age>=1.6.0", "rxdx-setup>=0.3.0", "valkey>=8"]) {
    assert.equal(refuse("1.0.0", release("1.1.0", requires(text)))?.code, "release_requires", text);
  }
  assert.equal(
    refusalOf(release("1.0.0"), release("1.1.0", requires("age>=1.5")), { postgres: "17" })?.code,
    "release_requires",
  );
});

Deno.test("what cannot be read is a refusal: somebody meant something by it", () => {
  for (const labels of [stops("2.0.0 soon"), requires("postgres=17"), requires("postgres>=new")]) {
    assert.match(refuse("1.0.0", release("3.0.0", labels))?.message ?? "", /cannot be read/);
  }
});

Deno.test("a full tag is believed before a label that may be the base image's", () => {
  const image = { Config: { Labels: { [RELEASE_LABELS.version]: "22.04" } } };
  assert.equal(releaseOf(image, "1.4.0").version, "1.4.0");
  assert.equal(releaseOf(image, "latest").version, "22.04");
  assert.equal(releaseOf(undefined, "1").version, "1");
  assert.equal(releaseOf({ Config: { Labels: null } }, "main").version, undefined);
});

Deno.test("the file of a checkout becomes labels; what is no such file, none", () => {
  const text = JSON.stringify({ version: "3.0.0", stops: ["2.0.0"], requires: ["postgres>=17"] });
  assert.deepEqual(releaseLabels(text), {
    [RELEASE_LABELS.version]: "3.0.0",
    [RELEASE_LABELS.stops]: "2.0.0",
    [RELEASE_LABELS.requires]: "postgres>=17",
  });
  for (const bad of [undefined, "", "null", "[]", "7", '{"version":3,"stops":"2.0.0"}']) {
    assert.deepEqual(releaseLabels(bad), {}, String(bad));
  }
});
