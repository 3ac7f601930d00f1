/** Reads certificates: names, dates, fingerprint, whether a key belongs to it. Pure. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { Buffer } from "node:buffer";

export interface CertificateInfo {
  readonly subject: string;
  readonly issuer: string;
  readonly selfSigned: boolean;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** DNS names and IP addresses, as they stand in the certificate. */
  readonly names: readonly string[];
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

/** `undefined` for text that is not a PEM certificate. Reads the first one of a chain. */
export function readCertificate(pem: string): CertificateInfo | undefined {
  try {
    const certificate = new X509Certificate(Buffer.from(pem));
    return {
      subject: certificate.subject,
      issuer: certificate.issuer,
      selfSigned: certificate.subject === certificate.issuer,
      notBefore: new Date(certificate.validFrom),
      notAfter: new Date(certificate.validTo),
      names: (certificate.subjectAltName ?? "").split(", ").filter((each) => each !== "")
        .map((each) => canonicalName(each.replace(/^(DNS|IP Address):/, ""))),
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
  const missing = names.map(canonicalName).filter((name) => !info.names.includes(name));
  if (missing.length > 0) return `it does not name ${missing.join(", ")}`;
  return undefined;
}
