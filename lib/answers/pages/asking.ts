/** When a question is worth asking, and the shortest way to ask for a field. Pure; the pages use it. */
import type { Question, QuestionContext } from "../question.ts";
import { type Tree, valueAt } from "../tree.ts";

export type Asked = Question["asked"];

export function always(): boolean {
  return true;
}

/** Only while nothing exists: the data are made with it. */
export function onNew(_answers: Tree, { exists }: QuestionContext): boolean {
  return !exists;
}

/** While a field has one of these values. */
export function when(path: string, ...values: readonly unknown[]): Asked {
  return (answers) => values.includes(valueAt(answers, path));
}

/** While a text is not empty. */
export function given(path: string): Asked {
  return (answers) => (valueAt(answers, path) ?? "") !== "";
}

export function both(a: Asked, b: Asked): Asked {
  return (answers, context) => a(answers, context) && b(answers, context);
}

/** Asks for a field with its own choices, or as a text. */
export function field(
  path: string,
  title: string,
  ask: string,
  asked: Asked = always,
): Question {
  return { kind: "field", path, title, ask, asked };
}

/** Asks for a text that may be left out; `empty` says what that means. */
export function optional(
  path: string,
  title: string,
  ask: string,
  empty: string,
  asked: Asked = always,
): Question {
  return { kind: "field", path, title, ask, asked, empty };
}
