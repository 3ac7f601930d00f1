/** The request for a certificate (PKCS #10). Loads its library when called; most runs never need it. */
import { createPrivateKey } from "node:crypto";
import { isIpAddress } from "../../answers/rules.ts";
import { base64url } from "./jws.ts";

/** X.520 limits a common name to 64 characters; only a DNS name may stand there. */
const LONGEST_COMMON_NAME = 64;

/**
 * @param names DNS names and addresses, not empty
 * @param key P-256, PKCS #8 in PEM
 * @returns DER in base64url, as `finalize` wants it (RFC 8555, 7.4)
 */
export async function certificateRequest(names: readonly string[], key: string): Promise<string> {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const jwk = createPrivateKey(key).export({ format: "jwk" });
  const { d: _, ...open } = jwk;
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey("jwk", jwk as JsonWebKey, algorithm, true, ["sign"]),
    crypto.subtle.importKey("jwk", open as JsonWebKey, algorithm, true, ["verify"]),
  ]);
  const common = names.find((name) => !isIpAddress(name) && name.length <= LONGEST_COMMON_NAME);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    ...(common === undefined ? {} : { name: [{ CN: [common] }] }),
    keys: { privateKey, publicKey },
    signingAlgorithm: algorithm,
    extensions: [
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({
          type: isIpAddress(value) ? "ip" as const : "dns" as const,
          value,
        })),
      ),
    ],
  });
  return base64url(new Uint8Array(request.rawData));
}
