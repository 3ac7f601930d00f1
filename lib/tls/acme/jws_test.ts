/** Signatures as an authority checks them, with node's own verification. */
import assert from "node:assert/strict";
import { createHash, createHmac, createPublicKey, verify } from "node:crypto";
import { Buffer } from "node:buffer";
import { newKey, Signer } from "./jws.ts";

const decoded = (text: string) => JSON.parse(Buffer.from(text, "base64url").toString());

Deno.test("a signed request carries what RFC 8555 asks for, and the signature holds", async () => {
  const signer = await Signer.of(await newKey());
  const url = "https://ca.example/new-order";
  const jws = await signer.sign({ url, nonce: "n1", payload: { a: 1 }, account: "https://ca/1" });
  assert.deepEqual(decoded(jws.protected), { alg: "ES256", nonce: "n1", url, kid: "https://ca/1" });
  assert.deepEqual(decoded(jws.payload), { a: 1 });
  const key = createPublicKey({ key: signer.jwk as never, format: "jwk" });
  const check = (payload: string) =>
    verify(
      "sha256",
      Buffer.from(`${jws.protected}.${payload}`),
      { key, dsaEncoding: "ieee-p1363" },
      Buffer.from(jws.signature, "base64url"),
    );
  assert.equal(check(jws.payload), true);
  assert.equal(check("e30"), false);
});

Deno.test("without an account the key itself is named; POST-as-GET has an empty payload", async () => {
  const signer = await Signer.of(await newKey());
  const jws = await signer.sign({ url: "https://ca/x", nonce: "n", payload: undefined });
  assert.equal(jws.payload, "");
  assert.deepEqual(decoded(jws.protected).jwk, signer.jwk);
  assert.deepEqual(Object.keys(signer.jwk), ["crv", "kty", "x", "y"], "the order of RFC 7638");
  const digest = createHash("sha256").update(JSON.stringify(signer.jwk)).digest("base64url");
  assert.equal(await signer.thumbprint(), digest);
});

Deno.test("the binding is a HMAC over the key, with the CA's key in either alphabet", async () => {
  const signer = await Signer.of(await newKey());
  const raw = Buffer.from(Array.from({ length: 48 }, (_, index) => (index * 37 + 251) & 0xff));
  for (const key of [raw.toString("base64url"), raw.toString("base64")]) {
    const jws = await signer.binding({ url: "https://ca/acct", kid: "kid-1", key });
    assert.deepEqual(decoded(jws.protected), {
      alg: "HS256",
      kid: "kid-1",
      url: "https://ca/acct",
    });
    assert.deepEqual(decoded(jws.payload), signer.jwk);
    const expected = createHmac("sha256", raw).update(`${jws.protected}.${jws.payload}`);
    assert.equal(jws.signature, expected.digest("base64url"));
  }
  await assert.rejects(signer.binding({ url: "u", kid: "k", key: "no base64!" }));
});
