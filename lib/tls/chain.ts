/**
 * Puts certificates into the order in which a server sends them: its own, that of its issuer, and so
 * on, without the root. What is missing, superfluous or out of order is told. Pure.
 */
import { printable } from "./distinguished_name.ts";
import { isSelfSigned, issuedBy } from "./issued_by.ts";
import { CAB_FORUM_POLICIES } from "./oids.ts";
import { parseCertificate, type ParsedCertificate } from "./parsed_certificate.ts";
import { pemBlocks } from "./pem.ts";
import { samePublicKey } from "./public_key.ts";
import type { Trust } from "./pair_types.ts";

export interface Chain {
  readonly leaf: ParsedCertificate;
  /** The issuer of the leaf first; roots are no part of it. */
  readonly intermediates: readonly ParsedCertificate[];
  readonly trust: Trust;
  /** The trusted root at its end. */
  readonly anchor: ParsedCertificate | undefined;
  /** The self-signed root at its end, when it came along. */
  readonly root: ParsedCertificate | undefined;
  /** Where it breaks off, with `unknown_issuer`. */
  readonly missing: MissingIssuer | undefined;
  /** Given, and no part of it. */
  readonly unrelated: readonly ParsedCertificate[];
  /** How many were given more than once. */
  readonly duplicates: number;
  /** Leaf and intermediates were given in another order. */
  readonly reordered: boolean;
}

export interface MissingIssuer {
  /** The last certificate that is there. */
  readonly of: ParsedCertificate;
  /** Addresses at which its issuer's certificate can be fetched; printable. */
  readonly urls: readonly string[];
  /** A public CA has made it, so that browsers would know the root, were the chain whole. */
  readonly publicly: boolean;
}

/** Certificates; public chains have two or three. */
const MAX_DEPTH = 10;

/** Certificates of PEM texts; what is none is passed over. */
export function readRoots(texts: readonly string[]): readonly ParsedCertificate[] {
  return texts.flatMap(pemBlocks)
    .map(({ der }) => der === undefined ? undefined : parseCertificate(der))
    .filter((certificate) => certificate !== undefined);
}

/** Each certificate once, in the given order. */
export function distinctCertificates(
  certificates: readonly ParsedCertificate[],
): readonly ParsedCertificate[] {
  const seen = new Set<string>();
  return certificates.filter(({ fingerprint }) => !seen.has(fingerprint) && seen.add(fingerprint));
}

function validAt(certificate: ParsedCertificate, now: Date): boolean {
  return certificate.notBefore <= now && now <= certificate.notAfter;
}

/**
 * The server's own certificate: the one that the key is for, and of several of them (after a renewal
 * with the same key) a valid one, then the one that lives longest. Without a key, or when it is the
 * key of none of them or of an issuer, the first that is no CA and has issued none of the others.
 */
export function chooseLeaf(
  certificates: readonly ParsedCertificate[],
  publicKey: Uint8Array | undefined,
  now: Date,
): ParsedCertificate | undefined {
  const issuers = new Set(
    certificates.filter(({ selfIssued }) => !selfIssued).map(({ issuer }) => issuer.key),
  );
  const last = certificates.filter(({ subject }) => !issuers.has(subject.key));
  const matching = publicKey === undefined
    ? []
    : last.filter(({ spki }) => samePublicKey(spki, publicKey));
  const [best] = [...matching].sort((one, other) =>
    Number(validAt(other, now)) - Number(validAt(one, now)) ||
    other.notAfter.getTime() - one.notAfter.getTime()
  );
  return best ?? last.find(({ extensions }) => extensions.authority?.ca !== true) ?? last[0] ??
    certificates[0];
}

/**
 * @param certificates everything that was given, the leaf included
 * @param roots see {@link readRoots}
 */
export function buildChain(
  leaf: ParsedCertificate,
  certificates: readonly ParsedCertificate[],
  roots: readonly ParsedCertificate[],
  now: Date,
): Chain {
  const given = distinctCertificates(certificates);
  const path = [leaf];
  let anchor: ParsedCertificate | undefined;
  let root: ParsedCertificate | undefined;
  // A cross-signed root goes on behind the trusted one, for older clients: all that fits is kept.
  const selfSigned = isSelfSigned(leaf);
  for (let last = leaf; !selfSigned && path.length < MAX_DEPTH;) {
    anchor ??= roots.find((each) => issuedBy(last, each));
    const next = issuerOf(last, given.filter((each) => !path.includes(each)), now);
    if (next === undefined) break;
    if (isSelfSigned(next)) {
      root = next;
      break;
    }
    path.push(next);
    last = next;
  }
  const last = path.at(-1) ?? leaf;
  const trust: Trust = selfSigned
    ? "self_signed"
    : anchor !== undefined
    ? "trusted"
    : root !== undefined
    ? "private"
    : "unknown_issuer";
  const order = path.map((each) => given.indexOf(each));
  return {
    leaf,
    intermediates: path.slice(1),
    trust,
    anchor,
    root,
    missing: trust === "unknown_issuer" ? missingIssuer(last, leaf, roots) : undefined,
    unrelated: given.filter((each) => !path.includes(each) && each !== root),
    duplicates: certificates.length - given.length,
    reordered: order.some((position, index) => index > 0 && position < (order[index - 1] ?? 0)),
  };
}

/** Of several issuers (a cross-signed CA) a valid one, and of those one that is no root. */
function issuerOf(
  certificate: ParsedCertificate,
  candidates: readonly ParsedCertificate[],
  now: Date,
): ParsedCertificate | undefined {
  return candidates.filter((each) => issuedBy(certificate, each)).sort((one, other) =>
    Number(validAt(other, now)) - Number(validAt(one, now)) ||
    Number(one.selfIssued) - Number(other.selfIssued)
  )[0];
}

/**
 * Public CAs show what they issue to public logs and name a policy of the CA/Browser Forum; others do
 * neither. A CA of the same organisation as a trusted root is taken for one of its intermediates.
 */
function missingIssuer(
  last: ParsedCertificate,
  leaf: ParsedCertificate,
  roots: readonly ParsedCertificate[],
): MissingIssuer {
  const { logged, policies } = leaf.extensions;
  const organisation = last.issuer.organisation;
  return {
    of: last,
    urls: (last.extensions.caIssuers ?? []).filter((url) => /^https?:\/\//i.test(url))
      .map(printable),
    publicly: logged === true ||
      (policies ?? []).some((policy) => policy.startsWith(CAB_FORUM_POLICIES)) ||
      (organisation !== undefined &&
        roots.some(({ subject }) => subject.organisation === organisation)),
  };
}
