/** Keys and signatures that browsers refuse: of the leaf and of every intermediate. Pure. */
import { signatureHash, signatureName } from "./issued_by.ts";
import { type Graded, graded, type Level, named, reissue, type Subject } from "./lint_finding.ts";
import { SIGNATURES } from "./oids.ts";
import type { ParsedCertificate } from "./parsed_certificate.ts";
import { keyTypeText, type PublicKey } from "./public_key.ts";

/** Bits; CA/B Forum baseline requirements 6.1.5, and OpenSSL's security level 2. */
const MIN_RSA_BITS = 2048;
/** CA/B Forum baseline requirements 6.1.6. */
const MIN_EXPONENT = 65_537;

const CURVES_OF_ALL = new Set(["P-256", "P-384"]);
const CURVE_OF_SOME = "P-521";

const BROKEN_HASHES = new Set(["md2", "md4", "md5", "sha1"]);
const COMMON_HASHES = new Set(["sha256", "sha384", "sha512"]);

interface Weakness {
  readonly level: Level;
  readonly code: string;
  /** Of the certificate, as the rest of a sentence. */
  readonly what: string;
  readonly rule: string;
}

function keyWeaknesses(key: PublicKey): readonly Weakness[] {
  const what = `has a key of type ${keyTypeText(key)}`;
  const refused = (code: string, rule: string): Weakness => ({
    level: "problem",
    code,
    what,
    rule,
  });
  switch (key.kind) {
    case "rsa":
      return [
        ...(key.bits < MIN_RSA_BITS
          ? [refused("rsa_key_short", `Browsers refuse RSA of fewer than ${MIN_RSA_BITS} bits.`)]
          : []),
        ...(key.exponent < MIN_EXPONENT
          ? [
            {
              level: key.exponent < 3 ? "problem" : "warning",
              code: "rsa_exponent_small",
              what: `has an RSA key with the exponent ${key.exponent}`,
              rule:
                `Public CAs use ${MIN_EXPONENT}; attacks are known on careless use of smaller ones.`,
            } as const,
          ]
          : []),
      ];
    case "ec":
      if (CURVES_OF_ALL.has(key.curve)) return [];
      if (key.curve !== CURVE_OF_SOME) {
        return [refused("curve_unsupported", "Browsers accept the curves P-256 and P-384.")];
      }
      return [{
        level: "warning",
        code: "curve_p521",
        what,
        rule: "Chrome and Edge do not offer P-521 and cannot connect; Firefox and Safari can.",
      }];
    case "rsa-pss":
    case "ed25519":
    case "ed448":
    case "x25519":
    case "x448":
    case "dsa":
    case "other":
      return [refused("key_type", "Browsers accept RSA, and ECDSA on P-256 and P-384.")];
  }
}

function signatureWeaknesses(certificate: ParsedCertificate): readonly Weakness[] {
  const { algorithm } = certificate.signature;
  const hash = signatureHash(certificate);
  const what = `is signed with ${signatureName(certificate)}`;
  if (hash !== undefined && BROKEN_HASHES.has(hash)) {
    const rule = "Signatures over SHA-1 and MD5 can be forged; browsers refuse them.";
    return [{ level: "problem", code: "signature_weak", what, rule }];
  }
  if (hash === undefined || !COMMON_HASHES.has(hash) || /^dsa/.test(signatureName(certificate))) {
    const rule = "Browsers accept RSA and ECDSA signatures over SHA-256, SHA-384 and SHA-512.";
    return [{ level: "problem", code: "signature_unsupported", what, rule }];
  }
  if (SIGNATURES[algorithm]?.pss !== true) return [];
  const rule = "Firefox and Apple's devices do not accept RSASSA-PSS in certificates.";
  return [{ level: "warning", code: "signature_pss", what, rule }];
}

export function leafStrength(subject: Subject): readonly Graded[] {
  const { leaf, chain } = subject;
  const found = [
    ...keyWeaknesses(leaf.publicKey),
    // Nobody relies on the signature that a certificate has made for itself.
    ...(chain.trust === "self_signed" ? [] : signatureWeaknesses(leaf)),
  ];
  return found.map(({ level, code, what, rule }) =>
    graded(level, code.startsWith("signature") ? "certificate" : "key", code, [
      `The certificate ${named(leaf)} ${what}.`,
      rule,
      reissue(subject),
    ])
  );
}

export function intermediateStrength({ chain }: Subject): readonly Graded[] {
  return chain.intermediates.flatMap((each) =>
    [...keyWeaknesses(each.publicKey), ...signatureWeaknesses(each)].map((weakness): Graded => {
      const { level, code, what, rule } = weakness;
      return graded(level, "chain", `intermediate_${code}`, [
        `The intermediate ${named(each)} ${what}.`,
        rule,
        "Ask the CA for a certificate of its present intermediate.",
      ]);
    })
  );
}
