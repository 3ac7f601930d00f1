/** Chains in any order and with anything missing; the lint's lines say what is told of them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  caIssuers,
  inDays,
  type Made,
  makeCa,
  makeCertificate,
  NOW,
} from "../../tests/support/certificates.ts";
import { buildChain, chooseLeaf, readRoots } from "./chain.ts";
import { issuedBy } from "./issued_by.ts";
import { parseCertificate, type ParsedCertificate } from "./parsed_certificate.ts";

function parsed(made: Made): ParsedCertificate {
  const certificate = parseCertificate(made.der);
  assert.ok(certificate !== undefined);
  return certificate;
}

const root = await makeCa("Root");
const upper = await makeCa("Upper", { issuer: root });
const lower = await makeCa("Lower", { issuer: upper });
const leaf = await makeCertificate({
  issuer: lower,
  more: [caIssuers("ldap:///cn=Lower", "http://ca.example/\u001b[31m.crt", "https://ca.example/")],
});
const [ROOT, UPPER, LOWER, LEAF] = [root, upper, lower, leaf].map(parsed) as [
  ParsedCertificate,
  ParsedCertificate,
  ParsedCertificate,
  ParsedCertificate,
];
const OTHER_ROOT = parsed(await makeCa("Other Root"));
const names = (certificates: readonly ParsedCertificate[]) =>
  certificates.map(({ subject }) => subject.short);

Deno.test("whatever the order, the chain is the same", () => {
  fc.assert(fc.property(
    fc.shuffledSubarray([LEAF, LOWER, UPPER, ROOT], { minLength: 4 }),
    fc.boolean(),
    (given, isTrusted) => {
      const chosen = chooseLeaf(given, LEAF.spki, NOW);
      assert.equal(chosen, LEAF);
      assert.equal(chooseLeaf(given, undefined, NOW), LEAF);
      const chain = buildChain(LEAF, given, isTrusted ? [ROOT] : [], NOW);
      assert.deepEqual(names(chain.intermediates), ["Lower", "Upper"]);
      assert.equal(chain.trust, isTrusted ? "trusted" : "private");
      assert.equal(chain.root, ROOT);
      assert.equal(chain.anchor, isTrusted ? ROOT : undefined);
      const order = given.filter((each) => each !== ROOT);
      assert.equal(chain.reordered, names(order).join() !== "rxdx.example.com,Lower,Upper");
    },
  ));
});

Deno.test("any part of it: what is kept goes on from the leaf, the rest is told", () => {
  fc.assert(fc.property(
    fc.shuffledSubarray([LOWER, UPPER, ROOT]),
    (given) => {
      const chain = buildChain(LEAF, [LEAF, ...given], [ROOT], NOW);
      const hasLower = given.includes(LOWER);
      const hasUpper = given.includes(UPPER);
      assert.deepEqual(
        names(chain.intermediates),
        hasLower ? hasUpper ? ["Lower", "Upper"] : ["Lower"] : [],
      );
      assert.equal(chain.trust, hasLower && hasUpper ? "trusted" : "unknown_issuer");
      assert.equal(
        chain.intermediates.length + chain.unrelated.length + (chain.root === undefined ? 0 : 1),
        given.length,
      );
      assert.equal(
        chain.missing?.of.subject.short,
        hasLower ? hasUpper ? undefined : "Lower" : "rxdx.example.com",
      );
    },
  ));
});

Deno.test("addresses of a missing issuer: of the web alone, fit for a terminal", () => {
  const { missing } = buildChain(LEAF, [LEAF], [ROOT], NOW);
  assert.deepEqual(missing?.urls, ["http://ca.example/.crt", "https://ca.example/"]);
  assert.equal(missing?.publicly, false);
});

Deno.test("two CAs that have signed each other end nowhere, and end", async () => {
  const one = await makeCa("One");
  const two = await makeCa("Two", { issuer: one });
  const crossed = await makeCa("One", { issuer: two, sameKeyAs: one });
  const server = parsed(await makeCertificate({ issuer: two }));
  const given = [server, parsed(two), parsed(crossed)];
  const chain = buildChain(server, given, [], NOW);
  assert.deepEqual(names(chain.intermediates), ["Two", "One"]);
  assert.equal(chain.trust, "unknown_issuer");
});

Deno.test("a name alone makes no issuer: the signature has to be its", async () => {
  const impostor = parsed(await makeCa("Lower"));
  assert.equal(issuedBy(LEAF, impostor), false);
  assert.equal(issuedBy(LEAF, LOWER), true);
  assert.equal(issuedBy(LOWER, LEAF), false);
  const chain = buildChain(LEAF, [LEAF, impostor], [impostor], NOW);
  assert.deepEqual([chain.trust, names(chain.unrelated)], ["unknown_issuer", ["Lower"]]);
});

Deno.test("a root of the same name and key is the same root, whichever copy of it", async () => {
  const renewed = parsed(await makeCa("Root", { sameKeyAs: root, from: -500 }));
  const chain = buildChain(LEAF, [LEAF, LOWER, UPPER, renewed], [ROOT], NOW);
  assert.equal(chain.trust, "trusted");
  assert.equal(chain.root, renewed);
});

Deno.test("of two certificates with one key a valid one, then the one that lives longest", async () => {
  const first = await makeCertificate({ issuer: lower, to: 20 });
  const later = await makeCertificate({ issuer: lower, to: 200, sameKeyAs: first });
  const future = await makeCertificate({ issuer: lower, from: 5, to: 900, sameKeyAs: first });
  const all = [future, first, later].map(parsed);
  const chosen = chooseLeaf(all, all[0]?.spki, NOW);
  assert.deepEqual(chosen?.notAfter, inDays(200));
  assert.equal(chooseLeaf([], undefined, NOW), undefined);
});

Deno.test("without a key the server's is the one that is no CA", () => {
  const stranger = OTHER_ROOT;
  assert.equal(chooseLeaf([stranger, LEAF], undefined, NOW), LEAF);
  assert.equal(chooseLeaf([LEAF, stranger], undefined, NOW), LEAF);
  assert.equal(chooseLeaf([UPPER, LOWER], undefined, NOW), LOWER);
  assert.equal(chooseLeaf([stranger], LEAF.spki, NOW), stranger);
});

Deno.test("a chain is not followed for ever", async () => {
  const cas = [root];
  for (let depth = 0; depth < 14; depth++) {
    cas.push(await makeCa(`CA ${depth}`, { issuer: cas.at(-1) ?? root }));
  }
  const server = await makeCertificate({ issuer: cas.at(-1) ?? root });
  const chain = buildChain(parsed(server), [server, ...cas].map(parsed), [ROOT], NOW);
  assert.equal(chain.intermediates.length, 9);
  assert.equal(chain.trust, "unknown_issuer");
});

Deno.test("what is no certificate is passed over among the roots", () => {
  const text = `junk\n${root.pem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`;
  assert.deepEqual(names(readRoots(["", text, upper.pem])), ["Root", "Upper"]);
});
