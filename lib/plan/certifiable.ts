/** Names that a certificate authority can certify, and those that a public one never will. Pure. */
import { isIpAddress } from "../answers/rules.ts";
import type { Answers } from "../answers/schema.ts";

/** Names that lead back to the machine that asks: no authority can check them. */
function isLocalName(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === "localhost" || lower.endsWith(".localhost") || /^127\./.test(lower) ||
    lower === "::1";
}

/** The names of the stack that an authority can certify, in lower case. */
export function certifiableNames(answers: Pick<Answers, "domain" | "aliases">): string[] {
  const names = [answers.domain, ...answers.aliases].map((name) => name.toLowerCase());
  return [...new Set(names)].filter((name) => !isLocalName(name));
}

/** RFC 6761, RFC 6762, RFC 8375, and what ICANN keeps for private use (SAC113). */
const PRIVATE_SUFFIX = /(^|\.)(test|example|invalid|local|internal|home\.arpa|lan|corp|home)$/;

/** RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291. */
const PRIVATE_ADDRESS =
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.|0\.|f[cd]|fe[89ab])/i;

/** Why no public authority certifies this name, as the end of a sentence; `undefined` when one may. */
export function notPublic(name: string): string | undefined {
  if (isIpAddress(name)) {
    return PRIVATE_ADDRESS.test(name) ? "is a private address" : undefined;
  }
  if (!name.includes(".")) return "has no dot, so it is no public name";
  const suffix = PRIVATE_SUFFIX.exec(name)?.[2];
  return suffix === undefined ? undefined : `ends in .${suffix}, which is not in public DNS`;
}
