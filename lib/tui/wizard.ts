/** Asks the questions of `answers/questions.ts` one after another with present values as defaults. */
import { fieldAt } from "../answers/fields.ts";
import { coerce } from "../answers/layers.ts";
import { checkField, type Question, QUESTIONS } from "../answers/questions.ts";
import type { Answers } from "../answers/schema.ts";
import { setAt, type Tree, valueAt } from "../answers/tree.ts";
import type { Host } from "../host/types.ts";
import { askChoice, askText, intro } from "./prompts.ts";

/**
 * @param present values that Enter keeps: measured ones on a new install
 * @throws Cancelled on Ctrl-C; nothing has been written then
 */
export async function wizard(host: Host, present: Answers, exists: boolean): Promise<Tree> {
  intro(exists ? "Change settings of this RxDx stack" : "Set up an RxDx stack");
  const said: Tree = {};
  const known = structuredClone(present) as unknown as Tree;
  for (const question of QUESTIONS) {
    if (!question.asked(known)) continue;
    const value = coerce(question.path, await ask(host, question, known));
    setAt(known, question.path, value);
    // Enter keeps what was measured or is there; only a change is the operator's own word.
    const before = valueAt(present as unknown as Tree, question.path);
    if (JSON.stringify(before) !== JSON.stringify(value)) setAt(said, question.path, value);
  }
  return said;
}

function ask(host: Host, question: Question, known: Tree): Promise<string> {
  const value = valueAt(known, question.path);
  const initial = Array.isArray(value) ? value.join(", ") : String(value ?? "");
  if (question.choices !== undefined) {
    return askChoice(host, question.title, question.choices, initial);
  }
  const example = fieldAt(question.path)?.example;
  return askText(host, {
    message: question.title,
    initial,
    ...(example === undefined ? {} : { placeholder: example }),
    validate: (text) => checkField(question.path, text),
  });
}
