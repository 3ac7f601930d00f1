/** Signatures of the real minisign hold, and nothing else does. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { SetupError } from "../errors.ts";
import { keyIdText, parsePublicKey, parseSignature, verifySignature } from "./minisign.ts";
import { makeSecretKey, parseSecretKey, publicKeyOf, sign } from "./signing.ts";

/** Made by minisign 0.11: `minisign -G -W`, `minisign -S -t 'foo bar'`, and `-l` for the last. */
const PUBLIC = "RWRUyDepgUKuKFdWHkrJiJAMiofM0XuBwFyUG3qWHdUnKBo4RiPux8qn";
const SECRET = "untrusted comment: minisign encrypted secret key\n" +
  "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAVMg3qYFCrihUB8psbSHHI/qwjTrK7N08Q94culaST76ZYPOq9TAjcVdWHkrJiJAMiofM0XuBwFyUG3qWHdUnKBo4RiPux8qnAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
const FILE = new TextEncoder().encode("hello\n");
const SIGNATURE = `untrusted comment: signature from minisign secret key
RURUyDepgUKuKJ9Nd+ITGrK6pVkYeNptqiPUHwQtIkzh+GceC1sS429PzhP081J6n2UeMF71aBrSrpfJ1ETbf5ajgJQidgcLEQQ=
trusted comment: foo bar
pU8AUzKEtD5ij0PtGWHcplXshssdh7jr4A2gs4Z54oKM1z+V23y8yY5kVXl0sbS/i2te8Y9AJRcszrXHyp9nAQ==
`;
const LEGACY = `untrusted comment: signature from minisign secret key
RWRUyDepgUKuKEo3wZMO2RgZ30K4OaGanOQrNbCk8Pfdrpy1lXBpH41rLcrAa9rt2fHmmDLW1fCDzFORprAeDu3lW3HHrC0NAwQ=
trusted comment: legacy
IgWG0iEwelGsxLDhutlvjUUv/pJb2xoQLNdXAU92+6moMtus4dVDEdl/Iix3Zfbk9Xt3kwvd9eQz6rjImR5BAA==
`;

function refused(code: string, says?: RegExp) {
  return (error: unknown) =>
    error instanceof SetupError && error.code === code && error.exit === 5 &&
    (says === undefined || says.test(error.message));
}

async function ownKey(seed: number): Promise<string> {
  return await makeSecretKey(Uint8Array.from({ length: 40 }, (_, at) => (at * 7 + seed) & 255));
}

Deno.test("what minisign has signed is verified, as bytes and as a stream", async () => {
  const expected = { trustedComment: "foo bar", keyId: "28AE4281A937C854" };
  assert.deepEqual(await verifySignature(PUBLIC, SIGNATURE, FILE), expected);
  const file = `untrusted comment: whatever\n${PUBLIC}\n`;
  async function* pieces() {
    for (const byte of FILE) yield await Promise.resolve(Uint8Array.of(byte));
  }
  assert.deepEqual(await verifySignature(file, SIGNATURE, pieces()), expected);
  assert.deepEqual(
    await verifySignature(PUBLIC, SIGNATURE.replaceAll("\n", "\r\n"), FILE),
    expected,
  );
});

Deno.test("its secret key is read, and signs what its public key verifies", async () => {
  const secret = parseSecretKey(SECRET);
  assert.equal(publicKeyOf(secret), PUBLIC);
  const text = await sign(secret, FILE, "rxdx-setup 1.2.3");
  const { trustedComment } = await verifySignature(PUBLIC, text, FILE);
  assert.equal(trustedComment, "rxdx-setup 1.2.3");
});

