/**
 * The wizard in plain lines: the same pages and questions, one line at a time, no cursor moved. For
 * screen readers (`--accessible`), for terminals that can do no more, and for logs.
 */
import { Cancelled, type Problem, SetupError } from "../../errors.ts";
import { checkField, valueOfText } from "../../answers/questions.ts";
import { type Question, questionId } from "../../answers/question.ts";
import { fieldAt } from "../../answers/fields.ts";
import type { Host, LineInput } from "../../host/types.ts";
import { askLine, choiceNamed, yesOrNo } from "../prompts.ts";
import { plain } from "../ansi.ts";
import {
  init,
  pageOf,
  PAGES,
  problemOf,
  questionsOf,
  REVIEW_PAGE,
  type WizardModel,
  wrongAnswers,
} from "./model.ts";
import { draftOf, reasonOf, type WizardOutcome } from "./run.ts";
import { BACK, checkLines, NOTHING, welcomeLines } from "./plain_text.ts";
import type { Check, Review, WizardSession } from "./session.ts";
import { choicesOf, say, textOf, withSaid } from "./values.ts";

export interface PlainOptions {
  readonly host: Host;
  readonly session: WizardSession;
}

const SIZE = { columns: 80, rows: 24 };

/**
 * @throws Cancelled on Ctrl-C, Ctrl-D and when the connection drops; the answers are kept as a draft
 */
export async function runPlainWizard(options: PlainOptions): Promise<WizardOutcome> {
  const input = options.host.terminal.lines();
  try {
    return await new PlainWizard(options, input).run();
  } finally {
    input.close();
  }
}

class PlainWizard {
  readonly #host: Host;
  readonly #session: WizardSession;
  readonly #input: LineInput;
  #model: WizardModel;

  constructor({ host, session }: PlainOptions, input: LineInput) {
    this.#host = host;
    this.#session = session;
    this.#input = input;
    this.#model = init(session, SIZE);
  }

