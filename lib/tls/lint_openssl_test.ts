/**
 * The lint on what only OpenSSL makes: rare curves, DSA, MD5, RSASSA-PSS. And the other way round:
 * OpenSSL's own verdict over the chains that the lint puts together.
 */
import assert from "node:assert/strict";
import { theHost } from "../host/real.ts";
import { HAS_OPENSSL, OpenSsl } from "../../tests/support/openssl_cli.ts";
import { readRoots } from "./chain.ts";
import { isSelfSigned } from "./issued_by.ts";
import { lintPair } from "./lint.ts";
import { readPairInput } from "./pair_input.ts";
import type { PairLint } from "./pair_types.ts";

const SUBJECT = "/CN=rxdx.example.com";
const NAMES = "subjectAltName=DNS:rxdx.example.com";
const EC = (curve: string) => `-algorithm ec -pkeyopt ec_paramgen_curve:${curve}`;

/** A self-signed root and, by it, a certificate; each with a key by `genpkey`. */
async function chainOf(
  openssl: OpenSsl,
  options: { leaf: string; root?: string; sign?: string },
): Promise<PairLint> {
  const { leaf, root = EC("P-256"), sign = "-sha256" } = options;
  for (const [name, how] of [["root", root], ["leaf", leaf]] as const) {
    if (how === "dsa") {
      await openssl.run("genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out p");
      await openssl.run(`genpkey -paramfile p -out ${name}.key`);
    } else {
      await openssl.run(`genpkey ${how} -out ${name}.key`);
    }
  }
  await openssl.run(`req -x509 -new -key root.key -subj /CN=Root -days 30 -out root.pem ${sign}`);
  await openssl.run(`req -new -key leaf.key -subj ${SUBJECT} -out leaf.csr`);
  await openssl.write("leaf.ext", `${NAMES}\nauthorityKeyIdentifier=keyid\n`);
  await openssl.run(
    `x509 -req -in leaf.csr -CA root.pem -CAkey root.key -set_serial 7 -days 30 ` +
      `-extfile leaf.ext -out leaf.pem ${sign}`,
  );
  const reading = readPairInput({
    certificate: { path: "leaf.pem", bytes: await openssl.bytes("leaf.pem") },
    key: { path: "leaf.key", bytes: await openssl.bytes("leaf.key") },
  });
  return lintPair({
    ...reading,
    names: ["rxdx.example.com"],
    now: new Date(),
    roots: [await openssl.text("root.pem")],
  });
}

const LINES: readonly {
  title: string;
  leaf?: string;
  root?: string;
  sign?: string;
  problems?: readonly string[];
  warnings?: readonly string[];
  says?: RegExp;
}[] = [
  { title: "P-521: Chrome cannot", leaf: EC("P-521"), warnings: ["curve_p521"] },
  { title: "P-224", leaf: EC("P-224"), problems: ["curve_unsupported"], says: /ECDSA P-224/ },
  { title: "secp256k1", leaf: EC("secp256k1"), problems: ["curve_unsupported"] },
  {
    title: "a brainpool curve: the runtime cannot even read the key",
    leaf: EC("brainpoolP256r1"),
    problems: ["key_unsupported", "curve_unsupported"],
    says: /EC brainpoolP256r1/,
  },
  { title: "Ed448", leaf: "-algorithm ED448", problems: ["key_type"], says: /Ed448/ },
  { title: "DSA", leaf: "dsa", problems: ["key_type"], says: /DSA/ },
  {
    title: "an RSA key that is for PSS alone",
    leaf: "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048",
    problems: ["key_type"],
    says: /RSA-PSS 2048/,
  },
  {
    title: "signed with RSASSA-PSS",
    root: "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
    sign: "-sha256 -sigopt rsa_padding_mode:pss",
    warnings: ["signature_pss"],
    says: /RSASSA-PSS with SHA256/,
  },
  {
    title: "signed with MD5",
    root: "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
    sign: "-md5",
    problems: ["signature_weak"],
  },
  {
    title: "signed with ECDSA over SHA-1",
    sign: "-sha1",
    problems: ["signature_weak"],
    says: /ecdsa-with-SHA1/,
  },
  { title: "signed over SHA-224", sign: "-sha224", problems: ["signature_unsupported"] },
  {
    title: "signed with Ed25519",
    root: "-algorithm ED25519",
    sign: "-text",
    problems: ["signature_unsupported"],
  },
  {
    title: "signed with a brainpool key",
    root: EC("brainpoolP256r1"),
    // The root's key is the root's matter; this signature cannot be computed, but is accepted.
  },
];

