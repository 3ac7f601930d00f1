/**
 * One certificate (RFC 5280, 4.1), read from its DER form as far as it matters for a server. Read by
 * hand, because node:crypto of the runtime tells neither extended key usage nor TLS features, and
 * fails altogether on keys that it does not know. Pure.
 */
import { createHash } from "node:crypto";
import {
  bitString,
  children,
  context,
  type Der,
  integer,
  oid,
  readDer,
  sequence,
  TAG,
  time,
} from "./der.ts";
import { type DistinguishedName, readName } from "./distinguished_name.ts";
import { type Extensions, readExtensions } from "./extensions.ts";
import { type PublicKey, readPublicKey } from "./public_key.ts";

export interface ParsedCertificate {
  readonly der: Uint8Array;
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  /** The same name issued it; whether with the same key, only the signature tells. */
  readonly selfIssued: boolean;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  readonly publicKey: PublicKey;
  readonly extensions: Extensions;
  readonly signature: CertificateSignature;
  /** SHA-256 over the DER form, `AA:BB:…`. */
  readonly fingerprint: string;
}

export interface CertificateSignature {
  /** Object identifier of the algorithm. */
  readonly algorithm: string;
  readonly parameters: Der | undefined;
  /** What is signed. */
  readonly signed: Uint8Array;
  readonly octets: Uint8Array;
}

/** Octets; the largest certificates that exist in public have 20 KB of names. */
const MAX_DER = 100_000;

const VERSION = context(0, true);
const EXTENSIONS = context(3, true);

/** `undefined` for anything that is not one certificate, whole and well-formed. */
export function parseCertificate(der: Uint8Array): ParsedCertificate | undefined {
  if (der.length > MAX_DER) return undefined;
  const parts = sequence(readDer(der));
  if (parts?.length !== 3) return undefined;
  const [tbs, algorithm, signatureValue] = parts;
  const fields = [...sequence(tbs) ?? []];
  if (fields[0]?.tag === VERSION) fields.shift();
  const [serial, innerAlgorithm, issuerName, validity, subjectName, spki, ...optional] = fields;
  const [begin, end] = sequence(validity) ?? [];
  const read = {
    serial: integer(serial),
    algorithm: oid(sequence(algorithm)?.[0]),
    inner: oid(sequence(innerAlgorithm)?.[0]),
    signature: bitString(signatureValue),
    issuer: readName(issuerName),
    subject: readName(subjectName),
    notBefore: time(begin),
    notAfter: time(end),
    publicKey: spki?.tag === TAG.sequence ? readPublicKey(spki.whole) : undefined,
    extensions: readExtensions(
      children(optional.find(({ tag }) => tag === EXTENSIONS))?.[0],
    ),
  };
  if (
    tbs === undefined || spki === undefined || read.serial === undefined ||
    read.algorithm === undefined || read.algorithm !== read.inner || read.signature === undefined ||
    read.issuer === undefined || read.subject === undefined || read.notBefore === undefined ||
    read.notAfter === undefined || read.publicKey === undefined || read.extensions === undefined
  ) {
    return undefined;
  }
  const digest = createHash("sha256").update(der).digest("hex").toUpperCase();
  return {
    der,
    subject: read.subject,
    issuer: read.issuer,
    selfIssued: read.subject.key === read.issuer.key,
    notBefore: read.notBefore,
    notAfter: read.notAfter,
    spki: spki.whole,
    publicKey: read.publicKey,
    extensions: read.extensions,
    signature: {
      algorithm: read.algorithm,
      parameters: sequence(algorithm)?.[1],
      signed: tbs.whole,
      octets: read.signature.octets,
    },
    fingerprint: digest.match(/../g)?.join(":") ?? "",
  };
}
