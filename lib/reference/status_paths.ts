/**
 * The fields of the status document as a type: every path in it with the word for its kind. What is
 * said of them is checked against it, so that the page cannot miss a field, name one that is not
 * there, or call a field nullable that is not.
 */
import type { StatusDocument } from "../observe/status.ts";

type Word<T> = T extends string ? "string"
  : T extends number ? "number"
  : T extends boolean ? "boolean"
  : T extends readonly (infer U)[] ? `array of ${Word<U>}s`
  : "object";

/** `number`, or `number or null`. */
type Kind<T> = null extends T ? `${Word<NonNullable<T>>} or null` : Word<NonNullable<T>>;

type Below<T, P extends string> = T extends readonly (infer U)[]
  ? U extends object ? Entries<U, `${P}[].`> : never
  : T extends object ? Entries<T, `${P}.`>
  : never;

type Entries<T, P extends string> = {
  [K in keyof T & string]-?:
    | readonly [path: `${P}${K}`, kind: Kind<T[K]>]
    | Below<NonNullable<T[K]>, `${P}${K}`>;
}[keyof T & string];

/** For every path in the document exactly one description: its kind as a word, and its meaning. */
export type Described = {
  readonly [E in Entries<StatusDocument, ""> as E[0]]: readonly [kind: E[1], meaning: string];
};
