/** What the answers of a page mean, below its questions: DNS of the names, what the size commits. Pure. */
import type { Palette } from "../widgets/palette.ts";
import { cutLine } from "../ansi.ts";
import { namesOfAnswers, PAGES, type WizardModel } from "./model.ts";
import type { WizardSession } from "./session.ts";
import { viewChecks } from "./view_checks.ts";

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
      return session.commitment(model.said.you).map((line) => cutLine(`  ${line}`, width));
  }
  return [];
}
