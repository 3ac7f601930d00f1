/**
 * Whether a certificate serves a name, by the rules of browsers: RFC 6125 and RFC 9525, alternative names
 * alone, a wildcard for one whole left-most label. Where it does not, why not. Pure.
 */
import { isIpAddress } from "../answers/rules.ts";
import { canonicalName, coversHost } from "./certificate.ts";
import type { AltNames } from "./extensions.ts";

/** A name as it is asked for: lower case, punycode, without the trailing dot; addresses canonical. */
export function referenceName(name: string): string {
  const bare = name.trim().replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  if (isIpAddress(bare)) return canonicalName(bare);
  const lower = bare.toLowerCase();
  // What is no host name would make another address of it.
  if (!/[^\x00-\x7f]/.test(lower) || /[\s/?#@:\\]/.test(lower)) return lower;
  try {
    return new URL(`http://${lower}/`).hostname;
  } catch {
    return lower;
  }
}

/** Whether the certificate's names cover a name in the form of {@link referenceName}. */
export function covers(names: AltNames, reference: string): boolean {
  return isIpAddress(reference)
    ? names.addresses.includes(reference)
    : names.dns.some((pattern) => coversHost(pattern, reference));
}

/** What comes close to covering the name, as a sentence; `undefined` when nothing does. */
export function nearMiss(names: AltNames, reference: string): string | undefined {
  if (isIpAddress(reference)) {
    return names.dns.includes(reference)
      ? "It holds the address as a DNS name, which browsers do not look at."
      : undefined;
  }
  if (names.dns.includes(`${reference}.`)) return "Its name ends in a dot, which no name may.";
  const labels = reference.split(".");
  const parent = labels.slice(1).join(".");
  const has = (pattern: string) => names.dns.includes(pattern);
  if (has(`*.${reference}`)) return `*.${reference} is for names below it, not for itself.`;
  if (has(`*.${parent}`) && !parent.includes(".")) {
    return `Browsers refuse *.${parent}: a wildcard needs two labels behind it.`;
  }
  const higher = labels.slice(2).map((_, index) => `*.${labels.slice(index + 2).join(".")}`);
  const deep = higher.find(has);
  if (deep !== undefined) return `${deep} is for one label, and this name has more.`;
  const partial = names.dns.find((pattern) =>
    pattern.includes("*") && !pattern.startsWith("*.") && partialMatch(pattern, reference)
  );
  return partial === undefined
    ? undefined
    : "Its wildcard stands for a part of a label, which browsers do not accept.";
}

/** `f*.example.com` against `foo.example.com`. */
function partialMatch(pattern: string, host: string): boolean {
  const [label = "", ...rest] = pattern.split(".");
  const [first = "", ...others] = host.split(".");
  const [begin = "", end = "", ...more] = label.split("*");
  return more.length === 0 && rest.join(".") === others.join(".") &&
    first.startsWith(begin) && first.endsWith(end);
}
