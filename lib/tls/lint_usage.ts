/** What a certificate may be used for: by a server, by a CA. Pure. */
import { type Graded, graded, named, reissue, type Subject } from "./lint_finding.ts";
import { EXTENSION, SERVER_AUTH } from "./oids.ts";

/** The TLS extension status_request: "must staple" (RFC 7633). */
const STATUS_REQUEST = 5;

export function serverUsage(subject: Subject): readonly Graded[] {
  const { leaf } = subject;
  const { extendedKeyUsage, keyUsage } = leaf.extensions;
  const remedy = reissue(subject);
  return [
    ...(extendedKeyUsage === undefined || extendedKeyUsage.includes(SERVER_AUTH) ? [] : [
      graded("problem", "certificate", "not_for_servers", [
        `The certificate ${named(leaf)} is made for other uses: its extended key usage holds no ` +
        "serverAuth.",
        "Clients refuse a server whose certificate was made for something else.",
        `Ask the CA for a server certificate (profile "web server"). ${remedy}`,
      ]),
    ]),
    ...(keyUsage === undefined || keyUsage.includes("digitalSignature") ? [] : [
      graded("problem", "certificate", "key_usage", [
        `The key usage of ${named(leaf)} holds no digitalSignature, but ${
          keyUsage.length === 0 ? "nothing" : keyUsage.join(", ")
        }.`,
        "A TLS server signs the key exchange; browsers refuse a key that may not " +
        "(ERR_SSL_KEY_USAGE_INCOMPATIBLE).",
        `Ask the CA for a server certificate (profile "web server"). ${remedy}`,
      ]),
    ]),
  ];
}

export function serverIsCa(subject: Subject): readonly Graded[] {
  const { leaf } = subject;
  if (leaf.extensions.authority?.ca !== true) return [];
  return [graded("warning", "certificate", "leaf_is_ca", [
    `The certificate ${named(leaf)} is that of a CA (CA:TRUE).`,
    "Whoever trusts it trusts every certificate that this server's key signs; Firefox refuses it " +
    "from a server.",
    reissue(subject),
  ])];
}

export function promises(subject: Subject): readonly Graded[] {
  const { leaf } = subject;
  const { tlsFeatures, unknownCritical } = leaf.extensions;
  const poison = unknownCritical.includes(EXTENSION.precertificatePoison);
  const unknown = unknownCritical.filter((id) => id !== EXTENSION.precertificatePoison);
  return [
    ...(tlsFeatures?.includes(STATUS_REQUEST) !== true ? [] : [
      graded("problem", "certificate", "must_staple", [
        `The certificate ${named(leaf)} promises a stapled OCSP answer (must-staple).`,
        "nginx here staples none, since Let's Encrypt and others have ended OCSP; browsers refuse " +
        "a broken promise.",
        `Ask for a certificate without the TLS feature extension. ${reissue(subject)}`,
      ]),
    ]),
    ...(poison
      ? [graded("problem", "certificate", "precertificate", [
        `The certificate ${named(leaf)} is a precertificate, made for the public logs.`,
        "Clients refuse it on purpose.",
        "Get the certificate itself from the CA.",
      ])]
      : []),
    ...(unknown.length === 0 ? [] : [
      graded("problem", "certificate", "critical_extension", [
        `The certificate ${named(leaf)} has critical extensions that browsers do not know: ${
          unknown.slice(0, 5).join(", ")
        }.`,
        "A client must refuse what it does not understand, when it is marked as critical.",
        reissue(subject),
      ]),
    ]),
  ];
}

export function intermediateUsage({ chain }: Subject): readonly Graded[] {
  return chain.intermediates.filter(({ extensions: { authority, keyUsage } }) =>
    authority?.ca !== true || keyUsage?.includes("keyCertSign") === false
  ).map((each) =>
    graded("problem", "chain", "intermediate_not_ca", [
      `${named(each)} has signed a certificate of the chain, and is no CA.`,
      "Clients accept only issuers with CA:TRUE and the key usage keyCertSign.",
      "Have the certificate made by a CA.",
    ])
  );
}
