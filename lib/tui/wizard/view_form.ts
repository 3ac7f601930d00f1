/**
 * A page of questions: title and intro, one row a question, the choices of the one under the cursor,
 * what is wrong below it, and what the answers mean for the machine. Pure.
 */
import type { Question } from "../../answers/question.ts";
import { questionId } from "../../answers/question.ts";
import { SOURCE_TEXT } from "../../answers/layers.ts";
import { clip, cutLine, fit, lineWidth } from "../ansi.ts";
import { textWidth } from "../ansi_width.ts";
import type { Palette } from "../widgets/palette.ts";
import { fieldView } from "../widgets/text_field.ts";
import { wrapWords } from "../widgets/wrap_words.ts";
import { PAGES, questionsOf, type WizardModel } from "./model.ts";
import type { WizardSession } from "./session.ts";
import { choicesOf, isText, textOf } from "./values.ts";
import { viewPanel } from "./view_panel.ts";
import { viewProbe } from "./view_probe.ts";
import type { Body } from "./view.ts";

/** Columns of a question's name. */
const NAME = 18;

export function viewForm(
  model: WizardModel,
  session: WizardSession,
  width: number,
  colors: Palette,
): Body {
  const page = PAGES[model.page];
  if (page === undefined || !("step" in page)) return { lines: [] };
  const lines = [
    colors.strong(page.title),
    ...wrapWords(page.step.intro, width).map((line) => colors.muted(line)),
    "",
  ];
  let keep: [number, number] = [0, 0];
  for (const [index, question] of questionsOf(model, session).entries()) {
    const from = lines.length;
    const under = index === model.focus;
    lines.push(...viewQuestion(question, under, model, session, width, colors));
    const error = model.errors.get(questionId(question));
    if (error !== undefined) {
      const text = wrapWords(`✗ ${error}`, Math.max(20, width - NAME - 4));
      lines.push(...text.map((line) => " ".repeat(NAME + 2) + colors.bad(line)));
    }
    if (under) keep = [from, lines.length - 1];
  }
  const panel = viewPanel(model, session, width, colors);
  const all = panel.length === 0 ? lines : [...lines, "", ...panel];
  return { lines: all.map((line) => cutLine(line, width)), keep };
}

function viewQuestion(
  question: Question,
  under: boolean,
  model: WizardModel,
  session: WizardSession,
  width: number,
  colors: Palette,
): string[] {
  const name = (under ? colors.key("❯ ") : "  ") +
    (under ? colors.strong : colors.plain)(fit(question.title, NAME));
  const room = width - NAME - 2;
  if (question.kind === "probe") {
    const state = model.probes.get(question.probe);
    return viewProbe(state, under, model.tick, room, colors).map((line, part) =>
      (part === 0 ? name : " ".repeat(NAME + 2)) + line
    );
  }
  const choices = choicesOf(question, model.answers);
  const value = textOf(question, model);
  if (choices.length > 0) {
    if (!under) {
      const label = choices.find((each) => each.value === value)?.label ?? value;
      return [withSource(name + clip(label, room), question, model, width, colors)];
    }
    const widest = Math.max(...choices.map((each) => textWidth(each.label)));
    return choices.map((choice, index) => {
      const chosen = choice.value === value;
      const mark = chosen ? colors.key("●") : colors.muted("○");
      const hint = choice.hint === undefined
        ? ""
        : `  ${colors.muted(clip(choice.hint, room - widest - 4))}`;
      const label = (chosen ? colors.strong : colors.plain)(fit(choice.label, widest));
      return `${index === 0 ? name : " ".repeat(NAME + 2)}${mark} ${label}${hint}`;
    });
  }
  if (!isText(question, model.answers)) return [name];
  const masked = question.kind === "secret";
  if (under && model.field !== undefined) {
    const box = Math.max(8, Math.min(room - 1, masked ? 32 : 56));
    const { before, under: at, after } = fieldView(model.field, box, masked);
    const line = name + before + colors.cursor(at) + after;
    const aside = model.field.text === ""
      ? emptyText(question, session, room - 2, colors)
      : strength(question, model, session, colors);
    return [withSource(line + aside, question, model, width, colors)];
  }
  if (masked) {
    const text = value === ""
      ? emptyText(question, session, room, colors)
      : "•".repeat(12) + strength(question, model, session, colors);
    return [name + text];
  }
  const text = value === "" ? emptyText(question, session, room, colors) : clip(value, room);
  return [withSource(name + text, question, model, width, colors)];
}

/** Where a value comes from, at the right edge; nothing for defaults, which are many. */
function withSource(
  line: string,
  question: Question,
  model: WizardModel,
  width: number,
  colors: Palette,
): string {
  if (question.kind !== "field") return line;
  const source = model.provenance.get(question.path) ?? "default";
  if (source === "default") return line;
  const text = SOURCE_TEXT[source];
  const gap = width - lineWidth(line) - textWidth(text);
  return gap < 2 ? line : line + " ".repeat(gap) + colors.muted(text);
}

function emptyText(
  question: Question,
  session: WizardSession,
  room: number,
  colors: Palette,
): string {
  if (question.kind !== "secret") {
    const empty = question.kind === "field" ? question.empty ?? "" : "";
    return colors.muted(clip(empty === "" ? "—" : `— ${empty}`, room));
  }
  const text = session.present.has(question.secret)
    ? "the present one stays"
    : question.generated
    ? "a strong one is made; or type your own"
    : "none";
  return colors.muted(clip(`— ${text}`, room));
}

function strength(
  question: Question,
  model: WizardModel,
  session: WizardSession,
  colors: Palette,
): string {
  const text = model.field !== undefined && questionId(question) ===
      questionId(questionsOf(model, session)[model.focus] ?? question)
    ? model.field.text
    : textOf(question, model);
  // A mail server's password is what it is.
  if (question.kind !== "secret" || !question.generated || text === "") return "";
  const { verdict, bits } = session.strength(text);
  const style = verdict === "strong" ? colors.ok : verdict === "fair" ? colors.warn : colors.bad;
  return "  " + style(`${verdict}, about ${Math.round(bits)} bits`);
}
