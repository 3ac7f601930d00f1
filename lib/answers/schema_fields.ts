/** The kinds of field that the schema is made of: a type, a rule, a meaning, an example. Called by `schema.ts`. */
// deno-lint-ignore-file explicit-module-boundary-types -- what valibot infers is the type
import * as v from "valibot";
import type { Rule } from "./rules.ts";
import { nearest } from "./suggest.ts";

/** What the reference and an error message say of a field. */
export interface FieldNotes {
  readonly doc: string;
  readonly example: string;
  /** A better example for this wrong value, when one can be guessed. */
  readonly suggest?: (value: unknown) => string | undefined;
}

export function notes(doc: string, example: string): FieldNotes & Record<string, string> {
  return { doc, example };
}

/** The same with the rule's guess, if that guess keeps the rule. */
function guessing(rule: Rule<string>, doc: string, example: string) {
  const suggest = (value: unknown) => {
    const guess = typeof value === "string" ? rule.suggest?.(value) : undefined;
    return guess !== undefined && guess !== value && guess.length <= 100 && rule.holds(guess)
      ? guess
      : undefined;
  };
  return { doc, example, suggest };
}

/** @param also a second rule, of a value that keeps the first */
export function text(rule: Rule<string>, doc: string, example: string, also: Rule<string> = rule) {
  return v.pipe(
    v.string(`must ${rule.text}`),
    v.check(rule.holds, `must ${rule.text}`),
    v.check((value) => !rule.holds(value) || also.holds(value), `must ${also.text}`),
    v.metadata(guessing(rule, doc, example)),
  );
}

/** A text that may also be empty: "not given". */
export function optionalText(rule: Rule<string>, doc: string, example: string) {
  return v.pipe(
    v.string(`must be empty or ${rule.text}`),
    v.check((value) => value === "" || rule.holds(value), `must be empty or ${rule.text}`),
    v.metadata(guessing(rule, doc, example)),
  );
}

export function number(rule: Rule<number>, doc: string, example: string) {
  return v.pipe(
    v.number(`must ${rule.text}`),
    v.check(rule.holds, `must ${rule.text}`),
    v.metadata(notes(doc, example)),
  );
}

/** `prod` → `production`, `info` → `INFO`, `self_signed` → `self-signed`. */
function nearChoice(value: string, options: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z]/g, "");
  const wanted = plain(value);
  if (wanted.length < 2) return undefined;
  return options.find((each) => plain(each) === wanted) ??
    options.find((each) => plain(each).startsWith(wanted)) ?? nearest(value, options);
}

export function flag(doc: string, example = "true") {
  return v.pipe(v.boolean("must be true or false"), v.metadata(notes(doc, example)));
}

export function choice<const T extends readonly string[]>(options: T, doc: string) {
  return v.pipe(
    v.picklist(options, `must be one of ${options.join(", ")}`),
    v.metadata({
      ...notes(doc, options.join(" | ")),
      suggest: (value: unknown) =>
        typeof value === "string" ? nearChoice(value, options) : undefined,
    }),
  );
}

export function list(rule: Rule<string>, doc: string, example: string) {
  return v.pipe(
    v.array(
      v.pipe(
        v.string(`must ${rule.text}`),
        v.check(rule.holds, `must ${rule.text}`),
      ),
      "must be a list",
    ),
    v.maxLength(100, "must have at most 100 entries"),
    v.metadata(guessing(rule, doc, example)),
  );
}

/** One text or a list of them; empty, or an empty list: none. */
export function texts(rule: Rule<string>, doc: string, example: string) {
  const what = `must be empty, one or a list; each must ${rule.text}`;
  return v.pipe(
    v.union([v.string(), v.array(v.string())], what),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const values = typeof dataset.value === "string" ? [dataset.value] : dataset.value;
      const list = typeof dataset.value !== "string";
      for (const value of values) {
        if (rule.holds(value) || (value === "" && !list)) continue;
        addIssue({ message: `must ${rule.text}`, input: value });
      }
      if (values.length > 100) addIssue({ message: "must have at most 100 entries" });
    }),
    v.metadata(guessing(rule, doc, example)),
  );
}

export function section<const T extends v.ObjectEntries>(entries: T, doc: string) {
  const schema = v.pipe(
    v.strictObject(entries, "must be a group of keys"),
    v.metadata(notes(doc, "")),
  );
  return v.optional(schema, {} as v.InferInput<typeof schema>);
}
