/**
 * What a log line of a failed service means and what to do about it. Data, offline, one test each;
 * the first match wins, so the more telling ones stand first: of one program, then of any.
 */
import { BACKEND } from "./signatures/backend.ts";
import { DOCKER } from "./signatures/docker.ts";
import { MACHINE } from "./signatures/machine.ts";
import { NGINX } from "./signatures/nginx.ts";
import { NODE } from "./signatures/node.ts";
import { POSTGRES } from "./signatures/postgres.ts";
import type { Signature } from "./signatures/signature.ts";

export type { Signature };

export const SIGNATURES: readonly Signature[] = [
  ...DOCKER,
  ...POSTGRES,
  ...BACKEND,
  ...NGINX,
  ...NODE,
  ...MACHINE,
];

/** The first signature that matches any of the lines, newest line first, the general ones last. */
export function matchSignature(lines: readonly string[]): Signature | undefined {
  return newest(lines, SIGNATURES.filter((each) => each.general !== true)) ??
    newest(lines, SIGNATURES.filter((each) => each.general === true));
}

function newest(lines: readonly string[], among: readonly Signature[]): Signature | undefined {
  for (const line of lines.toReversed()) {
    const found = among.find((signature) => signature.pattern.test(line));
    if (found !== undefined) return found;
  }
  return undefined;
}
