/** Which names a certificate serves. Pure. */
import { isIpAddress } from "../answers/rules.ts";
import { printable } from "./distinguished_name.ts";
import { type Graded, graded, named, reissue, type Subject } from "./lint_finding.ts";
import { covers, nearMiss, referenceName } from "./name_match.ts";

/** Names that are listed in a message; certificates of content networks have hundreds. */
const MAX_LISTED = 8;

const RULE =
  "Browsers compare the address with the alternative names (SAN), and with nothing else.";

export function servedNames(subject: Subject): readonly Graded[] {
  const { leaf, names } = subject;
  const alternatives = leaf.extensions.altNames;
  if (alternatives === undefined || alternatives.dns.length + alternatives.addresses.length === 0) {
    return [graded("problem", "certificate", "no_alternative_names", [
      `The certificate has no alternative names; its common name is ${named(leaf)}.`,
      RULE,
      reissue(subject),
    ])];
  }
  const listed = [...alternatives.dns, ...alternatives.addresses];
  const more = listed.length - MAX_LISTED;
  const shown = listed.slice(0, MAX_LISTED).map(printable).join(", ") +
    (more > 0 ? ` and ${more} more` : "");
  return [...new Set(names.map(referenceName))]
    .filter((name) => !covers(alternatives, name))
    .map((name) =>
      graded("problem", "certificate", "name_not_covered", [
        [
          `The certificate does not serve ${printable(name)}; it serves ${shown}.`,
          nearMiss(alternatives, name),
        ].filter((part) => part !== undefined).join(" "),
        isIpAddress(name) ? `${RULE} An address has to be one of type IP.` : RULE,
        reissue(subject),
      ])
    );
}

export function repeatedNames({ leaf }: Subject): readonly Graded[] {
  const { dns = [], addresses = [] } = leaf.extensions.altNames ?? {};
  const all = [...dns, ...addresses];
  const repeated = [...new Set(all.filter((name, index) => all.indexOf(name) !== index))];
  if (repeated.length === 0) return [];
  const shown = repeated.slice(0, MAX_LISTED).map(printable).join(", ");
  return [graded("note", "certificate", "names_repeated", [
    `The certificate names more than once: ${shown}.`,
    "One of each is enough; nothing breaks.",
    "Nothing has to be done.",
  ])];
}
