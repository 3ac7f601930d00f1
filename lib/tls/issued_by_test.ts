/** Signatures of OpenSSL by every kind of key: true ones, and the same with one bit changed. */
import assert from "node:assert/strict";
import { HAS_OPENSSL, OpenSsl } from "../../tests/support/openssl_cli.ts";
import { isSelfSigned, issuedBy, signatureName } from "./issued_by.ts";
import { parseCertificate, type ParsedCertificate } from "./parsed_certificate.ts";

const RSA = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";
const EC = (curve: string) => `-algorithm ec -pkeyopt ec_paramgen_curve:${curve}`;

async function selfSigned(openssl: OpenSsl, key: string, sign: string): Promise<Uint8Array> {
  await openssl.run(`genpkey ${key} -out key`);
  await openssl.run(`req -x509 -new -key key -subj /CN=Self -outform DER -out der ${sign}`);
  return new Uint8Array(await openssl.bytes("der"));
}

function read(der: Uint8Array): ParsedCertificate {
  const certificate = parseCertificate(der);
  assert.ok(certificate !== undefined);
  return certificate;
}

/** The last bit of the signature, turned. */
function changed(der: Uint8Array): Uint8Array {
  return der.map((octet, index) => index === der.length - 1 ? octet ^ 1 : octet);
}

/** False for one that is changed, unless the runtime cannot tell. */
const LINES: readonly (readonly [key: string, sign: string, name: string, canTell?: false])[] = [
  [RSA, "-sha256", "sha256WithRSAEncryption"],
  [RSA, "-sha512", "sha512WithRSAEncryption"],
  ["-algorithm RSA -pkeyopt rsa_keygen_bits:1024", "-md5", "md5WithRSAEncryption"],
  [RSA, "-sha384 -sigopt rsa_padding_mode:pss", "RSASSA-PSS with SHA384"],
  [
    RSA,
    "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20",
    "RSASSA-PSS with SHA256",
  ],
  ["-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048", "-sha256", "RSASSA-PSS with SHA256"],
  [EC("P-224"), "-sha256", "ecdsa-with-SHA256"],
  [EC("P-256"), "-sha1", "ecdsa-with-SHA1"],
  [EC("P-384"), "-sha224", "ecdsa-with-SHA224"],
  [EC("P-384"), "-sha384", "ecdsa-with-SHA384"],
  [EC("P-384"), "-sha1", "ecdsa-with-SHA1", false],
  [EC("P-521"), "-sha512", "ecdsa-with-SHA512"],
  [EC("P-521"), "-sha256", "ecdsa-with-SHA256", false],
  [EC("secp256k1"), "-sha256", "ecdsa-with-SHA256", false],
  [EC("brainpoolP256r1"), "-sha256", "ecdsa-with-SHA256", false],
  [RSA, "-sha3-256", "2.16.840.1.101.3.4.3.14", false],
  ["-algorithm ED25519", "-batch", "Ed25519"],
  ["-algorithm ED448", "-batch", "Ed448"],
];

for (const [key, sign, name, canTell] of LINES) {
  Deno.test({
    name: `signature ${name} by ${key.replace(/^-algorithm | -pkeyopt/g, "")} ${sign}`,
    ignore: !HAS_OPENSSL,
    fn: () =>
      OpenSsl.use(async (openssl) => {
        const der = await selfSigned(openssl, key, sign);
        const own = read(der);
        assert.equal(signatureName(own), name);
        assert.equal(isSelfSigned(own), true);
        assert.equal(isSelfSigned(read(changed(der))), canTell === false);
      }),
  });
}

Deno.test({
  name: "where a signature cannot be computed, key identifiers that contradict each other count",
  ignore: !HAS_OPENSSL,
  fn: () =>
    OpenSsl.use(async (openssl) => {
      const one = read(await selfSigned(openssl, EC("brainpoolP256r1"), "-sha256"));
      const other = read(await selfSigned(openssl, EC("brainpoolP256r1"), "-sha256"));
      assert.equal(issuedBy(one, other), false);
      assert.equal(issuedBy(other, other), true);
      // No identifier of the issuer is no contradiction.
      await openssl.run("req -new -key key -subj /CN=x -out csr");
      await openssl.run("x509 -in der -inform DER -out ca");
      await openssl.run("x509 -req -in csr -CA ca -CAkey key -set_serial 7 -outform DER -out leaf");
      const leaf = read(await openssl.bytes("leaf"));
      assert.deepEqual([leaf.extensions.authorityKeyId, issuedBy(leaf, other)], [undefined, true]);
    }),
});
