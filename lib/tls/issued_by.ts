/**
 * Whether one certificate was issued by another: names, key identifiers, and the signature itself.
 *
 * node:crypto's `X509Certificate.verify` is of no use for it: Deno 2.9.6 answers false for true
 * signatures by RSASSA-PSS, Ed448, DSA and with SHA-3, and throws on P-224, P-521 and secp256k1. Its
 * `verify` over the signed bytes knows them all. Pure.
 */
import { constants, verify } from "node:crypto";
import { children, context, type Der, oid, sequence } from "./der.ts";
import { HASHES, SIGNATURES } from "./oids.ts";
import type { ParsedCertificate } from "./parsed_certificate.ts";
import { publicKeyObject } from "./public_key.ts";

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

/** Whether the key made the signature; `undefined` when that cannot be computed here. */
function signedWith(certificate: ParsedCertificate, spki: Uint8Array): boolean | undefined {
  const { algorithm, signed, octets } = certificate.signature;
  const known = SIGNATURES[algorithm];
  const key = publicKeyObject(spki);
  if (known === undefined || key === undefined) return undefined;
  const hash = signatureHash(certificate);
  if (known.pss === true && hash === undefined) return undefined;
  try {
    return verify(
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
