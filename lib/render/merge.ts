/**
 * Three-way merge of a file: what rxdx-setup wrote, what an operator made of it, what it would write
 * now. Changes that are apart are both kept; where both changed the same lines differently nobody
 * but the operator can decide. Pure.
 */
import { diff3Merge } from "node-diff3";
import { readEnv, writeAssignment } from "./env_codec.ts";
import { MASK } from "../plan/secret.ts";
import { SECRET_VARIABLES } from "./variables.ts";

export type Merged =
  | { readonly ok: true; readonly text: string }
  /** The places that cannot be merged: both versions of each. */
  | { readonly ok: false; readonly conflicts: readonly Conflict[] };

export interface Conflict {
  /** Line in the operator's text at which it begins, from 1. */
  readonly line: number;
  readonly yours: readonly string[];
  readonly ours: readonly string[];
}

export function merge(texts: {
  readonly base: string;
  /** The operator's. */
  readonly mine: string;
  /** The new rendering. */
  readonly theirs: string;
}): Merged {
  const { base, mine, theirs } = texts;
  // Split at line ends, so that a missing last one is kept as it is.
  const [a, o, b] = [mine, base, theirs].map((text) => text.split("\n"));
  const regions = diff3Merge(a ?? [], o ?? [], b ?? [], { excludeFalseConflicts: true });
  const conflicts = regions.flatMap(({ conflict }): Conflict[] =>
    conflict === undefined
      ? []
      : [{ line: conflict.aIndex + 1, yours: conflict.a, ours: conflict.b }]
  );
  if (conflicts.length > 0) return { ok: false, conflicts };
  return { ok: true, text: regions.flatMap(({ ok }) => ok ?? []).join("\n") };
}

/** As `readEnv` and Compose take it: a name may be indented, exported, and apart from its equals sign. */
const ASSIGNMENT = /^([ \t]*(?:export[ \t]+)?)([A-Za-z_][A-Za-z0-9_]*)[ \t]*=.*$/gm;

/**
 * `.env` with the values of our secrets taken out, as it is kept for later merges: secrets stand in
 * `.env` alone.
 */
export function withoutSecrets(text: string): string {
  return text.replace(
    ASSIGNMENT,
    (whole: string, before: string, name: string) =>
      SECRET_VARIABLES.has(name) ? `${before}${name}=${MASK}` : whole,
  );
}

/** The secrets' values put back, by their names. */
export function withSecrets(text: string, from: string): string {
  const values = readEnv(from);
  return text.replace(
    ASSIGNMENT,
    (whole: string, before: string, name: string) =>
      SECRET_VARIABLES.has(name) && whole === `${before}${name}=${MASK}`
        ? before + writeAssignment(name, values.get(name) ?? "")
        : whole,
  );
}

/** The same for `.env`: secrets take no part in it, the new rendering's values stand afterwards. */
export function mergeEnv(texts: Parameters<typeof merge>[0]): Merged {
  const merged = merge({
    base: withoutSecrets(texts.base),
    mine: withoutSecrets(texts.mine),
    theirs: withoutSecrets(texts.theirs),
  });
  return merged.ok ? { ok: true, text: withSecrets(merged.text, texts.theirs) } : merged;
}

/** The conflicts as text, in the form that version control made familiar. */
export function conflictText(conflicts: readonly Conflict[]): string {
  return conflicts.map(({ line, yours, ours }) =>
    [
      `line ${line}:`,
      "  <<<<<<< yours",
      ...yours.map((each) => `  ${each}`),
      "  =======",
      ...ours.map((each) => `  ${each}`),
      "  >>>>>>> rxdx-setup's",
    ].join("\n")
  ).join("\n");
}
