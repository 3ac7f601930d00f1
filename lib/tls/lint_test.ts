/** What the lint says of certificates, one kind of trouble a line, each with its exact findings. */
import assert from "node:assert/strict";
import {
  bytesOf,
  caIssuers,
  ExtendedKeyUsage,
  extension,
  inDays,
  KeyUsageFlags,
  type Made,
  makeCa,
  makeCertificate,
  type MakeOptions,
  MUST_STAPLE,
  NOW,
  PUBLIC_POLICY,
} from "../../tests/support/certificates.ts";
import { lintPair } from "./lint.ts";
import { readPairInput } from "./pair_input.ts";
import type { PairLint } from "./pair_types.ts";

// One world for all lines: making a key takes a moment.
const ROOT = await makeCa("Test Root", { subject: "CN=Test Root, O=Test Trust" });
const UPPER = await makeCa("Test Upper", { issuer: ROOT });
const LOWER = await makeCa("Test Lower", { issuer: UPPER });
const OTHER = await makeCertificate({ name: "other.example.com" });
const PRIVATE = await makeCa("Private Root");

/** Signed its own certificate with SHA-1, long ago. */
const OLD_ROOT = await makeCa("Old Root", { key: "rsa-sha1" });

/** The same key, which signs with SHA-256 today. */
async function withSha256(made: Made): Promise<Made> {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const der = new Uint8Array(made.keyDer);
  const privateKey = await crypto.subtle.importKey("pkcs8", der, algorithm, true, ["sign"]);
  return { ...made, kind: "rsa2048", keys: { ...made.keys, privateKey } };
}

const leafOf = (options: MakeOptions = {}) => makeCertificate({ issuer: LOWER, ...options });
const LEAF = await leafOf();
const STRANGERS = await Promise.all(
  Array.from({ length: 7 }, (_, index) => makeCertificate({ name: `s${index}` })),
);

interface Line {
  readonly title: string;
  readonly leaf?: Made | Promise<Made>;
  /** In the file of the certificate, behind it; the two intermediates where nothing is said. */
  readonly behind?: readonly (Made | Promise<Made>)[];
  /** Before it. */
  readonly before?: readonly (Made | Promise<Made>)[];
  readonly key?: Made | Promise<Made> | "none";
  readonly names?: readonly string[];
  readonly roots?: readonly Made[];
  readonly problems?: readonly string[];
  readonly warnings?: readonly string[];
  readonly notes?: readonly string[];
  /** Something that has to be among the words. */
  readonly says?: RegExp;
  /** Common names of the chain that comes out. */
  readonly chain?: readonly string[];
}

async function judge(line: Line): Promise<PairLint> {
  const leaf = await (line.leaf ?? LEAF);
  const all = await Promise.all([
    ...(line.before ?? []),
    leaf,
    ...(line.behind ?? [LOWER, UPPER]),
  ]);
  const key = line.key === "none" ? undefined : await (line.key ?? leaf);
  const reading = readPairInput({
    certificate: { path: "cert.pem", bytes: bytesOf(all.map(({ pem }) => pem).join("")) },
    ...(key === undefined ? {} : { key: { path: "key.pem", bytes: bytesOf(key.keyPem) } }),
  });
  return lintPair({
    ...reading,
    names: line.names ?? ["rxdx.example.com"],
    now: NOW,
    roots: (line.roots ?? [ROOT]).map(({ pem }) => pem),
  });
}

const { clientAuth, serverAuth } = ExtendedKeyUsage;
const { digitalSignature, keyAgreement, keyEncipherment } = KeyUsageFlags;

