/**
 * What keys do on a page of questions: typing, choosing, going from one question to the next. An
 * answer is judged when it is left, on its own and together with the others. Pure; `update.ts` calls
 * it.
 */
import { checkField, valueOfText } from "../../answers/questions.ts";
import { type Question, questionId } from "../../answers/question.ts";
import type { Key } from "../keys.ts";
import { typed } from "../widgets/text_field.ts";
import {
  type Effect,
  focused,
  namesOfAnswers,
  PAGES,
  problemOf,
  questionsOf,
  type WizardModel,
  wrongAnswers,
} from "./model.ts";
import type { WizardSession } from "./session.ts";
import type { Updated } from "./update.ts";
import { choicesOf, focusOn, isText, say, textOf, withSaid } from "./values.ts";

/** How a page is left. */
interface Ways {
  readonly next: (model: WizardModel, session: WizardSession) => Updated;
  readonly back: (model: WizardModel, session: WizardSession) => Updated;
}

export function onFormKey(
  model: WizardModel,
  key: Key,
  session: WizardSession,
  ways: Ways,
): Updated {
  const question = focused(model, session);
  switch (key.name) {
    case "esc":
    case "pageup":
      return ways.back(kept(model, question, session), session);
    case "pagedown":
      return leave(model, question, session, ways, "page");
    case "enter":
      if (question?.kind === "probe" && !model.probes.has(question.probe)) {
        return probe(model, question.probe);
      }
      return leave(model, question, session, ways, "next");
    case "tab":
      return leave(model, question, session, ways, "next");
    case "shift+tab":
      return leave(model, question, session, ways, "previous");
  }
  if (question === undefined) return [model];
  // Figures and sizes never hold an e: there the key explains instead.
  if (key.name === "e" && PAGES[model.page]?.id === "resources") {
    return [{ ...model, overlay: "explain", offset: 0 }];
  }
  if (isText(question, model.answers)) return onTextKey(model, question, key, session, ways);
  if (key.name === "?") return [{ ...model, overlay: "help", offset: 0 }];
  if (question.kind === "probe") {
    if (key.name === "space") return probe(model, question.probe);
    if (key.name === "up") return leave(model, question, session, ways, "previous");
    if (key.name === "down") return leave(model, question, session, ways, "down");
    return [model];
  }
  return onChoiceKey(model, question, key, session);
}

function onTextKey(
  model: WizardModel,
  question: Question,
  key: Key,
  session: WizardSession,
  ways: Ways,
): Updated {
  if (key.name === "up") return leave(model, question, session, ways, "previous");
  if (key.name === "down") return leave(model, question, session, ways, "down");
  if (model.field === undefined) return [model];
  const field = typed(model.field, key);
  if (field === model.field) return [model];
  const errors = new Map(model.errors);
  errors.delete(questionId(question));
  return [{ ...model, field, errors }];
}

function onChoiceKey(
  model: WizardModel,
  question: Question,
  key: Key,
  session: WizardSession,
): Updated {
  if (question.kind !== "field") return [model];
  const choices = choicesOf(question, model.answers);
  const at = choices.findIndex((each) => each.value === textOf(question, model));
  const step = ({ up: -1, left: -1, k: -1, down: 1, right: 1, j: 1, space: 1 } as Record<
    string,
    number
  >)[key.name];
  const named = choices.findIndex((each) =>
    key.text !== undefined && each.label.startsWith(key.text.toLowerCase())
  );
  // With two choices any of these keys means the other one.
  const to = step !== undefined
    ? choices.length === 2
      ? 1 - Math.max(0, at)
      : Math.max(0, Math.min(choices.length - 1, at + step))
    : named;
  const choice = choices[to];
  if (choice === undefined || to === at) return [model];
  const value = valueOfText(question.path, choice.value);
  const you = say(model.said.you, question.path, value, session);
  const errors = new Map(model.errors);
  errors.delete(questionId(question));
  return [{ ...withSaid(model, { ...model.said, you }, session), errors }];
}

/** Takes the typed text over; a text that breaks a rule is an error and stays in the field. */
function taken(
  model: WizardModel,
  question: Question | undefined,
  session: WizardSession,
): WizardModel | { readonly broken: string } {
  if (question === undefined || model.field === undefined) return model;
  const { text } = model.field;
  const { said } = model;
  switch (question.kind) {
    case "field": {
      if (text === textOf(question, model)) return model;
      const trimmed = text.trim();
      const broken = checkField(question.path, trimmed);
      if (broken !== undefined) return { broken };
      const you = say(said.you, question.path, valueOfText(question.path, trimmed), session);
      return withSaid(model, { ...said, you }, session);
    }
    case "secret": {
      const { [question.secret]: _, ...others } = said.secrets;
      const secrets = text === "" ? others : { ...others, [question.secret]: text };
      if (text === (said.secrets[question.secret] ?? "")) return model;
      const problem = problemOf(question, session.problems({ ...said, secrets }));
      return problem === undefined
        ? withSaid(model, { ...said, secrets }, session)
        : { broken: problem.rule };
    }
    case "local":
      return {
        ...model,
        said: { ...said, locals: { ...said.locals, [question.id]: text.trim() } },
      };
    case "probe":
      return model;
  }
}

/** Going back keeps a good answer and lets go of one that is none. */
function kept(
  model: WizardModel,
  question: Question | undefined,
  session: WizardSession,
): WizardModel {
  const next = taken(model, question, session);
  return "broken" in next ? model : next;
}

function leave(
  model: WizardModel,
  question: Question | undefined,
  session: WizardSession,
  ways: Ways,
  to: "next" | "previous" | "down" | "page",
): Updated {
  const next = taken(model, question, session);
  if ("broken" in next) {
    const id = question === undefined ? "" : questionId(question);
    return [{ ...model, errors: new Map([...model.errors, [id, next.broken]]) }];
  }
  const changed = namesOfAnswers(next.answers) !== namesOfAnswers(model.answers);
  const effects: Effect[] = changed ? [{ type: "names" }] : [];
  // What was tried out was another answer.
  const probes = next.said === model.said ? next.probes : new Map();
  const questions = questionsOf(next, session);
  // The question's place may have changed: earlier ones come and go with the answers.
  const at = question === undefined
    ? 0
    : Math.max(0, questions.findIndex((each) => questionId(each) === questionId(question)));
  const moved: WizardModel = { ...next, probes };
  const last = at >= questions.length - 1;
  if (to === "previous") return [focusOn(moved, at - 1, questions), ...effects];
  if (to === "down") return [focusOn(moved, at + 1, questions), ...effects];
  if (to === "next" && !last) return [focusOn(moved, at + 1, questions), ...effects];
  // Whether the answers of the page hold together.
  const wrong = wrongAnswers(questions, session.problems(moved.said));
  const [first] = wrong;
  if (first !== undefined) {
    const errors = new Map(wrong.map(([each, { rule }]) => [questionId(each), rule]));
    return [{ ...focusOn(moved, questions.indexOf(first[0]), questions), errors }, ...effects];
  }
  const [page, ...more] = ways.next(moved, session);
  return [page, ...effects, ...more];
}

function probe(model: WizardModel, name: Extract<Question, { kind: "probe" }>["probe"]): Updated {
  if (model.probes.get(name) === "running") return [model];
  const probes = new Map([...model.probes, [name, "running" as const]]);
  return [{ ...model, probes }, { type: "probe", probe: name }];
}
