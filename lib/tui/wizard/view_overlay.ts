/** The pages that lie over the present one: the keys, and the formulas behind the sizes. Pure. */
import { fit } from "../ansi.ts";
import { textWidth } from "../ansi_width.ts";
import type { Palette } from "../widgets/palette.ts";
import { wrapWords } from "../widgets/wrap_words.ts";
import { WIZARD_KEYS } from "./keymap.ts";
import type { WizardModel } from "./model.ts";
import type { WizardSession } from "./session.ts";

export function viewHelp(width: number, colors: Palette): string[] {
  const terms = Math.max(...WIZARD_KEYS.map(([keys]) => textWidth(keys)));
  return [
    colors.strong("Keys"),
    "",
    ...WIZARD_KEYS.flatMap(([keys, help]) =>
      wrapWords(help, Math.max(10, width - terms - 4)).map((line, part) =>
        `  ${colors.key(fit(part === 0 ? keys : "", terms))}  ${line}`
      )
    ),
  ];
}

export function viewExplanation(
  model: WizardModel,
  session: WizardSession,
  width: number,
  colors: Palette,
): string[] {
  return [
    colors.strong("How these figures come about"),
    "",
    ...session.explanation(model.said.you, width),
  ];
}
