/**
 * Whether one certificate was issued by another: names, key identifiers, and the signature itself.
 *
 * node:crypto's `X509Certificate.verify` is of no use for it: Deno 2.9.6 answers false for true
 * signatures by RSASSA-PSS, Ed448, DSA and with SHA-3, and throws on P-224, P-521 and secp256k1. Its
 * `verify` over the signed bytes knows them, but for the few of {@link falseIsNoAnswer}. Pure.
 */
import { constants, verify } from "node:crypto";
import { children, context, type Der, oid, sequence } from "./der.ts";
import { HASHES, SIGNATURES } from "./oids.ts";
import type { ParsedCertificate } from "./parsed_certificate.ts";
import { publicKeyObject, readPublicKey } from "./public_key.ts";

/** RSASSA-PSS-params (RFC 4055, 3.1): `[0]` is the hash; SHA-1 where it is left out. */
function pssHash(parameters: Der | undefined): string | undefined {
  const hash = sequence(parameters)?.find(({ tag }) => tag === context(0, true));
  if (hash === undefined) return "sha1";
  return HASHES[oid(sequence(children(hash)?.[0])?.[0]) ?? ""];
}

/** The hash that a certificate is signed with, `undefined` where the scheme has its own. */
export function signatureHash(certificate: ParsedCertificate): string | undefined {
  const { algorithm, parameters } = certificate.signature;
  const known = SIGNATURES[algorithm];
  return known?.pss === true ? pssHash(parameters) : known?.hash;
}

/** For people: `ecdsa-with-SHA256`, or the object identifier. */
export function signatureName(certificate: ParsedCertificate): string {
  const { algorithm } = certificate.signature;
  const known = SIGNATURES[algorithm];
  if (known?.pss !== true) return known?.name ?? algorithm;
  return `${known.name} with ${(signatureHash(certificate) ?? "an unknown hash").toUpperCase()}`;
}

/** Bits of the curves and hashes of {@link falseIsNoAnswer}. */
const CURVE_BITS: Readonly<Record<string, number>> = { "P-384": 384, "P-521": 521 };
const HASH_BITS: Readonly<Record<string, number>> = { sha1: 160, sha224: 224, sha256: 256 };

/**
 * Deno 2.9.6 calls true ECDSA signatures false where the hash has less than half the bits of the curve
 * (P-384 over SHA-1, P-521 over SHA-256), and every other one on secp256k1 (those with a high S).
 */
function falseIsNoAnswer(spki: Uint8Array, hash: string | undefined): boolean {
  const key = readPublicKey(spki);
  if (key?.kind !== "ec") return false;
  if (key.curve === "secp256k1") return true;
  return (HASH_BITS[hash ?? ""] ?? 512) * 2 < (CURVE_BITS[key.curve] ?? 0);
}

/** Whether the key made the signature; `undefined` when that cannot be computed here. */
function signedWith(certificate: ParsedCertificate, spki: Uint8Array): boolean | undefined {
  const { algorithm, signed, octets } = certificate.signature;
  const known = SIGNATURES[algorithm];
  const key = publicKeyObject(spki);
  if (known === undefined || key === undefined) return undefined;
  const hash = signatureHash(certificate);
  if (known.pss === true && hash === undefined) return undefined;
  try {
    const isTrue = verify(
      hash ?? null,
      signed,
      known.pss === true
        ? {
          key,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: constants.RSA_PSS_SALTLEN_AUTO,
        }
        : key,
      octets,
    );
    return isTrue || !falseIsNoAnswer(spki, hash) ? isTrue : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Where the signature cannot be computed (brainpool curves, MD2), equal names and no contradiction
 * between the key identifiers have to do: clients judge it anyway, and refuse such keys.
 */
export function issuedBy(certificate: ParsedCertificate, issuer: ParsedCertificate): boolean {
  if (certificate.issuer.key !== issuer.subject.key) return false;
  const wanted = certificate.extensions.authorityKeyId ?? "";
  const own = issuer.extensions.subjectKeyId ?? "";
  return signedWith(certificate, issuer.spki) ?? (wanted === "" || own === "" || wanted === own);
}

/** Signed with its own key. */
export function isSelfSigned(certificate: ParsedCertificate): boolean {
  return certificate.selfIssued && issuedBy(certificate, certificate);
}