for (const line of LINES) {
  Deno.test({
    name: `lint: ${line.title}`,
    ignore: !HAS_OPENSSL,
    fn: () =>
      OpenSsl.use(async (openssl) => {
        const { leaf = EC("P-256"), root, sign } = line;
        const verdict = await chainOf(openssl, {
          leaf,
          ...(root === undefined ? {} : { root }),
          ...(sign === undefined ? {} : { sign }),
        });
        assert.deepEqual(verdict.problems.map(({ code }) => code), line.problems ?? []);
        assert.deepEqual(verdict.warnings.map(({ code }) => code), line.warnings ?? []);
        assert.deepEqual(verdict.notes, []);
        assert.equal(verdict.info?.trust, "trusted");
        const words = [...verdict.problems, ...verdict.warnings].map(({ message }) => message);
        if (line.says !== undefined) assert.match(words.join("\n"), line.says);
      }),
  });
}

Deno.test({
  name: "OpenSSL finds the certificates of the chain in its order, whatever the order was",
  ignore: !HAS_OPENSSL,
  fn: () =>
    OpenSsl.use(async (openssl) => {
      await chainOf(openssl, { leaf: EC("P-256") });
      await openssl.run(`genpkey ${EC("P-384")} -out ca.key`);
      await openssl.run("req -new -key ca.key -subj /CN=Between -out ca.csr");
      await openssl.write("ca.ext", "basicConstraints=critical,CA:TRUE\n");
      await openssl.run(
        "x509 -req -in ca.csr -CA root.pem -CAkey root.key -set_serial 8 -days 30 -extfile ca.ext " +
          "-out ca.pem",
      );
      await openssl.run(
        "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -set_serial 9 -days 30 " +
          "-extfile leaf.ext -out leaf.pem",
      );
      const [leaf, ca, root] = await Promise.all(
        ["leaf.pem", "ca.pem", "root.pem"].map((name) => openssl.text(name)),
      );
      const verdict = lintPair({
        ...readPairInput({
          certificate: {
            path: "all.pem",
            bytes: new TextEncoder().encode(`${root}${ca}${leaf}${await openssl.text("leaf.key")}`),
          },
        }),
        names: ["rxdx.example.com"],
        now: new Date(),
        roots: [root ?? ""],
      });
      assert.deepEqual(verdict.problems, []);
      assert.deepEqual(verdict.notes.map(({ code }) => code), ["chain_order", "root_included"]);
      await openssl.write("chain.pem", verdict.chainPem ?? "");
      await openssl.write("key.pem", verdict.keyPem?.reveal() ?? "");
      await openssl.run(
        "verify -purpose sslserver -verify_hostname rxdx.example.com " +
          "-CAfile root.pem -untrusted chain.pem chain.pem",
      );
      const key = await openssl.run("pkey -in key.pem -pubout");
      assert.equal(key, await openssl.run("x509 -in chain.pem -noout -pubkey"));
    }),
});

Deno.test({
  name: "every root that this machine trusts is read, and its own signature is found true",
  // The bundle of Debian and its children.
  ignore: (await theHost().files.stat("/etc/ssl/certs/ca-certificates.crt")) === undefined,
  fn: async () => {
    const bundle = await theHost().files.readText("/etc/ssl/certs/ca-certificates.crt") ?? "";
    const roots = readRoots([bundle]);
    assert.equal(roots.length, (bundle.match(/-----BEGIN CERTIFICATE-----/g) ?? []).length);
    const own = roots.filter(({ selfIssued }) => selfIssued);
    assert.ok(own.length > 50);
    assert.deepEqual(
      own.filter((root) => !isSelfSigned(root)).map(({ subject }) => subject.text),
      [],
    );
  },
});
