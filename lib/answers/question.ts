/**
 * What a question is: data, so that the full-screen wizard, the plain prompts and the reference ask
 * the very same things. The questions themselves stand in `questions.ts`. Pure.
 */
import type { SecretName } from "../secrets/secrets.ts";
import type { Tree } from "./tree.ts";

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}

interface Common {
  /** Short name in front of the value; at most 16 columns. */
  readonly title: string;
  /** The question as a sentence, with what it means. */
  readonly ask: string;
  /** False when earlier answers make it pointless. */
  readonly asked: (answers: Tree, context: QuestionContext) => boolean;
}

/** What is known besides the answers. */
export interface QuestionContext {
  /** True when the stack exists already: what its data were made with is not asked again. */
  readonly exists: boolean;
}

/** Asks for a field of `rxdx.yml`. */
export interface FieldQuestion extends Common {
  readonly kind: "field";
  readonly path: string;
  /** Absent: the choices of the field itself, or a text. */
  readonly choices?: (answers: Tree) => readonly Choice[];
  /** What no answer means, shown in its place. */
  readonly empty?: string;
}

/** Asks for a secret, or lets one be made. */
export interface SecretQuestion extends Common {
  readonly kind: "secret";
  readonly secret: SecretName;
  /** True when one is made where none is given. */
  readonly generated: boolean;
}

/** A text that only a probe needs; it is written nowhere. */
export interface LocalQuestion extends Common {
  readonly kind: "local";
  readonly id: string;
  readonly initial: (answers: Tree) => string;
}

/** Which outside party can be asked whether an answer is right. */
export type ProbeName = "mail" | "imap" | "model" | "registry" | "webhook";

/** Offers to try out what was answered. */
export interface ProbeQuestion extends Common {
  readonly kind: "probe";
  readonly probe: ProbeName;
}

export type Question = FieldQuestion | SecretQuestion | LocalQuestion | ProbeQuestion;

/** Identifies a question within the wizard. */
export function questionId(question: Question): string {
  switch (question.kind) {
    case "field":
      return question.path;
    case "secret":
      return `secret ${question.secret}`;
    case "local":
      return `local ${question.id}`;
    case "probe":
      return `probe ${question.probe}`;
  }
}

/** Questions that belong together: one page of the wizard. */
export interface Step {
  readonly id: string;
  readonly title: string;
  /** What the page is about, in a sentence or two. */
  readonly intro: string;
  readonly questions: readonly Question[];
}

/** The questions of a step that are worth asking now. */
export function askedQuestions(
  step: Step,
  answers: Tree,
  context: QuestionContext,
): readonly Question[] {
  return step.questions.filter((question) => question.asked(answers, context));
}
