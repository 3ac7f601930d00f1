/** Which key does what in the wizard, for its help page and the guide. */

export const WIZARD_KEYS: readonly (readonly [keys: string, help: string])[] = [
  ["enter", "take the answer and go to the next question; after the last, to the next page"],
  ["esc", "one page back; the answers stay"],
  ["tab, shift-tab", "next and previous question"],
  ["↑ ↓", "another choice; between text fields, from one to the other"],
  ["space", "the other choice; on a test: once more"],
  ["PgDn, PgUp", "next and previous page"],
  ["e", "on the page of resources: the formulas with their numbers"],
  ["^a ^e ← →", "move in a text; ^u ^k ^w take out what is before, behind, the word"],
  ["? or f1", "this help"],
  ["s", "on the review: save the answers as a file for unattended installs"],
  ["w", "on the review: write the files, start nothing"],
  ["^l", "draw the screen again"],
  ["^z", "to the shell; fg comes back"],
  ["^c", "leave; nothing has been changed, and the answers are kept for the next time"],
];
