/** When a question is worth asking, and the shortest way to ask for a field. Pure; the pages use it. */
import type { Question } from "../question.ts";
import { valueAt } from "../tree.ts";

export type Asked = Question["asked"];

export const always: Asked = () => true;

/** Only while nothing exists: the data are made with it. */
export const onNew: Asked = (_answers, { exists }) => !exists;

/** While a field has one of these values. */
export const when = (path: string, ...values: readonly unknown[]): Asked => (answers) =>
  values.includes(valueAt(answers, path));

/** While a text is not empty. */
export const given = (path: string): Asked => (answers) => (valueAt(answers, path) ?? "") !== "";

export const both = (a: Asked, b: Asked): Asked => (answers, context) =>
  a(answers, context) && b(answers, context);

/** Asks for a field with its own choices, or as a text. */
export const field = (
  path: string,
  title: string,
  ask: string,
  asked: Asked = always,
): Question => ({ kind: "field", path, title, ask, asked });

/** Asks for a text that may be left out; `empty` says what that means. */
export const optional = (
  path: string,
  title: string,
  ask: string,
  empty: string,
  asked: Asked = always,
): Question => ({ kind: "field", path, title, ask, asked, empty });
