/** The first page: what is about to happen, the machine as it was found, an interrupted wizard. Pure. */
import { PAGES, type WizardModel } from "./model.ts";
import type { Palette } from "../widgets/palette.ts";
import { wrapWords } from "../widgets/wrap_words.ts";
import type { WizardSession } from "./session.ts";
import { viewChecks } from "./view_checks.ts";
import { spinner } from "./view_probe.ts";

export function viewWelcome(
  model: WizardModel,
  session: WizardSession,
  width: number,
  colors: Palette,
): string[] {
  const intro = session.exists
    ? "Change the settings of this stack. Every present value is the default: enter keeps it."
    : "Sets up RxDx: nginx with TLS, the application, PostgreSQL with Apache AGE. Every question " +
      "has a default: enter takes it.";
  const nothing = "Nothing is changed before the last page, which shows everything first.";
  return [
    colors.strong(session.exists ? "Change settings" : "Welcome"),
    ...wrapWords(intro, width),
    ...wrapWords(nothing, width),
    "",
    ...viewResume(model, width, colors),
    colors.strong("This machine"),
    ...(model.checks === undefined
      ? [`  ${colors.key(spinner(model.tick))} looking…`]
      : viewChecks(model.checks, width, colors)),
  ];
}

function viewResume(model: WizardModel, width: number, colors: Palette): string[] {
  const { resume } = model;
  if (resume === undefined) return [];
  const mark = (on: boolean) => on ? colors.key("●") : colors.muted("○");
  const title = PAGES[resume.page]?.title ?? "";
  const when = resume.at.slice(0, 16).replace("T", " ");
  return [
    ...wrapWords(
      `Your answers of ${when} UTC are still here. Passwords that you typed are not kept.`,
      width,
    ).map(colors.warn),
    `  ${mark(resume.goOn)} go on at "${title}"`,
    `  ${mark(!resume.goOn)} begin anew`,
    "",
  ];
}
