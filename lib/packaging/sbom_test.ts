/** The bill of materials says of every pinned package what the lock file says. */
import assert from "node:assert/strict";
import lock from "../../deno.lock" with { type: "text" };
import { cyclonedx, type LockFile } from "./sbom.ts";

const SMALL: LockFile = {
  version: "5",
  specifiers: { "npm:a@1.0.0": "1.0.0", "npm:@s/t@2": "2.0.0_a@1.0.0" },
  npm: {
    "a@1.0.0": { integrity: "sha512-AAEC", dependencies: ["b", "c@2.0.0"] },
    "b@1.0.0": {},
    "c@1.0.0": {},
    "c@2.0.0": {},
    "@s/t@2.0.0_a@1.0.0": { dependencies: ["c@1.0.0"] },
  },
};
const FACTS = {
  version: "1.2.3",
  lock: SMALL,
  imported: new Set(["npm:a@1.0.0"]),
  licences: new Map([["a@1.0.0", "MIT"]]),
};

Deno.test("packages, checksums, licences, and what only tests need", async () => {
  const sbom = await cyclonedx(FACTS);
  const seen = sbom.components.map((each) => `${each.purl} ${each.scope}`);
  assert.deepEqual(seen.slice(1), [
    "pkg:npm/%40s/t@2.0.0 excluded",
    "pkg:npm/a@1.0.0 required",
    "pkg:npm/b@1.0.0 required",
    "pkg:npm/c@1.0.0 excluded",
    "pkg:npm/c@2.0.0 required",
  ]);
  assert.equal(sbom.components[0]?.name, "deno");
  const a = sbom.components.find((each) => each.name === "a");
  assert.deepEqual(a?.hashes, [{ alg: "SHA-512", content: "000102" }]);
  assert.deepEqual(a?.licenses, [{ expression: "MIT" }]);
  assert.deepEqual(sbom.components[1]?.group, "@s");
  const of = (ref: string) => sbom.dependencies.find((each) => each.ref === ref)?.dependsOn;
  assert.deepEqual(of("pkg:npm/a@1.0.0"), ["pkg:npm/b@1.0.0", "pkg:npm/c@2.0.0"]);
  assert.ok(of("pkg:generic/rxdx-setup@1.2.3")?.includes("pkg:npm/%40s/t@2.0.0"));
});

Deno.test("the same sources have the same document, others another", async () => {
  const one = await cyclonedx(FACTS);
  assert.deepEqual(await cyclonedx({ ...FACTS }), one);
  assert.match(
    one.serialNumber,
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  assert.notEqual((await cyclonedx({ ...FACTS, version: "1.2.4" })).serialNumber, one.serialNumber);
});

Deno.test("a package that is not pinned is an error, not a gap", async () => {
  const broken = { ...SMALL, npm: { ...SMALL.npm, "a@1.0.0": { dependencies: ["c"] } } };
  await assert.rejects(cyclonedx({ ...FACTS, lock: broken }), /does not pin c/);
});

Deno.test("the real lock file is understood to its last line", async () => {
  const real = JSON.parse(lock) as LockFile;
  const ids = Object.keys(real.npm ?? {});
  assert.deepEqual(Object.keys(real).sort(), ["npm", "specifiers", "version", "workspace"]);
  assert.equal(real.version, "5");
  const imported = new Set(["npm:age-encryption@0.3.1"]);
  const sbom = await cyclonedx({ version: "1.0.0", lock: real, imported, licences: new Map() });
  assert.equal(sbom.components.length, ids.length + 1);
  const refs = new Set(sbom.components.map((each) => each["bom-ref"]));
  assert.equal(refs.size, sbom.components.length);
  for (const { dependsOn } of sbom.dependencies) {
    dependsOn.forEach((ref) => assert.ok(refs.has(ref), ref));
  }
  const required = sbom.components.filter((each) => each.scope === "required").map((each) =>
    each.name
  );
  assert.ok(required.includes("curves") && !required.includes("yaml"), String(required));
  assert.ok(sbom.components.every((each) => each.type !== "library" || each.hashes !== undefined));
});
