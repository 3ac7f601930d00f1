/** Who vouches for a certificate, and what came along with it. Pure. */
import { type Graded, graded, named, type Subject } from "./lint_finding.ts";
import { samePublicKey } from "./public_key.ts";
import type { ParsedCertificate } from "./parsed_certificate.ts";
import { shellWord } from "./input_findings.ts";

const DONE = "Nothing has to be done.";
/** Certificates that are listed in a message. */
const MAX_LISTED = 5;

const ROOT_REMEDY =
  "Put the root of that CA into every browser and machine that is to connect: on " +
  "Debian, into /usr/local/share/ca-certificates, then run update-ca-certificates.";

/** The key is that of the leaf. */
export function keyBelongs({ leaf, key, given }: Subject): readonly Graded[] {
  if (key === undefined || samePublicKey(leaf.spki, key.publicKey)) return [];
  const owner = given.find(({ spki }) => samePublicKey(spki, key.publicKey));
  return [graded("problem", "key", "key_mismatch", [
    owner === undefined
      ? `The private key does not belong to the certificate ${named(leaf)}.`
      : `The private key is that of ${named(owner)}, which has issued others, not of the ` +
        `certificate ${named(leaf)}.`,
    "Certificate and key are one pair; nginx does not start with two halves.",
    "Give the key that the certificate request was made with. What belongs together prints the " +
    `same: openssl x509 -in CERTIFICATE -noout -pubkey; openssl pkey -in ${
      shellWord(key.path)
    } -pubout`,
  ])];
}

export function trust(subject: Subject): readonly Graded[] {
  const { chain, leaf } = subject;
  switch (chain.trust) {
    case "trusted":
      return [];
    case "self_signed":
      return [graded("warning", "certificate", "self_signed", [
        `The certificate ${named(leaf)} is signed with its own key.`,
        "Browsers warn of it until it is accepted on each device.",
        "Use a certificate of a CA, or compare its fingerprint when a browser asks.",
      ])];
    case "private":
      return [graded("warning", "chain", "private_ca", [
        `The certificate ${named(leaf)} ends at ${
          chain.root === undefined ? "a root" : named(chain.root)
        }, the root of a private CA.`,
        "Browsers accept it only where that root was put in.",
        ROOT_REMEDY,
      ])];
    case "unknown_issuer":
      return unknownIssuer(subject);
  }
}

function unknownIssuer({ chain }: Subject): readonly Graded[] {
  const { missing } = chain;
  if (missing === undefined) return [];
  const issuer = `"${missing.of.issuer.short}"`;
  const url = missing.urls[0];
  const fetch = url === undefined
    ? `Get the certificate of ${issuer} from the CA and give it as the chain.`
    : `curl -fsSL ${shellWord(url)} -o issuer.der && ` +
      "openssl x509 -inform DER -in issuer.der -out chain.pem, and give chain.pem as the chain.";
  if (missing.publicly) {
    return [graded("problem", "chain", "intermediate_missing", [
      `The certificate of ${issuer} is missing, which has issued ${named(missing.of)}.` +
      (url === undefined ? "" : ` It is at ${url}.`),
      "A server sends all intermediates: browsers know roots alone, and other programs fetch none.",
      fetch,
    ])];
  }
  return [graded("warning", "chain", "private_ca", [
    `${named(missing.of)} is issued by ${issuer}, which is no trusted root and did not come along` +
    `${url === undefined ? "" : `; its certificate is at ${url}`}.`,
    "Browsers accept it only where the root of that CA was put in, and only if no intermediate " +
    "is missing between them.",
    `If ${issuer} is an intermediate: ${fetch} ${ROOT_REMEDY}`,
  ])];
}

function listed(certificates: readonly ParsedCertificate[]): string {
  const more = certificates.length - MAX_LISTED;
  return certificates.slice(0, MAX_LISTED).map(named).join(", ") +
    (more > 0 ? ` and ${more} more` : "");
}

/** What was put right by itself. */
export function tidied({ chain }: Subject): readonly Graded[] {
  return [
    ...(chain.reordered
      ? [graded("note", "chain", "chain_order", [
        "The certificates were in another order; they were put right.",
        "The server's own comes first, then each one's issuer (RFC 5246, 7.4.2).",
        DONE,
      ])]
      : []),
    ...(chain.root === undefined ? [] : [
      graded("note", "chain", "root_included", [
        `The root ${named(chain.root)} came along; it was left out.`,
        "Clients trust the copy that they have, never one that is sent.",
        DONE,
      ]),
    ]),
    ...(chain.duplicates === 0 ? [] : [
      graded("note", "chain", "certificate_repeated", [
        `${
          chain.duplicates === 1 ? "1 certificate was" : `${chain.duplicates} certificates were`
        } given more than once; each is sent once.`,
        "Repeating costs every connection some bytes.",
        DONE,
      ]),
    ]),
    ...(chain.unrelated.length === 0 ? [] : [
      graded("note", "chain", "unrelated_certificate", [
        `Left out, because they are no part of the chain: ${listed(chain.unrelated)}.`,
        "A server sends its own certificate and its issuers'.",
        DONE,
      ]),
    ]),
  ];
}
