/** Estimates against passwords whose worth is known. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { HOPELESS_BITS, strengthOf } from "./strength.ts";

const OWN = ["rxdx", "quality.acme.example", "anna.muster@acme.example"];

/** Refused when they are brought. */
const HOPELESS = [
  "",
  "changeme",
  "changemechangeme",
  "CHANGE_ME",
  "password",
  "P@ssw0rd",
  "Passw0rd1234",
  "postgres",
  "postgrespostgres",
  "admin12345678",
  "aaaaaaaaaaaaaaaaaaaaaaaa",
  "abababababababababab",
  "123456789012",
  "qwertyuiop12",
  "1qaz2wsx3edc",
  "abcdefghijklmnop",
  "zyxwvutsrqponmlk",
  "rxdxrxdxrxdx",
  "acme-example",
  "annamuster2024",
  "secretsecret",
  "000000000000",
  "            ",
];
const WEAK = ["Summer2024!!", "tr0ub4dor&3", "hunter2hunter2", "rxdx-prod-2026", "Zebra#77"];
const FAIR = ["kX9#mQ2$vB", "mfjwqzkxobtr", "brave otter 97 lanterns"];
const STRONG = [
  "0f3c9a1b7e5d2468ac13579bdf02468e",
  "N5xQ-r8_Tz1uVwY2bKdGhJmPaLcEfSoI",
  "violin-otter-cupboard-tram-mosaic",
  "Größe#✓-κωδ-密码-7x",
];

for (const text of HOPELESS) {
  Deno.test(`hopeless: ${JSON.stringify(text)}`, () => {
    const { bits, verdict } = strengthOf(text, OWN);
    assert.ok(bits < HOPELESS_BITS, `${bits} bits`);
    assert.equal(verdict, "weak");
  });
}
for (const [verdict, texts] of Object.entries({ weak: WEAK, fair: FAIR, strong: STRONG })) {
  for (const text of texts) {
    Deno.test(`${verdict}: ${text}`, () => {
      const strength = strengthOf(text, OWN);
      assert.equal(strength.verdict, verdict, `${strength.bits} bits`);
      assert.equal(strength.advice === undefined, verdict === "strong");
    });
  }
}

Deno.test("a generated password is strong, whichever it is (2,000 runs)", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      fc.pre(new Set(bytes).size > 20);
      const text = btoa(String.fromCharCode(...bytes));
      assert.equal(strengthOf(text).verdict, "strong", text);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("any text has an estimate: finite, not negative, quickly (2,000 runs)", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      const { bits } = strengthOf(text, OWN);
      assert.ok(Number.isFinite(bits) && bits >= 0);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a longer one is not weaker, as long as it adds something new", () => {
  const text = "k7#Qz!mW4@xR9$pL2%vT";
  for (let length = 2; length <= text.length; length++) {
    assert.ok(
      strengthOf(text.slice(0, length)).bits >= strengthOf(text.slice(0, length - 1)).bits,
    );
  }
});
