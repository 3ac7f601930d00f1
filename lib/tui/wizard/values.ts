/** What a question's present answer is, as text and as choices; and what taking one over means. Pure. */
import { fieldAt } from "../../answers/fields.ts";
import type { Choice, Question } from "../../answers/question.ts";
import { textOfValue } from "../../answers/questions.ts";
import { isTree, setAt, type Tree, valueAt } from "../../answers/tree.ts";
import { textField } from "../widgets/text_field.ts";
import type { WizardModel } from "./model.ts";
import type { Said, WizardSession } from "./session.ts";

const YES_NO: readonly Choice[] = [
  { value: "true", label: "yes" },
  { value: "false", label: "no" },
];

/** The choices of a question; empty for a text. */
export function choicesOf(question: Question, answers: Tree): readonly Choice[] {
  if (question.kind !== "field") return [];
  if (question.choices !== undefined) return question.choices(answers);
  const field = fieldAt(question.path);
  if (field?.kind === "boolean") return YES_NO;
  return (field?.choices ?? []).map((value) => ({ value, label: value }));
}

/** The present answer as text. */
export function textOf(question: Question, model: WizardModel): string {
  switch (question.kind) {
    case "field":
      return textOfValue(valueAt(model.answers, question.path));
    case "secret":
      return model.said.secrets[question.secret] ?? "";
    case "local":
      return model.said.locals[question.id] ?? question.initial(model.answers);
    case "probe":
      return "";
  }
}

/** True for a question that is answered by typing. */
export function isText(question: Question, answers: Tree): boolean {
  return question.kind !== "probe" && choicesOf(question, answers).length === 0;
}

/** The model with its words, and everything that follows from them, made anew. */
export function withSaid(model: WizardModel, said: Said, session: WizardSession): WizardModel {
  const merged = session.merge(said.you);
  return { ...model, said, answers: merged.values, provenance: merged.provenance };
}

/** The tree without the value at this path. */
function without(tree: Tree, path: string): Tree {
  const [key = "", ...rest] = path.split(".");
  const { [key]: value, ...others } = tree;
  if (rest.length === 0 || !isTree(value)) return others;
  const inner = without(value, rest.join("."));
  return Object.keys(inner).length === 0 ? others : { ...others, [key]: inner };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The operator's words with a value set; what would be so anyway is not the operator's word. */
export function say(you: Tree, path: string, value: unknown, session: WizardSession): Tree {
  const silent = without(you, path);
  if (same(valueAt(session.merge(silent).values, path), value)) return silent;
  const said = structuredClone(silent);
  setAt(said, path, value);
  return said;
}

/** The model with the cursor on a question, its text ready to be edited. */
export function focusOn(
  model: WizardModel,
  focus: number,
  questions: readonly Question[],
): WizardModel {
  const at = Math.max(0, Math.min(focus, questions.length - 1));
  const question = questions[at];
  const text = question !== undefined && isText(question, model.answers);
  return {
    ...model,
    focus: at,
    field: text ? textField(textOf(question, model)) : undefined,
  };
}
