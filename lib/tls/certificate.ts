/** Reads certificates: names, dates, fingerprint, whether a key belongs to it. Pure. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { Buffer } from "node:buffer";
import { isIpAddress } from "../answers/rules.ts";
import { keyTypeText, readPublicKey } from "./public_key.ts";

export interface CertificateInfo {
  readonly subject: string;
  readonly issuer: string;
  readonly selfSigned: boolean;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** DNS names and IP addresses, as they stand in the certificate. */
  readonly names: readonly string[];
  /** `ECDSA P-256`, `RSA 2048`, `Ed25519`. */
  readonly keyKind: string;
  /** SHA-256 over the DER form, `AA:BB:…`. */
  readonly fingerprint: string;
}

/** IPv6 addresses come in many spellings; `new URL` knows the canonical one. */
export function canonicalName(name: string): string {
  const lower = name.toLowerCase();
  if (!lower.includes(":")) return lower;
  try {
    return new URL(`http://[${lower}]/`).hostname.slice(1, -1);
  } catch {
    return lower;
  }
}

/** `ECDSA P-256`; empty for a key that cannot be read. */
function keyKindOf({ publicKey }: X509Certificate): string {
  const key = readPublicKey(publicKey.export({ type: "spki", format: "der" }));
  return key === undefined ? "" : keyTypeText(key);
}

/** A distinguished name on one line: `C=US, O=Let's Encrypt, CN=R11` of node's line a part. */
export function nameText(distinguished: string): string {
  return distinguished.split("\n").filter((each) => each !== "").join(", ");
}

/** The certificates of a chain, one PEM text each, in their order. */
export function splitChain(pem: string): string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => `${block}\n`);
}

/** `undefined` for text that is not a PEM certificate. Reads the first one of a chain. */
export function readCertificate(pem: string): CertificateInfo | undefined {
  try {
    const certificate = new X509Certificate(Buffer.from(pem));
    // Let's Encrypt leaves the subject empty, and then there is none here.
    const { subject = "", issuer = "" } = certificate as Partial<X509Certificate>;
    return {
      subject,
      issuer,
      selfSigned: subject === issuer && certificate.verify(certificate.publicKey),
      notBefore: new Date(certificate.validFrom),
      notAfter: new Date(certificate.validTo),
      names: (certificate.subjectAltName ?? "").split(", ").filter((each) => each !== "")
        .map((each) => canonicalName(each.replace(/^(DNS|IP Address):/, ""))),
      keyKind: keyKindOf(certificate),
      fingerprint: certificate.fingerprint256,
    };
  } catch {
    return undefined;
  }
}

/** True when the private key is that of the certificate. */
export function keyMatches(certificatePem: string, keyPem: string): boolean {
  try {
    return new X509Certificate(Buffer.from(certificatePem))
      .checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    return false;
  }
}

/** Whether one DNS name of a certificate covers a host name, both in lower case (RFC 6125, 6.4.3). */
export function coversHost(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  if (!pattern.startsWith("*.")) return false;
  const rest = pattern.slice(2);
  const cut = host.indexOf(".");
  // `*.com` would be for half the world; browsers refuse it.
  return cut > 0 && host.slice(cut + 1) === rest && rest.includes(".") && !rest.includes("*");
}

/** True when one of a certificate's names is this one, or a wildcard for it. */
export function covers(certified: readonly string[], name: string): boolean {
  const wanted = canonicalName(name);
  return isIpAddress(wanted)
    ? certified.includes(wanted)
    : certified.some((each) => coversHost(each, wanted));
}

/** Whole days from `now` until the certificate ends; negative afterwards. */
export function daysLeft(notAfter: Date, now: Date): number {
  return Math.floor((notAfter.getTime() - now.getTime()) / 86_400_000);
}

/** Why a present pair cannot go on serving these names, or `undefined` when it can. */
export function unfit(options: {
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly names: readonly string[];
  readonly now: Date;
}): string | undefined {
  const { certificate, key, names, now } = options;
  if (certificate === undefined || key === undefined) return "there is none";
  const info = readCertificate(certificate);
  if (info === undefined) return "it is not a certificate";
  if (!keyMatches(certificate, key)) return "the key is another one's";
  if (info.notAfter <= now) return "it has expired";
  if (info.notBefore > now) return "it is not valid yet";
  const missing = names.map(canonicalName).filter((name) => !covers(info.names, name));
  if (missing.length > 0) return `it does not name ${missing.join(", ")}`;
  return undefined;
}