Deno.test("a byte that differs, in the file or anywhere in the signature, is refused", async () => {
  await fc.assert(fc.asyncProperty(
    fc.nat(FILE.length - 1),
    fc.integer({ min: 1, max: 255 }),
    async (at, mask) => {
      const other = FILE.map((byte, index) => index === at ? byte ^ mask : byte);
      await assert.rejects(verifySignature(PUBLIC, SIGNATURE, other), refused("signature_invalid"));
    },
  ));
  const { length } = SIGNATURE;
  const first = SIGNATURE.indexOf("\n") + 1;
  let refusals = 0;
  for (let at = first; at < length - 1; at++) {
    const other = SIGNATURE[at] === "A" ? "B" : "A";
    const text = SIGNATURE.slice(0, at) + other + SIGNATURE.slice(at + 1);
    await assert.rejects(
      verifySignature(PUBLIC, text, FILE),
      (error) => error instanceof SetupError && /^signature_/.test(error.code),
      `character ${at}`,
    );
    refusals++;
  }
  assert.ok(refusals > 200);
});

Deno.test("a signature cut off anywhere is refused", async () => {
  for (let at = 0; at < SIGNATURE.length - 1; at++) {
    await assert.rejects(
      verifySignature(PUBLIC, SIGNATURE.slice(0, at), FILE),
      SetupError,
      `${at}`,
    );
  }
});

Deno.test("another key is named by its id, also one that only claims the same id", async () => {
  const mine = parseSecretKey(await ownKey(1));
  const text = await sign(mine, FILE, "x");
  await assert.rejects(
    verifySignature(PUBLIC, text, FILE),
    refused("signature_invalid", /another key \([0-9A-F]{16}\).*\(28AE4281A937C854\)/),
  );
  const forged = await sign({ ...mine, id: parsePublicKey(PUBLIC).id }, FILE, "x");
  await assert.rejects(
    verifySignature(PUBLIC, forged, FILE),
    refused("signature_invalid", /not valid/),
  );
  await assert.rejects(verifySignature([], text, FILE), refused("signature_invalid", /\(none\)/));
});

Deno.test("while keys are changed either of two is enough", async () => {
  const next = parseSecretKey(await ownKey(2));
  const keys = [PUBLIC, publicKeyOf(next)];
  assert.equal((await verifySignature(keys, SIGNATURE, FILE)).trustedComment, "foo bar");
  const { keyId } = await verifySignature(keys, await sign(next, FILE, "y"), FILE);
  assert.equal(keyId, keyIdText(next.id));
});

Deno.test("a trusted comment cannot be changed, nor taken from another signature", async () => {
  const secret = parseSecretKey(SECRET);
  const old = (await sign(secret, FILE, "rxdx-setup 1.0.0")).split("\n");
  const now = (await sign(secret, new TextEncoder().encode("other"), "rxdx-setup 2.0.0")).split(
    "\n",
  );
  const mixed = [old[0], old[1], now[2], now[3], ""].join("\n");
  await assert.rejects(verifySignature(PUBLIC, mixed, FILE), refused("signature_invalid"));
});

Deno.test("the older kind of signature, over the file itself, is refused by name", async () => {
  await assert.rejects(
    verifySignature(PUBLIC, LEGACY, FILE),
    refused("signature_malformed", /not over the hash/),
  );
});

Deno.test("what is no key and what is no signature is said", () => {
  const keys = [
    "",
    "RW",
    PUBLIC.slice(4),
    `${PUBLIC}\n${PUBLIC}`,
    SECRET,
    "-----BEGIN PUBLIC KEY-----",
  ];
  for (const key of keys) assert.throws(() => parsePublicKey(key), refused("key_malformed"), key);
  const texts = [
    "",
    "x",
    SIGNATURE + "x",
    SIGNATURE.replace("trusted comment: foo", "foo"),
    "<html>",
  ];
  for (const text of texts) {
    assert.throws(() => parseSignature(text), refused("signature_malformed"), text);
  }
});

Deno.test("a secret key with a password, or none at all, cannot sign", () => {
  const bytes = Uint8Array.fromBase64(SECRET.split("\n")[1] ?? "");
  bytes.set([0x53, 0x63], 2);
  assert.throws(() => parseSecretKey(bytes.toBase64()), refused("key_malformed", /password/));
  for (const text of ["", "RWQA", PUBLIC, "????"]) {
    assert.throws(() => parseSecretKey(text), refused("key_malformed"), text);
  }
});
