/**
 * The kinds of fields that `rxdx.yml` is made of: type, rule, meaning and example in one. Pure; the
 * schema is put together from these.
 */
import * as v from "valibot";
import type { Rule } from "./rules.ts";

/** What the reference and an error message say of a field. */
export interface FieldNotes {
  readonly doc: string;
  readonly example: string;
}

export function notes(doc: string, example: string): FieldNotes & Record<string, string> {
  return { doc, example };
}

export function text(rule: Rule<string>, doc: string, example: string) {
  return v.pipe(
    v.string(`must ${rule.text}`),
    v.check(rule.holds, `must ${rule.text}`),
    v.metadata(notes(doc, example)),
  );
}

/** A text that may also be empty: "not given". */
export function optionalText(rule: Rule<string>, doc: string, example: string) {
  return v.pipe(
    v.string(`must be empty or ${rule.text}`),
    v.check((value) => value === "" || rule.holds(value), `must be empty or ${rule.text}`),
    v.metadata(notes(doc, example)),
  );
}

export function number(rule: Rule<number>, doc: string, example: string) {
  return v.pipe(
    v.number(`must ${rule.text}`),
    v.check(rule.holds, `must ${rule.text}`),
    v.metadata(notes(doc, example)),
  );
}

export function flag(doc: string, example = "true") {
  return v.pipe(v.boolean("must be true or false"), v.metadata(notes(doc, example)));
}

export function choice<const T extends readonly string[]>(options: T, doc: string) {
  return v.pipe(
    v.picklist(options, `must be one of ${options.join(", ")}`),
    v.metadata(notes(doc, options.join(" | "))),
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
    v.metadata(notes(doc, example)),
  );
}

export function section<const T extends v.ObjectEntries>(entries: T, doc: string) {
  const schema = v.pipe(
    v.strictObject(entries, "must be a group of keys"),
    v.metadata(notes(doc, "")),
  );
  return v.optional(schema, {} as v.InferInput<typeof schema>);
}
