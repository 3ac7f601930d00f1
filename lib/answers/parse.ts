/** Unknown data → `Answers`, or every problem at once. */
import * as v from "valibot";
import type { Problem } from "../errors.ts";
import { fieldAt, FIELDS, SECTIONS } from "./fields.ts";
import { type Answers, AnswersSchema } from "./schema.ts";
import { nearest } from "./suggest.ts";
import { isTree, type Tree, valueAt } from "./tree.ts";

export type Parsed =
  | { readonly ok: true; readonly answers: Answers }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Without what moves a cursor, breaks a line, or turns the direction of text. */
export function printable(text: string): string {
  return text.toWellFormed()
    // deno-lint-ignore no-control-regex
    .replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g, "?");
}

/** A value as the operator wrote it, on one line and cut to a length a screen can show. */
export function show(value: unknown): string {
  // YAML permits a document to hold itself; JSON does not.
  let text: string | undefined;
  try {
    text = typeof value === "string" ? value : JSON.stringify(value);
  } catch {
    text = "(recursive)";
  }
  const line = printable(text ?? String(value));
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

/**
 * An empty section (`ports:` with nothing under it) is read as "all defaults". A list in place of a
 * section is handed on as text, because the schema would take an empty one for an empty section.
 */
function withoutEmptySections(tree: Tree): Tree {
  const sections = new Set(SECTIONS.map((section) => section.path));
  const clean = (at: Tree, prefix: string): Tree =>
    Object.fromEntries(
      Object.entries(at).flatMap(([key, value]) => {
        const path = prefix === "" ? key : `${prefix}.${key}`;
        if (!sections.has(path)) return [[key, value]];
        if (value === null) return [];
        return [[key, isTree(value) ? clean(value, path) : show(value)]];
      }),
    );
  return clean(tree, "");
}

export function parseAnswers(input: unknown): Parsed {
  if (!isTree(input)) {
    return {
      ok: false,
      problems: [{
        key: "(file)",
        value: show(input),
        rule: "must be a group of keys",
        example: "name: rxdx",
      }],
    };
  }
  const tree = withoutEmptySections(input);
  const result = v.safeParse(AnswersSchema, tree);
  if (result.success) return { ok: true, answers: result.output };
  return { ok: false, problems: result.issues.map((issue) => toProblem(issue, tree)) };
}

function toProblem(issue: v.BaseIssue<unknown>, tree: Tree): Problem {
  const keys = (issue.path ?? []).map((item) => String(item.key));
  const path = keys.join(".");
  if (issue.type === "strict_object" && issue.expected === "never") return unknownKey(keys, tree);
  // A list's entry is reported under the list, with the entry's own value.
  const field = fieldAt(path) ?? fieldAt(keys.slice(0, -1).join("."));
  const section = SECTIONS.find((each) => each.path === path);
  const example = field?.suggest?.(issue.input) ?? field?.example ??
    (section === undefined ? "" : exampleOf(section.path));
  return {
    key: path === "" ? "(file)" : path,
    value: show(issue.input),
    rule: issue.message,
    ...(example === "" ? {} : { example }),
  };
}

function exampleOf(section: string): string {
  const field = FIELDS.find((each) => each.path.startsWith(`${section}.`));
  return field === undefined ? "" : `${field.path}: ${field.example}`;
}

function unknownKey(keys: readonly string[], tree: Tree): Problem {
  const path = keys.join(".");
  const parent = keys.slice(0, -1).join(".");
  const siblings = [...FIELDS.map((field) => field.path), ...SECTIONS.map((each) => each.path)]
    .filter((each) => each.lastIndexOf(".") === (parent === "" ? -1 : parent.length))
    .filter((each) => parent === "" || each.startsWith(`${parent}.`))
    .map((each) => each.slice(parent === "" ? 0 : parent.length + 1));
  const near = nearest(keys.at(-1) ?? "", siblings);
  return {
    key: path.trim() === "" ? JSON.stringify(show(path)) : show(path),
    value: show(valueAt(tree, path)),
    rule: "is not a known key" + (near === undefined ? "" : `; did you mean ${near}?`),
    example: near === undefined
      ? `one of ${siblings.slice(0, 12).join(", ")}`
      : parent === ""
      ? near
      : `${parent}.${near}`,
  };
}