const LINES: readonly Line[] = [
  { title: "a good one", chain: ["rxdx.example.com", "Test Lower", "Test Upper"] },
  { title: "a good one on P-384", leaf: leafOf({ key: "p384" }) },
  { title: "a good one with RSA 2048", leaf: leafOf({ key: "rsa2048" }) },
  {
    title: "no usage is restricted",
    leaf: leafOf({ usage: undefined, purposes: [], ca: undefined }),
  },
  {
    title: "client authentication beside the server's",
    leaf: leafOf({ purposes: [clientAuth, serverAuth] }),
  },

  // Key and certificate.
  { title: "another key", key: OTHER, problems: ["key_mismatch"], says: /does not belong/ },
  {
    title: "the key of an intermediate",
    key: LOWER,
    problems: ["key_mismatch"],
    says: /is that of "Test Lower", which has issued others/,
  },
  {
    title: "no key",
    key: "none",
    problems: ["no_key"],
    chain: ["rxdx.example.com", "Test Lower", "Test Upper"],
  },

  // Time.
  {
    title: "expired",
    leaf: leafOf({ from: -100, to: -1 }),
    problems: ["expired"],
    says: /2026-03-13 10:15 UTC/,
  },
  {
    title: "begins in ten days",
    leaf: leafOf({ from: 10 }),
    problems: ["not_yet_valid"],
    says: /Import it after 2026-03-24/,
  },
  {
    title: "begins tomorrow: a clock is wrong",
    leaf: leafOf({ from: 1 }),
    problems: ["not_yet_valid"],
    says: /this machine's clock or the CA's/,
  },
  {
    title: "ends in 13 days",
    leaf: leafOf({ to: 13.5 }),
    warnings: ["ends_soon"],
    says: /in 13 days/,
  },
  {
    title: "ends tomorrow",
    leaf: leafOf({ to: 1.5 }),
    warnings: ["ends_soon"],
    says: /2026-03-15 22:15 UTC, in 1 day\./,
  },
  { title: "ends in 14 days", leaf: leafOf({ to: 14 }) },
  { title: "398 days long", leaf: leafOf({ from: -1, to: 397 }) },
  {
    title: "longer than that",
    leaf: leafOf({ from: -1, to: 397.1 }),
    warnings: ["lifetime_long"],
    says: /more than 398 days of a public CA\. Ask/,
  },
  {
    title: "longer than that, public, without its intermediate",
    leaf: leafOf({ to: 500, more: [PUBLIC_POLICY] }),
    behind: [],
    problems: ["intermediate_missing"],
    warnings: ["lifetime_long"],
    says: /made for 501 days\. .* of a public CA\. Ask/,
  },

  // Names.
  {
    title: "a common name only",
    leaf: leafOf({ name: "rxdx.example.com", names: [] }),
    problems: ["no_alternative_names"],
    says: /common name is "rxdx\.example\.com"/,
  },
  {
    title: "two of three names are not served",
    names: ["a.example.com", "rxdx.example.com", "b.example.com", "A.example.com."],
    problems: ["name_not_covered", "name_not_covered"],
    says: /does not serve b\.example\.com; it serves rxdx\.example\.com/,
  },
  { title: "a wildcard for one label", leaf: leafOf({ names: ["*.example.com"] }) },
  {
    title: "a wildcard is not for the name itself",
    leaf: leafOf({ names: ["*.rxdx.example.com"] }),
    problems: ["name_not_covered"],
    says: /for names below it, not for itself/,
  },
  {
    title: "a wildcard is not for two labels",
    leaf: leafOf({ names: ["*.com.example", "*.example.com"] }),
    names: ["a.b.example.com"],
    problems: ["name_not_covered"],
    says: /\*\.example\.com is for one label/,
  },
  {
    title: "a wildcard for a whole top level",
    leaf: leafOf({ names: ["*.com"] }),
    names: ["example.com"],
    problems: ["name_not_covered"],
    says: /Browsers refuse \*\.com/,
  },
  {
    title: "a wildcard within a label",
    leaf: leafOf({ names: ["r*.example.com"] }),
    problems: ["name_not_covered"],
    says: /a part of a label/,
  },
  {
    title: "addresses, however they are written",
    leaf: leafOf({ names: ["192.0.2.10", "2001:db8::1"] }),
    names: ["192.0.2.10", "2001:0DB8:0::0001", "[2001:db8::1]"],
  },
  {
    title: "another address",
    leaf: leafOf({ names: ["192.0.2.10"] }),
    names: ["192.0.2.11"],
    problems: ["name_not_covered"],
    says: /one of type IP/,
  },
  {
    title: "an address as a DNS name",
    leaf: leafOf({ names: ["rxdx.example.com", "dns:192.0.2.10"] }),
    names: ["rxdx.example.com", "192.0.2.10"],
    problems: ["name_not_covered"],
    says: /holds the address as a DNS name/,
  },
  {
    title: "of many names eight are shown",
    leaf: leafOf({ names: Array.from({ length: 11 }, (_, index) => `n${index}.example.com`) }),
    problems: ["name_not_covered"],
    says: /n7\.example\.com and 3 more\. /,
  },
  {
    title: "of eight names eight are shown",
    leaf: leafOf({ names: Array.from({ length: 8 }, (_, index) => `n${index}.example.com`) }),
    problems: ["name_not_covered"],
    says: /serves n0\.[^;]*n7\.example\.com\. /,
  },
  {
    title: "an umlaut, in punycode in the certificate",
    leaf: leafOf({ names: ["xn--bcher-kva.example"] }),
    names: ["Bücher.example"],
  },
  { title: "a dot at the end of the name asked for", names: ["rxdx.example.com."] },
  {
    title: "a dot at the end of the certificate's name",
    leaf: leafOf({ names: ["rxdx.example.com."] }),
    problems: ["name_not_covered"],
    says: /ends in a dot/,
  },
  {
    title: "the same name twice",
    leaf: leafOf({ names: ["rxdx.example.com", "RXDX.example.com"] }),
    notes: ["names_repeated"],
  },

  // Strength.
  { title: "RSA 1024", leaf: leafOf({ key: "rsa1024" }), problems: ["rsa_key_short"] },
  {
    title: "RSA with exponent 3",
    leaf: leafOf({ key: "rsa-exponent-3" }),
    warnings: ["rsa_exponent_small"],
  },
  { title: "Ed25519", leaf: leafOf({ key: "ed25519" }), problems: ["key_type"], says: /Ed25519/ },
  {
    title: "signed with SHA-1",
    leaf: makeCa("Old CA", { issuer: ROOT, key: "rsa-sha1" }).then((issuer) =>
      makeCertificate({ issuer })
    ),
    behind: [],
    problems: ["signature_weak"],
    warnings: ["private_ca"],
    says: /sha1WithRSAEncryption/,
  },

  // Usage.
  { title: "a CA as server", leaf: leafOf({ ca: true }), warnings: ["leaf_is_ca"] },
  {
    title: "for clients alone",
    leaf: leafOf({ purposes: [clientAuth] }),
    problems: ["not_for_servers"],
  },
  {
    title: "ECDSA that may not sign",
    leaf: leafOf({ usage: keyAgreement }),
    problems: ["key_usage"],
    says: /no digitalSignature, but keyAgreement/,
  },
  {
    title: "RSA that may not sign",
    leaf: leafOf({ key: "rsa2048", usage: keyEncipherment }),
    problems: ["key_usage"],
  },
  {
    title: "RSA that may do both",
    leaf: leafOf({ key: "rsa2048", usage: digitalSignature | keyEncipherment }),
  },
  { title: "must-staple", leaf: leafOf({ more: [MUST_STAPLE] }), problems: ["must_staple"] },
  {
    title: "a precertificate",
    leaf: leafOf({ more: [extension("1.3.6.1.4.1.11129.2.4.3", [5, 0], true)] }),
    problems: ["precertificate"],
  },
  {
    title: "an unknown critical extension",
    leaf: leafOf({ more: [extension("1.2.3.4.5", [5, 0], true)] }),
    problems: ["critical_extension"],
    says: /1\.2\.3\.4\.5/,
  },
  {
    title: "an unknown extension that is not critical",
    leaf: leafOf({ more: [extension("1.2.3.4.5", [5, 0])] }),
  },

  // The chain.
  {
    title: "upside down",
    before: [UPPER, LOWER],
    behind: [],
    notes: ["chain_order"],
    chain: ["rxdx.example.com", "Test Lower", "Test Upper"],
  },
  {
    title: "with its root",
    behind: [LOWER, UPPER, ROOT],
    notes: ["root_included"],
    chain: ["rxdx.example.com", "Test Lower", "Test Upper"],
  },
  {
    title: "with something else, and twice",
    behind: [LOWER, OTHER, UPPER, LOWER],
    notes: ["certificate_repeated", "unrelated_certificate"],
    says: /^1 certificate was given .*[^]*no part of the chain: "other\.example\.com"\. /,
    chain: ["rxdx.example.com", "Test Lower", "Test Upper"],
  },
  {
    title: "with seven others, and everything three times",
    behind: [...Array(3).fill([LOWER, UPPER, ...STRANGERS]).flat(), LEAF],
    notes: ["certificate_repeated", "unrelated_certificate"],
    says: /^19 certificates were given .*[^]*"s0", "s1", "s2", "s3", "s4" and 2 more\. /,
  },
  {
    title: "a public one without its intermediate",
    leaf: leafOf({ more: [PUBLIC_POLICY, caIssuers("http://ca.example/lower.crt")] }),
    behind: [],
    problems: ["intermediate_missing"],
    says: /"Test Lower" is missing, .* It is at http:\/\/ca\.example\/lower\.crt/,
  },
  {
    title: "the upper intermediate is missing",
    leaf: leafOf({ more: [PUBLIC_POLICY] }),
    behind: [LOWER],
    problems: ["intermediate_missing"],
    says: /"Test Upper" is missing, which has issued "Test Lower"/,
    chain: ["rxdx.example.com", "Test Lower"],
  },
  {
    title: "logged in public, without its intermediate",
    leaf: leafOf({ more: [extension("1.3.6.1.4.1.11129.2.4.2", [4, 2, 0, 0])] }),
    behind: [],
    problems: ["intermediate_missing"],
    says: /Get the certificate of "Test Lower" from the CA/,
  },
  {
    title: "an issuer of the same organisation as a trusted root",
    leaf: makeCa("x", { issuer: ROOT, subject: "CN=Issuing, O=Test Trust" }).then((issuer) =>
      makeCertificate({ issuer })
    ),
    behind: [],
    roots: [PRIVATE, ROOT],
    problems: ["intermediate_missing"],
  },
  {
    title: "a private CA that nobody knows",
    leaf: makeCertificate({ issuer: PRIVATE }),
    behind: [],
    warnings: ["private_ca"],
    says: /issued by "Private Root", which is no trusted root/,
  },
  {
    title: "a private CA with its root",
    leaf: makeCertificate({ issuer: PRIVATE }),
    behind: [PRIVATE],
    warnings: ["private_ca"],
    notes: ["root_included"],
    says: /ends at "Private Root", the root of a private CA/,
    chain: ["rxdx.example.com"],
  },
  {
    title: "a private CA whose root is trusted here",
    leaf: makeCertificate({ issuer: PRIVATE }),
    behind: [],
    roots: [ROOT, PRIVATE],
  },
  { title: "self-signed", leaf: makeCertificate(), behind: [], warnings: ["self_signed"] },
  {
    title: "self-signed, CA, ten years",
    leaf: makeCertificate({ ca: true, to: 3_650 }),
    behind: [],
    warnings: ["self_signed", "lifetime_long", "leaf_is_ca"],
    says: /Apple's devices more than 825/,
  },
  {
    title: "self-signed with SHA-1: nobody relies on that",
    leaf: makeCertificate({ key: "rsa-sha1" }),
    behind: [],
    warnings: ["self_signed"],
  },
  {
    title: "below a root with SHA-1: nobody looks at that either",
    leaf: makeCertificate({ issuer: await withSha256(OLD_ROOT) }),
    behind: [OLD_ROOT],
    roots: [OLD_ROOT],
    notes: ["root_included"],
  },
  ...await (async (): Promise<Line[]> => {
    const expired = await makeCa("Old Lower", { issuer: ROOT, from: -400, to: -3 });
    const future = await makeCa("New Lower", { issuer: ROOT, from: 5 });
    const noCa = await makeCertificate({ issuer: ROOT, name: "No CA", names: [] });
    const mute = await makeCa("Mute", { issuer: ROOT, usage: KeyUsageFlags.cRLSign });
    const weak = await makeCa("Weak", {
      issuer: await makeCa("SHA-1 Root", { key: "rsa-sha1" }),
      key: "rsa1024",
    });
    return [
      {
        title: "an expired intermediate",
        leaf: makeCertificate({ issuer: expired }),
        behind: [expired],
        problems: ["intermediate_expired"],
      },
      {
        title: "an intermediate of tomorrow",
        leaf: makeCertificate({ issuer: future }),
        behind: [future],
        problems: ["intermediate_not_yet_valid"],
      },
      {
        title: "a server as intermediate",
        leaf: makeCertificate({ issuer: noCa }),
        behind: [noCa],
        problems: ["intermediate_not_ca"],
      },
      {
        title: "a CA as intermediate that may sign no certificates",
        leaf: makeCertificate({ issuer: mute }),
        behind: [mute],
        problems: ["intermediate_not_ca"],
      },
      {
        title: "a weak intermediate",
        leaf: makeCertificate({ issuer: weak }),
        behind: [weak],
        problems: ["intermediate_rsa_key_short", "intermediate_signature_weak"],
        warnings: ["private_ca"],
      },
    ];
  })(),
  ...await (async (): Promise<Line[]> => {
    const old = await leafOf({ from: -80, to: 5 });
    const renewed = await leafOf({ sameKeyAs: old });
    // One key, two issuers, as a new root begins: signed by an old one until it is known.
    const old2 = await makeCa("Older Root");
    const newRoot = await makeCa("New Root");
    const cross = await makeCa("New Root", { issuer: old2, sameKeyAs: newRoot });
    const lapsed = await makeCa("New Root", { issuer: old2, sameKeyAs: newRoot, from: -9, to: -1 });
    const leaf = await makeCertificate({ issuer: newRoot });
    return [
      {
        title: "renewed with the same key: the newer one counts",
        leaf: renewed,
        before: [old],
        notes: ["unrelated_certificate"],
      },
      {
        title: "a cross-signed root is kept for older clients",
        leaf,
        behind: [newRoot, cross],
        roots: [newRoot],
        notes: ["unrelated_certificate"],
        chain: ["rxdx.example.com", "New Root"],
      },
      {
        title: "a cross-signed root that has lapsed is left out",
        leaf,
        behind: [lapsed, newRoot],
        roots: [newRoot],
        notes: ["root_included", "unrelated_certificate"],
        chain: ["rxdx.example.com"],
      },
    ];
  })(),
  {
    title: "much at once",
    leaf: makeCertificate({
      issuer: PRIVATE,
      key: "rsa1024",
      from: -900,
      to: -1,
      names: [],
      purposes: [clientAuth],
      usage: keyEncipherment,
      ca: true,
      more: [MUST_STAPLE],
    }),
    key: OTHER,
    behind: [UPPER, LOWER],
    problems: [
      "key_mismatch",
      "expired",
      "no_alternative_names",
      "not_for_servers",
      "key_usage",
      "must_staple",
      "rsa_key_short",
    ],
    warnings: ["private_ca", "lifetime_long", "leaf_is_ca"],
    notes: ["unrelated_certificate"],
  },
];

