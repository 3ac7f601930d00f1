/** A bundle is what its maker signed, to the last byte; or it is refused, and it is said why. */
import assert from "node:assert/strict";
import {
  type SampleBundle,
  sampleManifest,
  writeSampleBundle,
} from "../../../tests/support/bundle_sample.ts";
import { SetupError } from "../../errors.ts";
import { theHost } from "../../host/real.ts";
import {
  makeSecretKey,
  parseSecretKey,
  publicKeyOf,
  type SecretKey,
} from "../../release/signing.ts";
import { checkFits } from "./judge.ts";
import { verifyBundle, type VerifyOptions } from "./verify.ts";
import { savedImages } from "./write.ts";

const host = theHost();

async function keyOf(seed: number): Promise<SecretKey> {
  return parseSecretKey(
    await makeSecretKey(Uint8Array.from({ length: 40 }, (_, at) => (at * 7 + seed) & 255)),
  );
}

async function refusal(
  path: string,
  options: Partial<VerifyOptions> = {},
): Promise<string> {
  try {
    await verifyBundle(host, path, { keys: [], allowUnsigned: false, ...options });
  } catch (error) {
    if (error instanceof SetupError) return error.code;
    throw error;
  }
  return "none";
}

async function made(of: SampleBundle = {}): Promise<{ path: string } & AsyncDisposable> {
  const dir = await Deno.makeTempDir();
  const path = `${dir}/x.bundle.tar`;
  await writeSampleBundle(path, of);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}

Deno.test("a signed bundle is verified with the key of its maker, and with no other", async () => {
  const key = await keyOf(1);
  await using bundle = await made({ secretKey: key });
  const keys = [publicKeyOf(key)];
  const found = await verifyBundle(host, bundle.path, { keys, allowUnsigned: false });
  assert.equal(found.manifest.version, "1.4.0");
  assert.match(found.signedBy ?? "", /^[0-9A-F]{16}$/);
  assert.equal(found.members, 5);
  // As anybody can make it: tar xOf FILE SHA256SUMS | sha256sum
  const sums = await new Deno.Command("sh", {
    args: ["-c", `tar xOf "$0" SHA256SUMS | sha256sum`, bundle.path],
  }).output();
  assert.equal(new TextDecoder().decode(sums.stdout).split(" ")[0], found.digest);
  const other = [publicKeyOf(await keyOf(2))];
  assert.equal(await refusal(bundle.path, { keys: other }), "signature_invalid");
  // Allowing what nobody signed does not allow what somebody else signed.
  assert.equal(
    await refusal(bundle.path, { keys: other, allowUnsigned: true }),
    "signature_invalid",
  );
  assert.equal(await refusal(bundle.path), "bundle_key_unknown");
  assert.equal(await refusal(bundle.path, { allowUnsigned: true }), "none");
});

Deno.test("what nobody signed needs a word, with a known key too", async () => {
  await using bundle = await made();
  assert.equal(await refusal(bundle.path), "bundle_unsigned");
  const keys = [publicKeyOf(await keyOf(1))];
  assert.equal(await refusal(bundle.path, { keys }), "bundle_unsigned");
  assert.equal(await refusal(bundle.path, { keys, allowUnsigned: true }), "none");
});

Deno.test("a signature over something else, and a member behind the checksums, are refused", async () => {
  const key = await keyOf(1);
  const keys = [publicKeyOf(key)];
  await using release = await made({ secretKey: key, comment: "rxdx-setup 1.4.0" });
  assert.equal(await refusal(release.path, { keys }), "bundle_malformed");
  await using late = await made({ secretKey: key, behind: "evil" });
  assert.equal(await refusal(late.path, { keys }), "bundle_malformed");
});

Deno.test("any byte that differs is found, in a signed bundle and in one that is not", async () => {
  const key = await keyOf(1);
  for (const secretKey of [key, undefined]) {
    await using bundle = await made(secretKey === undefined ? {} : { secretKey });
    const bytes = await Deno.readFile(bundle.path);
    const options = secretKey === undefined
      ? { allowUnsigned: true }
      : { keys: [publicKeyOf(secretKey)] };
    let trials = 0;
    for (let at = 0; at < bytes.length; at += 13) {
      const other = bytes.slice();
      other[at] = (other[at] ?? 0) ^ (1 << trials % 8);
      await Deno.writeFile(bundle.path, other);
      const code = await refusal(bundle.path, options);
      assert.match(
        code,
        /^(bundle_(malformed|damaged|truncated|newer)|signature_\w+)$/,
        `byte ${at}`,
      );
      trials++;
    }
    assert.ok(trials > 500, String(trials));
  }
});

Deno.test("a bundle cut off anywhere, or with something behind it, is refused", async () => {
  await using bundle = await made();
  const bytes = await Deno.readFile(bundle.path);
  for (let length = 0; length < bytes.length; length += 97) {
    await Deno.writeFile(bundle.path, bytes.subarray(0, length));
    const code = await refusal(bundle.path, { allowUnsigned: true });
    assert.match(code, /^bundle_(truncated|malformed)$/, `${length} bytes`);
  }
  await Deno.writeFile(bundle.path, Uint8Array.of(...bytes, 0));
  assert.equal(await refusal(bundle.path, { allowUnsigned: true }), "bundle_damaged");
});

Deno.test("no file, a directory, and what is no bundle", async () => {
  const dir = await Deno.makeTempDir();
  assert.equal(await refusal(`${dir}/none`), "bundle_missing");
  assert.equal(await refusal(dir), "bundle_missing");
  await Deno.writeTextFile(`${dir}/x`, "x".repeat(4096));
  assert.equal(await refusal(`${dir}/x`), "bundle_malformed");
  await Deno.remove(dir, { recursive: true });
});

Deno.test("a later layout, another architecture, a later program, another PostgreSQL", async () => {
  const codes: string[] = [];
  const arch = host.system.arch === "aarch64" ? "arm64" : "amd64";
  const base = sampleManifest({ arch });
  for (
    const of of [
      { manifestText: JSON.stringify({ ...base, schema: 2 }) },
      { manifest: { ...base, arch: "riscv64" } },
      { manifest: { ...base, setup: "999.0.0" } },
      { manifest: { ...base, postgres: "18.1" } },
    ]
  ) {
    await using bundle = await made(of);
    try {
      const found = await verifyBundle(host, bundle.path, { keys: [], allowUnsigned: true });
      await checkFits(host, found);
    } catch (error) {
      assert.ok(error instanceof SetupError, String(error));
      assert.equal(error.exit, 4);
      codes.push(error.code);
    }
  }
  assert.deepEqual(codes, ["bundle_newer", "wrong_architecture", "bundle_newer", "postgres_major"]);
});

Deno.test("what docker save tells of its images, with both kinds of ids", () => {
  const [config, manifest] = ["c".repeat(64), "d".repeat(64)];
  const texts = new Map([
    ["index.json", JSON.stringify({ manifests: [{ digest: `sha256:${manifest}` }] })],
    [`blobs/sha256/${manifest}`, JSON.stringify({ config: { digest: `sha256:${config}` } })],
    [
      "manifest.json",
      JSON.stringify([{ Config: `blobs/sha256/${config}`, RepoTags: ["a:1", "b:2"] }]),
    ],
  ]);
  const expected = { id: `sha256:${config}`, manifest: `sha256:${manifest}` };
  assert.deepEqual([...savedImages(texts)], [["a:1", expected], ["b:2", expected]]);
  assert.equal(savedImages(new Map()).size, 0);
});
