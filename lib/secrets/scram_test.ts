/** Verifiers against the vectors of RFC 7677, and what cannot be computed is not guessed. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { isPlain, isVerifierOf, scramVerifier } from "./scram.ts";

/** RFC 7677, section 3. */
const SALT = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
const NONCE = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const AUTH_MESSAGE = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,` +
  `i=4096,c=biws,r=${NONCE}`;
const PROOF = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const SERVER_SIGNATURE = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

/** As PostgreSQL itself keeps `pencil` with that salt. */
const PENCIL = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$" +
  "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

Deno.test("the verifier of RFC 7677's example is the one that its exchange proves", () => {
  const verifier = scramVerifier("pencil", SALT);
  assert.equal(verifier, PENCIL);
  const [, stored = "", server = ""] = /\$([^:$]+):([^:]+)$/.exec(verifier) ?? [];
  const hmac = (key: string) =>
    createHmac("sha256", Buffer.from(key, "base64")).update(AUTH_MESSAGE).digest();
  assert.equal(hmac(server).toString("base64"), SERVER_SIGNATURE);
  const clientKey = hmac(stored).map((byte, at) => byte ^ (Buffer.from(PROOF, "base64")[at] ?? 0));
  assert.equal(createHash("sha256").update(clientKey).digest("base64"), stored);
});

Deno.test("a password is told from every other", () => {
  assert.equal(isVerifierOf(PENCIL, "pencil"), true);
  assert.equal(isVerifierOf(PENCIL, "pencil "), false);
  assert.equal(isVerifierOf(PENCIL.replace("qY=", "qZ="), "pencil"), false);
});

Deno.test("what cannot be computed here is not guessed", () => {
  assert.equal(isVerifierOf("md5a8b5f1b4c4b8d5e6f7a8b9c0d1e2f3a4", "pencil"), undefined);
  assert.equal(isVerifierOf("", "pencil"), undefined);
  // SASLprep makes other characters of these.
  assert.equal(isVerifierOf(PENCIL, "penci\u2170"), undefined);
  assert.equal(isVerifierOf(PENCIL, "no\u00a0break"), undefined);
  assert.throws(() => scramVerifier("Größe", SALT), TypeError);
  assert.equal(isPlain(""), false);
});

Deno.test("any plain password is found again under any salt", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary-ascii", minLength: 1 }).filter(isPlain),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.integer({ min: 1, max: 50 }),
      (password, salt, iterations) => {
        const verifier = scramVerifier(password, salt, iterations);
        assert.equal(isVerifierOf(verifier, password), true);
        assert.equal(isVerifierOf(verifier, `${password}x`), false);
      },
    ),
    { numRuns: 200 },
  );
});
