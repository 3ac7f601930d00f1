/**
 * The questions of the wizard as data: pages in their order, and on each the same fields that the
 * unattended path fills; and typed text as the value of a field and back. Pure.
 */
import { fieldAt } from "./fields.ts";
import { coerce } from "./layers.ts";
import { ADDRESS } from "./pages/address.ts";
import { BACKUPS } from "./pages/backups.ts";
import { ENVIRONMENT } from "./pages/environment.ts";
import { IMAGES } from "./pages/images.ts";
import { MAIL } from "./pages/mail.ts";
import { RESOURCES } from "./pages/resources.ts";
import { SECRETS } from "./pages/secrets.ts";
import { TLS } from "./pages/tls.ts";
import { parseAnswers } from "./parse.ts";
import type { Step } from "./question.ts";
import { setAt, type Tree } from "./tree.ts";

/** The pages between welcome and review. */
export const STEPS: readonly Step[] = [
  ENVIRONMENT,
  ADDRESS,
  IMAGES,
  TLS,
  SECRETS,
  RESOURCES,
  MAIL,
  BACKUPS,
];

/** A typed text as the value of a field; `undefined`: it is computed. */
export function valueOfText(path: string, text: string): unknown {
  const optional = fieldAt(path)?.defaultValue === undefined;
  return optional && text.trim() === "" ? undefined : coerce(path, text);
}

/** A value as the text that means it. */
export function textOfValue(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ");
  return value === undefined || value === null ? "" : String(value);
}

/** The rule a typed answer breaks on its own, or `undefined`. */
export function checkField(path: string, text: string): string | undefined {
  const value = valueOfText(path, text);
  if (value === undefined) return undefined;
  const tree: Tree = {};
  setAt(tree, path, value);
  const parsed = parseAnswers(tree);
  if (parsed.ok) return undefined;
  const [problem] = parsed.problems;
  const example = problem?.example ?? fieldAt(path)?.example;
  const rule = problem?.rule ?? "is not valid";
  return example === undefined || example === "" ? rule : `${rule}; for example ${example}`;
}
