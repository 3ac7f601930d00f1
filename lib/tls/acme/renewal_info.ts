/**
 * Asks the CA when it wants a certificate renewed (ARI, RFC 9773): an early wish may announce that the
 * certificate will be revoked.
 */
import { X509Certificate } from "node:crypto";
import { Buffer } from "node:buffer";
import { base64url } from "./jws.ts";
import type { AcmeTransport } from "./transport.ts";

export interface RenewalInfo {
  readonly start: Date;
  readonly end: Date;
  /** A page that says why the window is an unusual one. */
  readonly explanation: string | undefined;
}

/**
 * The certificate's name in ARI: key identifier of the issuer and serial number, base64url, with a dot
 * between (RFC 9773, 4.1). `undefined` without an authority key identifier.
 */
export async function renewalId(pem: string): Promise<string | undefined> {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const der = Uint8Array.from(new X509Certificate(Buffer.from(pem)).raw);
  const certificate = new x509.X509Certificate(der);
  const keyId = certificate.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId;
  if (keyId === undefined) return undefined;
  // The DER bytes of the INTEGER, the leading zero of a high first bit included.
  const digits = certificate.serialNumber;
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const serial = Uint8Array.fromHex(/^[89a-f]/i.test(even) ? `00${even}` : even);
  return `${base64url(Uint8Array.fromHex(keyId))}.${base64url(serial)}`;
}

/** `undefined` where the CA has no such thing, does not know the certificate, or makes no sense. */
export async function askRenewalInfo(
  transport: AcmeTransport,
  id: string,
): Promise<RenewalInfo | undefined> {
  const { renewalInfo } = await transport.directory();
  if (renewalInfo === undefined) return undefined;
  const answer = await transport.get(`${renewalInfo.replace(/\/$/, "")}/${id}`);
  if (answer.status !== 200) return undefined;
  return readRenewalInfo(answer.json);
}

/** RFC 9773, 4.2. A window that ends before it begins is none. */
export function readRenewalInfo(value: unknown): RenewalInfo | undefined {
  const said = value as {
    readonly suggestedWindow?: { readonly start?: unknown; readonly end?: unknown };
    readonly explanationURL?: unknown;
  } | undefined;
  const start = new Date(String(said?.suggestedWindow?.start));
  const end = new Date(String(said?.suggestedWindow?.end));
  if (Number.isNaN(start.getTime()) || Number.isNaN(end.getTime()) || end <= start) {
    return undefined;
  }
  const page = said?.explanationURL;
  return {
    start,
    end,
    explanation: typeof page === "string" && /^https?:\/\/[^\s]{1,300}$/.test(page)
      ? page
      : undefined,
  };
}
