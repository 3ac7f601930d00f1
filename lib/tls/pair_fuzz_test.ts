/**
 * Files as no CA makes them: whatever the bytes, reading and lint come to an end without an exception,
 * every finding is whole, and none of them holds a piece of the key.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Secret } from "../plan/secret.ts";
import {
  bytesOf,
  caIssuers,
  makeCa,
  makeCertificate,
  MUST_STAPLE,
  NOW,
} from "../../tests/support/certificates.ts";
import { HAS_OPENSSL, OpenSsl } from "../../tests/support/openssl_cli.ts";
import { lintPair } from "./lint.ts";
import { readPairInput } from "./pair_input.ts";
import type { Finding, PairFiles, PairLint } from "./pair_types.ts";
import { parseCertificate } from "./parsed_certificate.ts";
import { pemBlocks } from "./pem.ts";
import { keyForm, readKey } from "./private_key.ts";

const root = await makeCa("Root");
const ca = await makeCa("CA", { issuer: root });
const rsaCa = await makeCa("RSA CA", { issuer: root, key: "rsa2048" });
const leaf = await makeCertificate({
  issuer: ca,
  names: ["rxdx.example.com", "*.example.com", "192.0.2.1", "2001:db8::1"],
  more: [MUST_STAPLE, caIssuers("http://ca.example/ca.crt")],
});
const rsa = await makeCertificate({ issuer: rsaCa, key: "rsa2048" });
const edwards = await makeCertificate({ key: "ed25519" });
const MADE = [root, ca, rsaCa, leaf, rsa, edwards];

/** Locked keys, where openssl is there to make them. */
const LOCKED: Uint8Array[] = [];
if (HAS_OPENSSL) {
  await OpenSsl.use(async (openssl) => {
    await openssl.write("key", leaf.keyPem);
    // Few turns of the derivation: it is run for every mutation.
    for (
      const command of [
        "pkcs8 -topk8 -iter 2 -in key -passout pass:secret -out out",
        "pkcs8 -topk8 -iter 2 -outform DER -in key -passout pass:secret -out out",
        "pkcs8 -topk8 -scrypt -scrypt_N 16 -in key -passout pass:secret -out out",
        "ec -aes128 -in key -passout pass:secret -out out",
      ]
    ) {
      await openssl.run(command);
      LOCKED.push(await openssl.bytes("out"));
    }
  });
}

const SEEDS: readonly Uint8Array[] = [
  ...MADE.flatMap(({ pem, der, keyPem, keyDer }) => [bytesOf(pem), der, bytesOf(keyPem), keyDer]),
  bytesOf(leaf.keyPem + leaf.pem + ca.pem + root.pem),
  bytesOf(leaf.pem.replaceAll("\n", "\r\n") + ca.pem),
  ...LOCKED,
];

/** One of the seeds with some of its bytes changed, taken out or doubled, or cut off. */
const mutated = fc.tuple(
  fc.constantFrom(...SEEDS),
  fc.array(fc.tuple(fc.nat(4_000), fc.nat(255), fc.constantFrom("set", "drop", "double", "cut")), {
    maxLength: 6,
  }),
).map(([seed, changes]) => {
  const bytes = [...seed];
  for (const [position, value, change] of changes) {
    const at = position % Math.max(1, bytes.length);
    if (change === "set") bytes[at] = value;
    else if (change === "drop") bytes.splice(at, 1 + value % 8);
    else if (change === "double") bytes.splice(at, 0, ...bytes.slice(at, at + value));
    else if (value < 40) bytes.length = at;
  }
  return Uint8Array.from(bytes);
});

const anyFile = fc.oneof(
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  { weight: 8, arbitrary: mutated },
  {
    weight: 3,
    arbitrary: fc.array(mutated, { minLength: 2, maxLength: 4 }).map((parts) =>
      Uint8Array.from(parts.flatMap((part) => [...part, 0x0a]))
    ),
  },
);

/** Every piece of 12 characters of the keys, as base64 has them. */
const PIECES: ReadonlySet<string> = new Set(
  MADE.flatMap(({ keyPem }) => {
    const base64 = keyPem.replace(/-----.*-----|\s/g, "");
    return Array.from({ length: base64.length - 11 }, (_, at) => base64.slice(at, at + 12));
  }),
);

function holdsKey(text: string): boolean {
  for (let at = 0; at + 12 <= text.length; at++) {
    if (PIECES.has(text.slice(at, at + 12))) return true;
  }
  return false;
}

/** The private numbers themselves, which no certificate holds: P-256 (RFC 5915), Ed25519 (RFC 8410). */
const NUMBERS: readonly string[] = [
  ...[root, ca, leaf].map(({ keyDer }) => keyDer.subarray(36, 68).toHex()),
  edwards.keyDer.subarray(16, 48).toHex(),
];

function judge(files: PairFiles): PairLint {
  const reading = readPairInput(files);
  return lintPair({ ...reading, names: ["rxdx.example.com"], now: NOW, roots: [root.pem] });
}

