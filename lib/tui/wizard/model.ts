/**
 * What the wizard knows and what can happen to it. `update.ts` makes the next model of a message,
 * `view.ts` makes lines of a model, `run.ts` supplies the messages and carries out the effects.
 */
import type { Provenance } from "../../answers/layers.ts";
import {
  askedQuestions,
  type ProbeName,
  type Question,
  questionId,
  type Step,
} from "../../answers/question.ts";
import { STEPS } from "../../answers/questions.ts";
import type { Tree } from "../../answers/tree.ts";
import type { Problem } from "../../errors.ts";
import type { TerminalSize } from "../../host/types.ts";
import type { Key } from "../keys.ts";
import type { TextField } from "../widgets/text_field.ts";
import type { Check, ProbeResult, Review, Said, WizardSession } from "./session.ts";

/** A page: the welcome, a step of questions, the review. */
export type Page =
  | { readonly id: "welcome"; readonly title: string }
  | { readonly id: string; readonly title: string; readonly step: Step }
  | { readonly id: "review"; readonly title: string };

export const PAGES: readonly Page[] = [
  { id: "welcome", title: "Welcome" },
  ...STEPS.map((step) => ({ id: step.id, title: step.title, step })),
  { id: "review", title: "Review" },
];

export const REVIEW_PAGE: number = PAGES.length - 1;

/** A probe that runs or has run. */
export type ProbeState = "running" | ProbeResult;

export type ReviewState = "none" | "running" | Review | { readonly failed: string };

/** A page that lies over the present one. */
export type Overlay = "help" | "explain";

export interface WizardModel {
  readonly size: TerminalSize;
  /** Index into {@link PAGES}. */
  readonly page: number;
  /** Which of the page's questions has the cursor. */
  readonly focus: number;
  readonly said: Said;
  /** All values as they would be, defaults included. */
  readonly answers: Tree;
  readonly provenance: Provenance;
  /** The text of the focused question while it is typed. */
  readonly field: TextField | undefined;
  /** Rules that were found broken, by the question's id. */
  readonly errors: ReadonlyMap<string, string>;
  readonly probes: ReadonlyMap<ProbeName, ProbeState>;
  /** Of the machine; `undefined` while it is being looked at. */
  readonly checks: readonly Check[] | undefined;
  /** Of the names; with the names they were made for. */
  readonly names: { readonly of: string; readonly checks: readonly Check[] } | undefined;
  readonly review: ReviewState;
  /** First line on show of the review or an overlay. */
  readonly offset: number;
  readonly overlay: Overlay | undefined;
  /** Where an interrupted wizard was left; asked on the first page. */
  readonly resume:
    | { readonly page: number; readonly at: string; readonly goOn: boolean }
    | undefined;
  /** The path of an answers file while it is typed. */
  readonly saving: TextField | undefined;
  /** The last thing that happened, for the line above the keys. */
  readonly notice: { readonly text: string; readonly bad: boolean } | undefined;
  /** Counts up while something runs. */
  readonly tick: number;
}

export type Message =
  | { readonly type: "key"; readonly key: Key }
  | { readonly type: "resized"; readonly size: TerminalSize }
  | { readonly type: "tick" }
  | { readonly type: "checks"; readonly checks: readonly Check[] }
  | { readonly type: "names"; readonly of: string; readonly checks: readonly Check[] }
  | { readonly type: "probed"; readonly probe: ProbeName; readonly result: ProbeResult }
  | { readonly type: "reviewed"; readonly review: ReviewState; readonly said: Said }
  | { readonly type: "saved"; readonly text: string; readonly bad: boolean };

/** What `update` asks `run.ts` to do to the outside. */
export type Effect =
  | { readonly type: "leave" | "suspend" | "redraw" | "names" | "review" | "draft" }
  | { readonly type: "probe"; readonly probe: ProbeName }
  | { readonly type: "save"; readonly path: string }
  /** The operator agrees: to everything, or to writing the files alone. */
  | { readonly type: "agree"; readonly start: boolean };

/** The names that DNS is asked about. */
export function namesOfAnswers(answers: Tree): string {
  return [answers["domain"], ...(Array.isArray(answers["aliases"]) ? answers["aliases"] : [])]
    .join(" ");
}

export function init(session: WizardSession, size: TerminalSize): WizardModel {
  const merged = session.merge({});
  const page = PAGES.findIndex((each) => each.id === session.draft?.page);
  return {
    size,
    page: 0,
    focus: 0,
    said: { you: {}, secrets: {}, locals: {} },
    answers: merged.values,
    provenance: merged.provenance,
    field: undefined,
    errors: new Map(),
    probes: new Map(),
    checks: undefined,
    names: undefined,
    review: "none",
    offset: 0,
    overlay: undefined,
    resume: session.draft === undefined || page < 1
      ? undefined
      : { page, at: session.draft.at, goOn: true },
    saving: undefined,
    notice: undefined,
    tick: 0,
  };
}

/** The questions of the present page that are worth asking. */
export function questionsOf(model: WizardModel, session: WizardSession): readonly Question[] {
  const page = PAGES[model.page];
  if (page === undefined || !("step" in page)) return [];
  return askedQuestions(page.step, model.answers, { exists: session.exists });
}

export function focused(model: WizardModel, session: WizardSession): Question | undefined {
  return questionsOf(model, session)[model.focus];
}

/** The first problem that belongs to a question. */
export function problemOf(question: Question, problems: readonly Problem[]): Problem | undefined {
  return problems.find(({ key }) =>
    question.kind === "field"
      ? key === question.path || key.startsWith(`${question.path}.`)
      : question.kind === "secret" && key === `RXDX_SECRET_${question.secret}`
  );
}

/**
 * Questions and what is wrong with their answers. A problem of a whole group (`resources`) is told at
 * the first question of that group.
 */
export function wrongAnswers(
  questions: readonly Question[],
  problems: readonly Problem[],
): [question: Question, problem: Problem][] {
  const told = new Set<Problem>();
  const inGroup = (question: Question, { key }: Problem) =>
    question.kind === "field" && question.path.startsWith(`${key}.`);
  return questions.flatMap((question): [Question, Problem][] => {
    const problem = problemOf(question, problems) ??
      problems.find((each) => !told.has(each) && inGroup(question, each));
    if (problem === undefined) return [];
    told.add(problem);
    return [[question, problem]];
  });
}

/** The page that asks for what a problem is about; `undefined` when none does. */
export function pageOf(
  problem: Problem,
  model: WizardModel,
  session: WizardSession,
): { page: number; focus: number } | undefined {
  for (const [page, each] of PAGES.entries()) {
    if (!("step" in each)) continue;
    const questions = askedQuestions(each.step, model.answers, { exists: session.exists });
    const [wrong] = wrongAnswers(questions, [problem]);
    if (wrong !== undefined) return { page, focus: questions.indexOf(wrong[0]) };
  }
  return undefined;
}

/** True while something is going on that the screen shows as such. */
export function isBusy(model: WizardModel): boolean {
  return model.review === "running" || (model.page === 0 && model.checks === undefined) ||
    [...model.probes.values()].includes("running");
}

export { questionId };