for (const line of LINES) {
  Deno.test(`lint: ${line.title}`, async () => {
    const verdict = await judge(line);
    const codes = (findings: PairLint["problems"]) => findings.map(({ code }) => code);
    assert.deepEqual(
      {
        problems: codes(verdict.problems),
        warnings: codes(verdict.warnings),
        notes: codes(verdict.notes),
      },
      {
        problems: line.problems ?? [],
        warnings: line.warnings ?? [],
        notes: line.notes ?? [],
      },
    );
    const all = [...verdict.problems, ...verdict.warnings, ...verdict.notes];
    for (const { code, message, rule, remedy } of all) {
      assert.match(code, /^[a-z][a-z0-9_]*$/);
      for (const text of [message, rule, remedy]) assert.match(text, /^[^\n]{8,}$/);
    }
    if (line.says !== undefined) assert.match(all.map(wordsOf).join("\n"), line.says);
    if (line.chain !== undefined) assert.deepEqual(namesIn(verdict), line.chain);
  });
}

function wordsOf({ message, rule, remedy }: PairLint["problems"][number]): string {
  return `${message} ${rule} ${remedy}`;
}

/** Common names of the certificates of the chain that came out. */
function namesIn({ chainPem, info }: PairLint): readonly string[] {
  const count = (chainPem?.match(/-----BEGIN CERTIFICATE-----/g) ?? []).length;
  const names = info === undefined ? [] : [info.subject, ...info.intermediates];
  assert.equal(count, names.length);
  return names.map((name) => /CN=([^,]+)/.exec(name)?.[1] ?? name);
}

