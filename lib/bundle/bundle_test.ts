/** Texts of a bundle: manifest, checksums, bill of materials. */
import assert from "node:assert/strict";
import { SERVICES } from "../engine/compose.ts";
import { SetupError } from "../errors.ts";
import { versionIn } from "../release/files.ts";
import { bundleSbom } from "./documents.ts";
import { asManifest, dockerArch, programHint, readBundleManifest } from "./manifest.ts";
import { sampleManifest } from "../../tests/support/bundle_sample.ts";
import {
  bundleComment,
  isBundleComment,
  parseBundleSums,
  renderBundleSums,
  sumFaults,
} from "./sums.ts";

const code = (wanted: string) => (error: unknown) =>
  error instanceof SetupError && error.code === wanted;

Deno.test("a manifest is read as it was written, and nothing that lacks a part of it", () => {
  const manifest = sampleManifest();
  assert.deepEqual(asManifest(JSON.stringify(manifest)), manifest);
  for (const key of Object.keys(manifest)) {
    const { [key as keyof typeof manifest]: _, ...rest } = manifest;
    assert.throws(() => readBundleManifest(JSON.stringify(rest), "x.tar"), SetupError, key);
  }
  for (const service of SERVICES) {
    const images = { ...manifest.images, [service]: { ...manifest.images[service], id: "x" } };
    assert.equal(asManifest(JSON.stringify({ ...manifest, images })), undefined);
  }
  for (const text of ["", "[]", "null", "{", '"x"']) assert.equal(asManifest(text), undefined);
});

Deno.test("a later layout is told from a broken one", () => {
  const later = JSON.stringify({ ...sampleManifest(), schema: 2, images: [] });
  assert.throws(() => readBundleManifest(later, "x.tar"), code("bundle_newer"));
  assert.throws(() => readBundleManifest("{}", "x.tar"), code("bundle_malformed"));
});

Deno.test("the way to the program in a bundle can be pasted, whatever the file is called", () => {
  assert.equal(
    programHint("/media/usb stick/rxdx.bundle.tar"),
    "tar xOf '/media/usb stick/rxdx.bundle.tar' rxdx-setup > rxdx-setup; chmod 755 rxdx-setup",
  );
  assert.match(programHint("/root/rxdx.bundle.tar"), /^tar xOf \/root\/rxdx\.bundle\.tar /);
});

Deno.test("checksums are read and written as sha256sum does it", () => {
  const [a, b] = ["a".repeat(64), "b".repeat(64)];
  const sums = new Map([["rxdx-setup", a], ["blobs/sha256/0f", b]]);
  assert.deepEqual(parseBundleSums(renderBundleSums(sums)), sums);
  const bad = [
    "",
    `${a}  ../x\n`,
    `${a}  /x\n`,
    `${a}  x/../y\n`,
    `${a}  x\n${b}  x\n`,
    `${a} x\n`,
    `${a}  .hidden\n`,
    `${a}  x\n\n`,
  ];
  for (const text of bad) {
    assert.throws(() => parseBundleSums(text), code("bundle_malformed"), text);
  }
});

Deno.test("what differs, what is missing and what is too much are three things", () => {
  const stated = new Map([["a", "1"], ["b", "2"], ["c", "3"]]);
  const faults = sumFaults(stated, new Map([["a", "1"], ["b", "9"], ["d", "4"]]));
  assert.deepEqual(faults, [
    "b is not what its checksum says",
    "d is in the bundle and has no checksum",
    "c is missing",
  ]);
  assert.deepEqual(sumFaults(stated, stated), []);
});

Deno.test("a signature over a release is none over a bundle, and the other way round", () => {
  const comment = bundleComment({ version: "1.4 .0\nx", arch: "amd64", created: "2026" });
  assert.equal(comment, "rxdx-setup-bundle 1.4-.0-x amd64 2026");
  assert.ok(isBundleComment(comment));
  assert.ok(!isBundleComment("rxdx-setup 1.4.0"));
  assert.throws(() => versionIn(comment), SetupError);
});

Deno.test("the bill of materials names program and images by digest", () => {
  const document = JSON.parse(bundleSbom(sampleManifest(), true)) as {
    specVersion: string;
    serialNumber: string;
    components: { name: string; version: string; externalReferences?: unknown[] }[];
  };
  assert.equal(document.specVersion, "1.6");
  assert.match(
    document.serialNumber,
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  assert.deepEqual(document.components.map(({ name, version }) => `${name} ${version}`), [
    "rxdx-setup 0.1.0",
    "registry.example.com/rxdx/postgres 1.4.0",
    "registry.example.com/rxdx/backend 1.4.0",
    "registry.example.com/rxdx/frontend 1.4.0",
    "registry.example.com/rxdx/nginx 1.4.0",
  ]);
  assert.ok(document.components[0]?.externalReferences);
  assert.ok(!bundleSbom(sampleManifest(), false).includes("externalReferences"));
});

Deno.test("architectures have Docker's names", () => {
  assert.equal(dockerArch("x86_64"), "amd64");
  assert.equal(dockerArch("aarch64"), "arm64");
});
