/** What the plain wizard says before its questions, and what its short answers are. Pure. */
import type { Check, WizardSession } from "./session.ts";

/** Typed to go a page back instead of answering. */
export const BACK = "<";
/** Typed to take an answer out. */
export const NOTHING = "-";

export function welcomeLines({ exists, dir }: WizardSession): string[] {
  return [
    exists ? `Change settings of the stack in ${dir}` : `Set up RxDx in ${dir}`,
    "Nothing is changed before the last page, which shows everything first.",
    `Enter takes the answer in brackets. ${BACK} goes one page back, ? explains, ` +
    `${NOTHING} means none, Ctrl-C leaves.`,
    "",
    "This machine:",
  ];
}

const WORDS = { ok: "", warn: "warning: ", fail: "problem: ", unknown: "not known: " } as const;

/** States as words: a symbol says nothing to who hears it. */
export function checkLines(checks: readonly Check[]): string[] {
  return checks.flatMap(({ title, state, detail, hint }) => [
    `  ${title}: ${WORDS[state]}${detail}`,
    ...(hint === undefined || state === "ok" ? [] : [`    ${hint}`]),
  ]);
}
