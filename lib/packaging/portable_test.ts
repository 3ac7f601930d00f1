import assert from "node:assert/strict";
import { type PortableFacts, portableId, renderStub } from "./portable.ts";
import stub from "./stub.sh" with { type: "text" };

const FACTS: PortableFacts = {
  version: "1.2.3",
  arch: "x86_64",
  files: [
    { name: "deno", sha256: "a".repeat(64), size: 95_600_728 },
    { name: "main.js", sha256: "b".repeat(64), size: 1_000 },
  ],
};

Deno.test("the stub knows its own length, whatever that is", async () => {
  for (const padding of [0, 1, 90, 900, 9_000, 90_000, 99_990]) {
    const text = await renderStub(`${stub}#${"é".repeat(padding)}\n`, FACTS);
    const bytes = new TextEncoder().encode(text).length;
    assert.match(text, new RegExp(`^offset='${bytes + 1}'$`, "m"));
    assert.doesNotMatch(text, /@[A-Z_]+@/);
  }
});

Deno.test("the stub lists every file, `ok` last, each with its checksum", async () => {
  const text = await renderStub(stub, FACTS);
  assert.match(text, /^files='deno main\.js ok'$/m);
  assert.match(text, /^sums='a{64} {2}deno\nb{64} {2}main\.js\n[0-9a-f]{64} {2}ok'$/m);
  assert.match(text, /^megabytes='96'$/m);
});

Deno.test("another byte anywhere is another identity, the same bytes are the same one", async () => {
  const [deno, main] = FACTS.files;
  assert.ok(deno !== undefined && main !== undefined);
  assert.equal(await portableId(FACTS), await portableId({ ...FACTS }));
  assert.match(await portableId(FACTS), /^1\.2\.3-[0-9a-f]{12}$/);
  const others: PortableFacts[] = [
    { ...FACTS, version: "1.2.4" },
    { ...FACTS, arch: "aarch64" },
    { ...FACTS, files: [deno, { ...main, sha256: "c".repeat(64) }] },
    { ...FACTS, files: [deno, { ...main, name: "other.js" }] },
  ];
  const ids = await Promise.all([FACTS, ...others].map(portableId));
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("names that are not one word in the shell are refused", async () => {
  for (const name of ["a b.js", "a'b.js", "../a.js", "$(id).js", "", "-rf"]) {
    const files = [{ name, sha256: "a".repeat(64), size: 1 }];
    await assert.rejects(renderStub(stub, { ...FACTS, files }), /not a plain name/);
  }
  await assert.rejects(renderStub(stub, { ...FACTS, version: "1;id" }), /not a plain name/);
  await assert.rejects(renderStub("@NOT_KNOWN@", FACTS), /unknown placeholder/);
});
