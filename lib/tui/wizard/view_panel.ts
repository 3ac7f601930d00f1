/** What the answers of a page mean, below its questions: DNS of the names, what the size commits. Pure. */
import type { Palette } from "../widgets/palette.ts";
import { cutLine } from "../ansi.ts";
import { checkField, valueOfText } from "../../answers/questions.ts";
import type { Tree } from "../../answers/tree.ts";
import { focused, namesOfAnswers, PAGES, type WizardModel } from "./model.ts";
import type { WizardSession } from "./session.ts";
import { say } from "./values.ts";
import { viewChecks } from "./view_checks.ts";

/** The operator's words with what is being typed, as far as it is an answer already. */
function typedToo(model: WizardModel, session: WizardSession): Tree {
  const question = focused(model, session);
  const { you } = model.said;
  if (question?.kind !== "field" || model.field === undefined) return you;
  const text = model.field.text.trim();
  if (checkField(question.path, text) !== undefined) return you;
  return say(you, question.path, valueOfText(question.path, text), session);
}

export function viewPanel(
  model: WizardModel,
  session: WizardSession,
  width: number,
  colors: Palette,
): string[] {
  switch (PAGES[model.page]?.id) {
    case "address": {
      const { names } = model;
      return names === undefined || names.of !== namesOfAnswers(model.answers)
        ? []
        : viewChecks(names.checks, width, colors);
    }
    case "resources":
      return session.commitment(typedToo(model, session)).map((line) =>
        cutLine(`  ${line}`, width)
      );
  }
  return [];
}
