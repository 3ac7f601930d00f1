/** What `rxdx.yml` says about a certificate authority, as one value. Pure. */
import { isIpAddress } from "../../answers/rules.ts";
import type { Answers } from "../../answers/schema.ts";
import { certifiableNames } from "../../plan/certifiable.ts";
import type { Secret } from "../../plan/secret.ts";

/** https://letsencrypt.org/docs/acme-protocol-updates/, "Endpoints". */
export const LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory";
export const LETS_ENCRYPT_STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory";

export interface AcmeSettings {
  readonly directoryUrl: string;
  /** Where an order is rehearsed first; `undefined`: nowhere. */
  readonly stagingUrl: string | undefined;
  /** True when everybody trusts what it issues. */
  readonly isPublic: boolean;
  /** DNS names and IP addresses of the order, in lower case. */
  readonly names: readonly string[];
  /** Contact; empty for none. */
  readonly email: string;
  /** Certificate profile; empty for the CA's default. */
  readonly profile: string;
  /** Path of a file with the CA's own roots; empty for none. */
  readonly bundle: string;
  /** External account binding: the CA's name for its customer; empty for none. */
  readonly eabKid: string;
  readonly eabKey: Secret;
}

export function acmeSettings(answers: Answers, eabKey: Secret): AcmeSettings {
  const { tls } = answers;
  const isPublic = tls.directory === "" || tls.directory === LETS_ENCRYPT;
  return {
    directoryUrl: tls.directory === "" ? LETS_ENCRYPT : tls.directory,
    stagingUrl: tls.staging_directory !== ""
      ? tls.staging_directory
      : isPublic
      ? LETS_ENCRYPT_STAGING
      : undefined,
    isPublic,
    names: certifiableNames(answers),
    email: tls.email,
    profile: tls.profile,
    bundle: tls.ca_bundle,
    eabKid: tls.eab_kid,
    eabKey,
  };
}

/** As an order names it (RFC 8555, 7.1.3; RFC 8738 for addresses). */
export function identifierOf(
  name: string,
): { readonly type: "dns" | "ip"; readonly value: string } {
  return { type: isIpAddress(name) ? "ip" : "dns", value: name };
}