  async run(): Promise<WizardOutcome> {
    let page = await this.#welcome();
    for (;;) {
      this.#model = { ...this.#model, page };
      await this.#keepDraft(page);
      if (page === REVIEW_PAGE) {
        const done = await this.#review();
        if (typeof done !== "number") return done;
        page = done;
      } else page = Math.max(1, page + (await this.#askPage() === "back" ? -1 : 1));
    }
  }

  #say(text = ""): void {
    this.#host.terminal.err(`${text}\n`);
  }

  async #welcome(): Promise<number> {
    const { draft } = this.#session;
    for (const line of welcomeLines(this.#session)) this.#say(line);
    this.#checks(await this.#session.machineChecks());
    const { resume } = this.#model;
    if (resume === undefined || draft === undefined) return 1;
    const question = `Answers of ${resume.at.slice(0, 16).replace("T", " ")} UTC are still here. ` +
      `Go on at "${PAGES[resume.page]?.title}"?`;
    if (!await yesOrNo(this.#host, this.#input, question, true)) return 1;
    const said = { ...this.#model.said, you: draft.you };
    this.#model = withSaid(this.#model, said, this.#session);
    return resume.page;
  }

  #checks(checks: readonly Check[]): void {
    for (const line of checkLines(checks)) this.#say(line);
  }

  async #askPage(): Promise<"back" | "next"> {
    const page = PAGES[this.#model.page];
    if (page === undefined || !("step" in page)) return "next";
    this.#say(`\nPage ${this.#model.page} of ${REVIEW_PAGE}: ${page.title}. ${page.step.intro}`);
    const asked = new Set<string>();
    for (;;) {
      const question = questionsOf(this.#model, this.#session)
        .find((each) => !asked.has(questionId(each)));
      if (question === undefined) {
        const wrong = this.#wrong(asked);
        if (wrong.length === 0) break;
        // What does not hold together is asked again.
        for (const [id, problem] of wrong) {
          this.#say(`✗ ${problem.key}: ${problem.rule}`);
          asked.delete(id);
        }
        continue;
      }
      asked.add(questionId(question));
      if (await this.#ask(question) === "back") return "back";
    }
    if (page.id === "resources") {
      for (const line of this.#session.commitment(this.#model.said.you)) this.#say(`  ${line}`);
    }
    if (page.id === "address") {
      this.#checks(await this.#session.nameChecks(this.#model.said.you));
    }
    return "next";
  }

  #wrong(asked: ReadonlySet<string>): [id: string, problem: Problem][] {
    const questions = questionsOf(this.#model, this.#session)
      .filter((question) => asked.has(questionId(question)));
    return wrongAnswers(questions, this.#session.problems(this.#model.said))
      .map(([question, problem]) => [questionId(question), problem]);
  }

  #ask(question: Question): Promise<"back" | "next"> {
    switch (question.kind) {
      case "probe":
        return this.#probe(question);
      case "secret":
        return this.#secret(question);
      default:
        return choicesOf(question, this.#model.answers).length > 0
          ? this.#choice(question)
          : this.#text(question);
    }
  }

  async #choice(question: Question): Promise<"back" | "next"> {
    const choices = choicesOf(question, this.#model.answers);
    const value = textOf(question, this.#model);
    const usual = Math.max(0, choices.findIndex((each) => each.value === value));
    this.#say(question.ask);
    for (const [index, { label, hint }] of choices.entries()) {
      this.#say(`  ${index + 1}  ${label}${hint === undefined ? "" : `: ${hint}`}`);
    }
    for (;;) {
      const typed = (await this.#line(`${question.title} [${choices[usual]?.label}] `)).trim();
      if (typed === BACK) return "back";
      if (this.#explains(typed, question)) continue;
      const choice = choiceNamed(typed, choices, usual);
      if (choice !== undefined) {
        this.#take(question, choice.value);
        return "next";
      }
      this.#say(`Please give a number from 1 to ${choices.length}.`);
    }
  }

  async #text(question: Question): Promise<"back" | "next"> {
    for (;;) {
      const value = textOf(question, this.#model);
      const shown = value === "" ? "none" : value;
      const typed = (await this.#line(`${question.title} [${shown}] `)).trim();
      if (typed === BACK) return "back";
      if (this.#explains(typed, question)) continue;
      if (typed === "") return "next";
      const text = typed === NOTHING ? "" : typed;
      const broken = question.kind === "field" ? checkField(question.path, text) : undefined;
      if (broken === undefined) {
        this.#take(question, text);
        return "next";
      }
      this.#say(`✗ ${broken}`);
    }
  }

  async #secret(question: Extract<Question, { kind: "secret" }>): Promise<"back" | "next"> {
    const { present, strength } = this.#session;
    const usual = present.has(question.secret)
      ? "the present one"
      : question.generated
      ? "a strong one is made"
      : "none";
    for (;;) {
      const typed = await this.#line(`${question.title}, not shown [${usual}] `, true);
      if (typed === BACK) return "back";
      if (this.#explains(typed, question)) continue;
      if (typed === "") return "next";
      const secrets = { ...this.#model.said.secrets, [question.secret]: typed };
      const said = { ...this.#model.said, secrets };
      const problem = problemOf(question, this.#session.problems(said));
      if (problem === undefined) {
        this.#model = withSaid(this.#model, said, this.#session);
        const { verdict, bits, advice } = strength(typed);
        if (question.generated) {
          this.#say(`  ${verdict}, about ${Math.round(bits)} bits${advice ? `: ${advice}` : ""}`);
        }
        return "next";
      }
      this.#say(`✗ ${problem.rule}`);
    }
  }

  async #probe(question: Extract<Question, { kind: "probe" }>): Promise<"back" | "next"> {
    if (!await yesOrNo(this.#host, this.#input, `${question.ask} Do it now?`, false)) return "next";
    try {
      const { ok, detail, hint } = await this.#session.probe(question.probe, this.#model.said);
      this.#say(`${ok ? "●" : "✗"} ${detail}`);
      if (hint !== undefined) this.#say(`→ ${hint}`);
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      this.#say(`✗ ${reasonOf(error)}`);
    }
    return "next";
  }

  #explains(typed: string, question: Question): boolean {
    if (typed !== "?") return false;
    const example = question.kind === "field" ? fieldAt(question.path)?.example ?? "" : "";
    this.#say(question.ask + (example === "" ? "" : ` For example ${example}`));
    if (PAGES[this.#model.page]?.id === "resources") {
      for (const line of this.#session.explanation(this.#model.said.you, SIZE.columns)) {
        this.#say(plain(line));
      }
    }
    return true;
  }

  #take(question: Question, text: string): void {
    const { said } = this.#model;
    if (question.kind === "field") {
      const you = say(said.you, question.path, valueOfText(question.path, text), this.#session);
      this.#model = withSaid(this.#model, { ...said, you }, this.#session);
    } else if (question.kind === "local") {
      const locals = { ...said.locals, [question.id]: text };
      this.#model = { ...this.#model, said: { ...said, locals } };
    }
  }

  /** The outcome, or the page to go to. */
  async #review(): Promise<WizardOutcome | number> {
    const { said } = this.#model;
    this.#say("\nWorking out what would change…\n");
    const review = await this.#session.review(said);
    const obstacle = this.#obstacle(review);
    if (obstacle !== undefined) {
      if (!await yesOrNo(this.#host, this.#input, "Go back and put it right?", true)) {
        throw new Cancelled();
      }
      return obstacle;
    }
    for (const line of review.lines(SIZE.columns)) this.#say(plain(line));
    this.#say();
    for (;;) {
      const typed = (await this.#line(
        `Apply? y: yes, w: write the files only, s: save answers, ${BACK}: back [y] `,
      )).trim().toLowerCase();
      if (typed === BACK) return REVIEW_PAGE - 1;
      if (["", "y", "yes"].includes(typed)) return { said, start: true };
      if (typed === "w") return { said, start: false };
      if (["n", "no"].includes(typed)) throw new Cancelled();
      if (typed === "s") {
        const path = (await this.#line("Path of the answers file [rxdx-answers.yml] ")).trim();
        this.#say(
          `${await this.#session.saveAnswers(path || "rxdx-answers.yml", said)} is written.`,
        );
      }
    }
  }

  /** Says what is in the way; returns the page where it can be put right. */
  #obstacle(review: Review): number | undefined {
    const [first] = review.problems;
    for (const { key, rule } of review.problems) this.#say(`✗ ${key}: ${rule}`);
    if (review.obstacle !== undefined) {
      this.#say(`✗ ${review.obstacle.message}\n→ ${review.obstacle.hint}`);
      return REVIEW_PAGE - 1;
    }
    if (first === undefined) return undefined;
    return pageOf(first, this.#model, this.#session)?.page ?? REVIEW_PAGE - 1;
  }

  #line(prompt: string, hidden = false): Promise<string> {
    return askLine(this.#host, this.#input, prompt, { hidden });
  }

  async #keepDraft(page: number): Promise<void> {
    const draft = draftOf(this.#host, page, this.#model.said, this.#session.base);
    await this.#session.saveDraft(draft).catch(() => undefined);
  }
}