Deno.test("there is a line for every kind of trouble", () => {
  assert.ok(LINES.length >= 40, `${LINES.length} lines`);
  assert.equal(new Set(LINES.map(({ title }) => title)).size, LINES.length);
});

Deno.test("what is worth showing is told, and key and chain come as they are installed", async () => {
  const { info, chainPem, keyPem } = await judge({ title: "" });
  assert.ok(info !== undefined);
  assert.deepEqual({ ...info, fingerprint: "" }, {
    subject: "CN=rxdx.example.com",
    issuer: "CN=Test Lower",
    names: ["rxdx.example.com"],
    notBefore: inDays(-1),
    notAfter: inDays(89),
    fingerprint: "",
    keyType: "ECDSA P-256",
    signature: "ecdsa-with-SHA256",
    trust: "trusted",
    intermediates: ["CN=Test Lower", "CN=Test Upper"],
  });
  assert.match(info.fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  assert.equal(
    chainPem?.replace(/\s/g, ""),
    [LEAF, LOWER, UPPER].map(({ pem }) => pem).join("").replace(/\s/g, ""),
  );
  assert.equal(keyPem?.reveal().replace(/\s/g, ""), LEAF.keyPem.replace(/\s/g, ""));
});

Deno.test("the verdict as JSON shows no key", async () => {
  const text = JSON.stringify(await judge({ title: "", key: OTHER }));
  assert.ok(!text.includes("PRIVATE KEY-----"));
  assert.match(text, /"keyPem":"\*+"/);
});
