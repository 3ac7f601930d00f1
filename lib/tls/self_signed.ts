/**
 * Makes a self-signed certificate: ECDSA P-256, all names and addresses of the stack, 397 days.
 * Loads its library only when called (137 ms), because most runs never need it.
 */
import { isIpAddress } from "../answers/rules.ts";

/** Days; the longest that browsers accept for any certificate (CA/B Forum ballot SC-31). */
export const SELF_SIGNED_DAYS = 397;

const DAY_MS = 86_400_000;

export interface KeyPairPem {
  readonly certificate: string;
  /** PKCS #8. */
  readonly key: string;
}

export interface SelfSignedOptions {
  /** DNS names and IP addresses; the first is the subject's common name. Not empty. */
  readonly names: readonly string[];
  readonly now: Date;
  /** 16 random bytes for the serial number. */
  readonly serial: Uint8Array;
}

export async function selfSigned(options: SelfSignedOptions): Promise<KeyPairPem> {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  // RFC 5280 4.1.2.2: a positive integer; the highest bit would make it negative.
  const serial = [...options.serial];
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial.map((byte) => byte.toString(16).padStart(2, "0")).join(""),
    // X.520 limits a common name to 64 characters; clients read the alternative names anyway.
    name: [{ CN: [(options.names[0] ?? "rxdx").slice(0, 64)] }],
    // An hour back, so that a client whose clock is a little late accepts it.
    notBefore: new Date(options.now.getTime() - 3_600_000),
    notAfter: new Date(options.now.getTime() - 3_600_000 + SELF_SIGNED_DAYS * DAY_MS),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        options.names.map((value) => ({
          type: isIpAddress(value) ? "ip" as const : "dns" as const,
          value,
        })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificate: certificate.toString("pem") + "\n",
    key: x509.PemConverter.encode(pkcs8, "PRIVATE KEY") + "\n",
  };
}
