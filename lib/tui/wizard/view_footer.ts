/** The keys that mean something right now, in the last line. Pure. */
import type { Palette } from "../widgets/palette.ts";
import { fitting, type Label, label, row } from "../widgets/row.ts";
import { focused, PAGES, questionsOf, REVIEW_PAGE, type WizardModel } from "./model.ts";
import type { WizardSession } from "./session.ts";
import { choicesOf, isText } from "./values.ts";

type Hint = readonly [key: string, text: string];

export function viewFooter(
  model: WizardModel,
  session: WizardSession,
  width: number,
  colors: Palette,
): string {
  const hints = hintsOf(model, session);
  const labels = hints.map(([key, text], index): Label => ({
    spans: [...label(key, colors.key).spans, ...label(` ${text}`, colors.muted).spans],
    // How to go on and how to leave stay longest.
    drop: index === 0 || key === "^c" ? 0 : hints.length - index,
  }));
  return row(fitting(labels, width, 3), [], width);
}

function hintsOf(model: WizardModel, session: WizardSession): Hint[] {
  if (model.overlay !== undefined) return [["esc", "back"], ["↑↓", "scroll"], ["^c", "leave"]];
  if (model.saving !== undefined) return [["enter", "write"], ["esc", "cancel"], ["^c", "leave"]];
  if (model.page === 0) {
    return [
      ["enter", model.resume?.goOn === true ? "go on where you were" : "begin"],
      ["↑↓", model.resume === undefined ? "scroll" : "choose"],
      ["?", "help"],
      ["^c", "leave"],
    ];
  }
  if (model.page === REVIEW_PAGE) return reviewHints(model);
  const question = focused(model, session);
  const questions = questionsOf(model, session);
  const last = model.focus >= questions.length - 1;
  const next: Hint = ["enter", last ? "next page" : "next"];
  if (question?.kind === "probe") {
    return [
      model.probes.has(question.probe) ? next : ["enter", "try"],
      ...(model.probes.has(question.probe) ? [["space", "again"] as Hint] : []),
      ["tab", "skip"],
      ["esc", "back"],
      ["^c", "leave"],
    ];
  }
  const text = question !== undefined && isText(question, model.answers);
  const choices = question === undefined ? 0 : choicesOf(question, model.answers).length;
  return [
    next,
    ["esc", "back"],
    ...(choices > 0
      ? [["↑↓", "choose"] as Hint]
      : questions.length > 1
      ? [["↑↓", "move"] as Hint]
      : []),
    ...(PAGES[model.page]?.id === "resources" ? [["e", "explain"] as Hint] : []),
    [text ? "f1" : "?", "help"],
    ["^c", "leave"],
  ];
}

function reviewHints(model: WizardModel): Hint[] {
  const { review } = model;
  if (typeof review !== "object" || "failed" in review) {
    return [["esc", "back"], ...(review === "running" ? [] : [["r", "again"] as Hint]), [
      "^c",
      "leave",
    ]];
  }
  if (review.problems.length > 0 || review.obstacle !== undefined) {
    return [["enter", "put it right"], ["esc", "back"], ["r", "look again"], ["^c", "leave"]];
  }
  return [
    ["enter", review.nothing ? "finish" : "apply"],
    ["esc", "back"],
    ["↑↓", "scroll"],
    ["w", "files only"],
    ["s", "save answers"],
    ["^c", "leave"],
  ];
}
