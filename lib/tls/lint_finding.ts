/** How the rules of the lint hand in what they have found. Pure. */
import { isIpAddress } from "../answers/rules.ts";
import { shellWord } from "./input_findings.ts";
import { referenceName } from "./name_match.ts";
import type { Chain } from "./chain.ts";
import type { Finding, PairField, PairKey } from "./pair_types.ts";
import type { ParsedCertificate } from "./parsed_certificate.ts";

/** `problem`: do not install it. `warning`: some client will refuse it, or soon all. */
export type Level = "problem" | "warning" | "note";

export interface Graded {
  readonly level: Level;
  readonly finding: Finding;
}

/** What every rule is given. */
export interface Subject {
  readonly leaf: ParsedCertificate;
  readonly chain: Chain;
  readonly key: PairKey | undefined;
  /** Everything that was given, each once. */
  readonly given: readonly ParsedCertificate[];
  readonly names: readonly string[];
  readonly now: Date;
}

export type LintRule = (subject: Subject) => readonly Graded[];

/** Words of a finding, in the order in which they are read. */
export type Words = readonly [message: string, rule: string, remedy: string];

export function graded(
  level: Level,
  field: PairField,
  code: string,
  [message, rule, remedy]: Words,
): Graded {
  return { level, finding: { code, field, message, rule, remedy } };
}

/** A certificate by its name, in quotation marks. */
export function named(certificate: ParsedCertificate): string {
  return `"${certificate.subject.short}"`;
}

/** `2026-03-14 10:15 UTC`. */
export function moment(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/**
 * The command that asks a CA for a certificate that would do: these names, a new key on P-256, and what
 * servers use it for.
 */
function requestCommand({ names }: Pick<Subject, "names">): string {
  const references = names.map(referenceName);
  const alternatives = references.map((name) => `${isIpAddress(name) ? "IP" : "DNS"}:${name}`);
  const subject = (references[0] ?? "rxdx").slice(0, 64);
  return [
    "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes",
    "-keyout key.pem -out request.csr",
    `-subj ${shellWord(`/CN=${subject}`)}`,
    ...(alternatives.length === 0
      ? []
      : [`-addext ${shellWord(`subjectAltName=${alternatives.join(",")}`)}`]),
  ].join(" ");
}

/** What to do about a certificate that has to be made anew. */
export function reissue(subject: Pick<Subject, "names">): string {
  return `Have a certificate made for this request: ${requestCommand(subject)}`;
}
