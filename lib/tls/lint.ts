/**
 * Judges a certificate, its key and its chain before they are installed: would browsers accept them
 * for these names, now? All findings at once, each with what to do. Pure.
 */
import { buildChain, type Chain, chooseLeaf, distinctCertificates, readRoots } from "./chain.ts";
import { printable } from "./distinguished_name.ts";
import { signatureName } from "./issued_by.ts";
import { keyBelongs, tidied, trust } from "./lint_chain.ts";
import type { Graded, Level, LintRule } from "./lint_finding.ts";
import { repeatedNames, servedNames } from "./lint_names.ts";
import { intermediateStrength, leafStrength } from "./lint_strength.ts";
import { intermediateUsage, promises, serverIsCa, serverUsage } from "./lint_usage.ts";
import { intermediateValidity, leafValidity, lifetime } from "./lint_validity.ts";
import type { Finding, LintInput, PairInfo, PairLint } from "./pair_types.ts";
import { parseCertificate } from "./parsed_certificate.ts";
import { toPem } from "./pem.ts";
import { keyTypeText } from "./public_key.ts";

/** In the order in which findings are shown: what nginx would trip over, then browsers. */
const RULES: readonly LintRule[] = [
  keyBelongs,
  leafValidity,
  servedNames,
  serverUsage,
  promises,
  leafStrength,
  intermediateValidity,
  intermediateUsage,
  intermediateStrength,
  trust,
  lifetime,
  serverIsCa,
  tidied,
  repeatedNames,
];

/**
 * The verdict over a reading; see {@link LintInput}. A missing key is the reading's finding, not
 * repeated here: the certificate is judged without one. `chainPem` and `keyPem` are there even when
 * there are problems, so that a caller may show what would be installed.
 */
export function lintPair(input: LintInput): PairLint {
  const { key, names, now } = input;
  const certificates = input.certificates.map(({ der }) => parseCertificate(der))
    .filter((certificate) => certificate !== undefined);
  const given = distinctCertificates(certificates);
  const leaf = chooseLeaf(given, key?.publicKey, now);
  const before = { problems: input.problems ?? [], notes: input.notes ?? [] };
  if (leaf === undefined) {
    return { ...before, warnings: [], chainPem: undefined, keyPem: key?.pem, info: undefined };
  }
  const chain = buildChain(leaf, certificates, readRoots(input.roots), now);
  const found = RULES.flatMap((rule) => rule({ leaf, chain, key, given, names, now }));
  return {
    problems: [...before.problems, ...ofLevel(found, "problem")],
    warnings: ofLevel(found, "warning"),
    notes: [...before.notes, ...ofLevel(found, "note")],
    chainPem: [leaf, ...chain.intermediates].map(({ der }) => toPem("CERTIFICATE", der)).join(""),
    keyPem: key?.pem,
    info: infoOf(chain),
  };
}

function ofLevel(found: readonly Graded[], level: Level): readonly Finding[] {
  return found.filter((each) => each.level === level).map(({ finding }) => finding);
}

function infoOf({ leaf, intermediates, trust }: Chain): PairInfo {
  const { dns = [], addresses = [] } = leaf.extensions.altNames ?? {};
  return {
    subject: leaf.subject.text,
    issuer: leaf.issuer.text,
    names: [...dns, ...addresses].map(printable),
    notBefore: leaf.notBefore,
    notAfter: leaf.notAfter,
    fingerprint: leaf.fingerprint,
    keyType: keyTypeText(leaf.publicKey),
    signature: signatureName(leaf),
    trust,
    intermediates: intermediates.map(({ subject }) => subject.text),
  };
}
