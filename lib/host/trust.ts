/**
 * Whose certificates are trusted beside the runtime's own list: the system's store, where a company
 * puts its own authority, and what the usual variables name. Used by everything here that speaks TLS.
 */

import type { TrustedRoots } from "./net_types.ts";

/** Where distributions keep all trusted authorities in one file: Debian and Alpine, RHEL, SUSE. */
const SYSTEM_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
];

async function readPem(path: string): Promise<string | undefined> {
  try {
    const text = await Deno.readTextFile(path);
    return text.includes("-----BEGIN CERTIFICATE-----") ? text : undefined;
  } catch {
    // A file that is not there, or may not be read, adds nothing.
    return undefined;
  }
}

/**
 * PEM texts, each with any number of certificates: the first system bundle that exists, and the files
 * of `SSL_CERT_FILE` (OpenSSL) and `NODE_EXTRA_CA_CERTS`.
 */
export async function trustedAuthorities(): Promise<string[]> {
  const named = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"].map((name) => Deno.env.get(name))
    .filter((path) => path !== undefined && path !== "") as string[];
  const found: string[] = [];
  for (const path of SYSTEM_BUNDLES) {
    const text = await readPem(path);
    if (text === undefined) continue;
    found.push(text);
    break;
  }
  for (const path of named) {
    const text = await readPem(path);
    if (text !== undefined) found.push(text);
  }
  return found;
}

/** The real `Host.net.trustedRoots`. */
export async function trustedRoots(): Promise<TrustedRoots> {
  const { rootCertificates } = await import("node:tls");
  return { everybody: [...rootCertificates], machine: await trustedAuthorities() };
}
