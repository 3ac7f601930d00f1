/**
 * Certificates for tests: any key, issuer, validity and extension, made in memory by the library that
 * makes the product's self-signed ones. What it cannot make (DSA, MD5, locked keys, PKCS #12)
 * comes from `openssl` (openssl_cli.ts).
 */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { isIpAddress } from "../../lib/answers/rules.ts";

export { ExtendedKeyUsage, KeyUsageFlags } from "@peculiar/x509";

/** The moment at which tests judge. */
export const NOW = new Date("2026-03-14T10:15:00Z");

const DAY_MS = 86_400_000;

export function inDays(days: number): Date {
  return new Date(NOW.getTime() + days * DAY_MS);
}

const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

const ALGORITHMS = {
  p256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  p384: { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" },
  ed25519: { name: "Ed25519" },
  rsa2048: RSA,
  rsa1024: { ...RSA, modulusLength: 1024 },
  "rsa-exponent-3": { ...RSA, publicExponent: new Uint8Array([3]) },
  /** Signs with SHA-1. */
  "rsa-sha1": { ...RSA, hash: "SHA-1" },
} as const;

export type KeyKind = keyof typeof ALGORITHMS;

export interface Made {
  readonly pem: string;
  readonly der: Uint8Array;
  /** PKCS #8. */
  readonly keyPem: string;
  readonly keyDer: Uint8Array;
  readonly keys: CryptoKeyPair;
  readonly kind: KeyKind;
  readonly certificate: x509.X509Certificate;
}

export interface MakeOptions {
  /** Common name; with `subject`, nothing. */
  readonly name?: string;
  /** The whole subject, as the library parses it. */
  readonly subject?: string;
  /** Signs it; without, it signs itself. */
  readonly issuer?: Made;
  readonly key?: KeyKind;
  /** Takes its key instead of a new one. */
  readonly sameKeyAs?: Made;
  /** Alternative names; `[]` for none. One of type DNS whatever it is: `dns:192.0.2.1`. */
  readonly names?: readonly string[];
  /** `undefined` leaves basic constraints out. */
  readonly ca?: boolean | undefined;
  readonly usage?: number | undefined;
  /** `[]` leaves the extension out. */
  readonly purposes?: readonly string[];
  /** Days from now. */
  readonly from?: number;
  readonly to?: number;
  readonly more?: readonly x509.Extension[];
}

const SERVER: Required<Pick<MakeOptions, "names" | "purposes" | "usage">> = {
  names: ["rxdx.example.com"],
  purposes: [x509.ExtendedKeyUsage.serverAuth],
  usage: x509.KeyUsageFlags.digitalSignature,
};

let serial = 1;

/** A certificate of any sort; the defaults are those of a good server's. */
export async function makeCertificate(given: MakeOptions = {}): Promise<Made> {
  const options = { ...SERVER, ca: false, from: -1, to: 89, ...given };
  const kind = given.sameKeyAs?.kind ?? given.key ?? "p256";
  const algorithm: Algorithm & { hash?: string } = ALGORITHMS[kind];
  const keys = given.sameKeyAs?.keys ??
    await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as CryptoKeyPair;
  const issuer = given.issuer;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: (0x1000 + serial++).toString(16),
    subject: given.subject ?? `CN=${given.name ?? options.names[0] ?? "rxdx.example.com"}`,
    issuer: issuer?.certificate.subject ?? given.subject ??
      `CN=${given.name ?? options.names[0] ?? "rxdx.example.com"}`,
    notBefore: inDays(options.from),
    notAfter: inDays(options.to),
    publicKey: keys.publicKey,
    signingKey: issuer?.keys.privateKey ?? keys.privateKey,
    signingAlgorithm: issuer === undefined ? algorithm : ALGORITHMS[issuer.kind],
    extensions: [
      ...(options.ca === undefined
        ? []
        : [new x509.BasicConstraintsExtension(options.ca, undefined, true)]),
      ...(options.usage === undefined ? [] : [new x509.KeyUsagesExtension(options.usage, true)]),
      ...(options.purposes.length === 0
        ? []
        : [new x509.ExtendedKeyUsageExtension([...options.purposes])]),
      ...(options.names.length === 0 ? [] : [
        new x509.SubjectAlternativeNameExtension(
          options.names.map((value) => ({
            type: isIpAddress(value) ? "ip" as const : "dns" as const,
            value: value.replace(/^dns:/, ""),
          })),
        ),
      ]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(issuer === undefined
        ? []
        : [await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey)]),
      ...(options.more ?? []),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    pem: `${certificate.toString("pem")}\n`,
    der: new Uint8Array(certificate.rawData),
    keyPem: `${x509.PemConverter.encode(pkcs8, "PRIVATE KEY")}\n`,
    keyDer: new Uint8Array(pkcs8),
    keys,
    kind,
    certificate,
  };
}

/** A CA; without an issuer a root. */
export function makeCa(name: string, given: MakeOptions = {}): Promise<Made> {
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
  return makeCertificate({
    name,
    names: [],
    purposes: [],
    usage: keyCertSign | cRLSign,
    ca: true,
    to: 3_650,
    ...given,
  });
}

/** Any extension from its bytes. */
export function extension(oid: string, value: readonly number[], critical = false): x509.Extension {
  return new x509.Extension(oid, critical, new Uint8Array(value));
}

/** Must-staple: a SEQUENCE with the INTEGER 5. */
export const MUST_STAPLE = extension("1.3.6.1.5.5.7.1.24", [0x30, 3, 2, 1, 5]);

/** The policy "domain validated" of the CA/Browser Forum, as public CAs write it. */
export const PUBLIC_POLICY = new x509.CertificatePolicyExtension(["2.23.140.1.2.1"]);

/** Where the issuer's certificate can be fetched. */
export function caIssuers(...urls: readonly string[]): x509.Extension {
  return new x509.AuthorityInfoAccessExtension({ caIssuers: [...urls] });
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