function assertWhole(finding: Finding): void {
  assert.match(finding.code, /^[a-z][a-z0-9_]*$/);
  assert.ok(["certificate", "key", "chain"].includes(finding.field));
  for (const text of [finding.message, finding.rule, finding.remedy]) {
    // No control character: certificates hold foreign text.
    assert.match(text, /^[^\x00-\x1f\x7f-\x9f]{8,4000}$/u);
  }
}

Deno.test("any three files: a verdict, whole findings, nothing of a key in them", () => {
  fc.assert(
    fc.property(
      anyFile,
      fc.option(anyFile),
      fc.option(anyFile),
      fc.option(fc.constantFrom("secret", "wrong")),
      (certificate, key, issuers, passphrase) => {
        const verdict = judge({
          certificate: { path: "cert.pem", bytes: certificate },
          ...(key === null ? {} : { key: { path: "key.pem", bytes: key } }),
          ...(issuers === null ? {} : { chain: { path: "chain.pem", bytes: issuers } }),
          ...(passphrase === null ? {} : { passphrase: new Secret(passphrase) }),
        });
        const findings = [...verdict.problems, ...verdict.warnings, ...verdict.notes];
        findings.forEach(assertWhole);
        const shown = JSON.stringify({ findings, info: verdict.info });
        assert.ok(!holdsKey(shown), shown);
        assert.ok(!shown.includes("PRIVATE KEY-----\\n"), shown);
        const chain = pemBlocks(verdict.chainPem ?? "").map(({ der }) => der?.toHex()).join(" ");
        assert.ok(!NUMBERS.some((number) => chain.includes(number)), shown);
        // What could be installed has a key or says why not.
        if (verdict.keyPem === undefined) assert.ok(verdict.problems.length > 0);
        if (verdict.chainPem === undefined) assert.ok(verdict.problems.length > 0);
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("a certificate with any bytes changed is read without an exception, or not at all", () => {
  let read = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...MADE.map(({ der }) => der)),
      fc.array(fc.tuple(fc.nat(2_000), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      (der, changes) => {
        const bytes = der.slice();
        for (const [position, value] of changes) bytes[position % bytes.length] = value;
        if (parseCertificate(bytes) !== undefined) read++;
        const form = keyForm(bytes);
        if (form !== undefined) readKey(bytes, "secret");
      },
    ),
    { numRuns: 3_000 },
  );
  assert.ok(read > 300, `${read} were read: nothing is tested when none is`);
});

Deno.test("blocks in any order, with text between them: the same chain and key", () => {
  const blocks = [leaf.keyPem, leaf.pem, ca.pem, root.pem];
  const expected = judge({ certificate: { path: "c", bytes: bytesOf(blocks.join("")) } });
  fc.assert(
    fc.property(
      fc.shuffledSubarray(blocks, { minLength: blocks.length }),
      fc.array(fc.constantFrom("", "\r\n", "# note\n", "Bag Attributes\n  x: 1\n", "\ufeff"), {
        minLength: 5,
        maxLength: 5,
      }),
      fc.nat(4),
      (order, between, split) => {
        const texts = order.map((block, index) => `${between[index]}${block}`);
        const [first, second] = [texts.slice(0, split).join(""), texts.slice(split).join("")];
        const verdict = judge({
          certificate: {
            path: "c",
            bytes: bytesOf(first.includes("CERTIFICATE") ? first : second),
          },
          ...(first.includes("CERTIFICATE") && second !== ""
            ? { chain: { path: "d", bytes: bytesOf(second) } }
            : first === "" || first.includes("CERTIFICATE")
            ? {}
            : { key: { path: "d", bytes: bytesOf(first) } }),
        });
        assert.equal(verdict.chainPem, expected.chainPem);
        assert.equal(verdict.keyPem?.reveal(), expected.keyPem?.reveal());
        assert.deepEqual(verdict.info, expected.info);
        assert.deepEqual(verdict.warnings, expected.warnings);
      },
    ),
    { numRuns: 200 },
  );
  assert.equal(expected.keyPem?.reveal().replace(/\s/g, ""), leaf.keyPem.replace(/\s/g, ""));
});

Deno.test("a megabyte of hostile certificates is judged in a few seconds", async () => {
  // All with one name, each a possible issuer of each.
  const twins = await Promise.all(
    Array.from({ length: 40 }, () => makeCa("Twin", { issuer: root })),
  );
  const last = twins[0];
  assert.ok(last !== undefined);
  const server = await makeCertificate({ issuer: last });
  const many = `${server.pem}${server.keyPem}${twins.map(({ pem }) => pem).join("").repeat(12)}`;
  const hostile = [
    bytesOf(many),
    bytesOf("-----BEGIN CERTIFICATE-----\n".repeat(37_000)),
    bytesOf(leaf.keyPem.repeat(4_000)),
    new Uint8Array(1024 * 1024).fill(0x30),
    Uint8Array.from({ length: 1024 * 1024 }, (_, at) => at % 2 === 0 ? 0x30 : 0x80),
  ];
  const begun = performance.now();
  for (const bytes of hostile) judge({ certificate: { path: "c", bytes } });
  const took = performance.now() - begun;
  // Far above a few seconds: on a busy machine they become many.
  assert.ok(took < 60_000, `${took} ms`);
});
