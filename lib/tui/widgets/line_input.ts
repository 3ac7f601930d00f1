/** A one-line text field: what was typed and what a key makes of it. Pure. */
import type { Key } from "../keys.ts";

/** Longest text a field takes, in characters. */
const MAX_LENGTH = 200;

/** The field's text after a key; the same text for a key that means nothing here. */
export function edited(value: string, key: Key): string {
  switch (key.name) {
    case "backspace":
      return Array.from(value).slice(0, -1).join("");
    case "ctrl+u":
      return "";
    case "ctrl+w":
      return value.replace(/\S*\s*$/, "");
  }
  if (key.text === undefined) return value;
  // A pasted text is one line here, whatever it was; control characters have no place in it.
  const typed = key.text.replace(/\p{Cc}+/gu, " ");
  return Array.from(value + typed).slice(0, MAX_LENGTH).join("");
}
