/** What the parts of a proposal write into. Pure. */
import { setAt, type Tree } from "../answers/tree.ts";
import type { Problem } from "../errors.ts";
import type { SecretName } from "../secrets/secrets.ts";

/** One thing that was recognised. */
export interface Recognised {
  readonly what: string;
  /** For people; never a secret. */
  readonly value: string;
  readonly from: string;
}

/** What the parts of a proposal are written into. */
export interface Draft {
  readonly values: Tree;
  readonly secrets: Partial<Record<SecretName, string>>;
  readonly recognised: Recognised[];
  readonly assumed: string[];
  readonly differs: string[];
  readonly leftAlone: string[];
  readonly problems: Problem[];
}

/** Takes a value over. */
export function keep(draft: Draft, path: string, value: unknown, from: string, what = path): void {
  setAt(draft.values, path, value);
  draft.recognised.push({
    what,
    value: Array.isArray(value) ? value.join(", ") : String(value),
    from,
  });
}
