/**
 * What is kept of an unfinished wizard, so that a dropped connection costs nothing: the operator's
 * own answers and the page, never a secret. Pure; where it is kept is `operations/draft.ts`.
 */
import { leaves, setAt, type Tree } from "../../answers/tree.ts";

export interface WizardDraft {
  /** ISO 8601. */
  readonly at: string;
  /** Id of the page. */
  readonly page: string;
  readonly you: Tree;
  /** Identifies the configuration that was being changed; a draft does not outlive it. */
  readonly base: string;
}

/** A field that is to be computed from now on has no JSON; it is written as this. */
const COMPUTED = null;

export function writeDraft(draft: WizardDraft): string {
  const values = leaves(draft.you).map(([path, value]) => [path, value ?? COMPUTED]);
  return JSON.stringify({
    schema: 1,
    at: draft.at,
    page: draft.page,
    base: draft.base,
    values: Object.fromEntries(values),
  }) + "\n";
}

/** `undefined` for anything that is not a draft of this version and this configuration. */
export function readDraft(text: string, base: string): WizardDraft | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const found = value as Partial<Record<string, unknown>>;
  const { schema, at, page, values } = found;
  if (
    schema !== 1 || typeof at !== "string" || Number.isNaN(Date.parse(at)) ||
    typeof page !== "string" || typeof values !== "object" || values === null ||
    found["base"] !== base
  ) return undefined;
  const you: Tree = {};
  for (const [path, each] of Object.entries(values)) {
    setAt(you, path, each === COMPUTED ? undefined : each);
  }
  return { at, page, base, you };
}
