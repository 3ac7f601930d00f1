/**
 * A one-line text field with a cursor: what is in it, what a key makes of it, and the part of it that
 * fits. A masked one never shows what is in it. Pure; the wizard's pages are made of these.
 */
import { characterWidth, textWidth } from "../ansi_width.ts";
import type { Key } from "../keys.ts";

/** Longest text a field takes, in characters; rules on values are stricter. */
const MAX_LENGTH = 1024;

export interface TextField {
  readonly text: string;
  /** Characters (not code units) in front of the cursor. */
  readonly cursor: number;
}

/** A field with the cursor behind its text. */
export function textField(text: string): TextField {
  return { text, cursor: Array.from(text).length };
}

/** The field after a key; the very same field for a key that means nothing here. */
export function typed(field: TextField, key: Key): TextField {
  const characters = Array.from(field.text);
  const { cursor } = field;
  const at = (to: number): TextField => ({ ...field, cursor: to });
  const without = (from: number, to: number): TextField =>
    from === to
      ? field
      : { text: [...characters.slice(0, from), ...characters.slice(to)].join(""), cursor: from };
  switch (key.name) {
    case "left":
    case "ctrl+b":
      return at(Math.max(0, cursor - 1));
    case "right":
    case "ctrl+f":
      return at(Math.min(characters.length, cursor + 1));
    case "home":
    case "ctrl+a":
      return at(0);
    case "end":
    case "ctrl+e":
      return at(characters.length);
    case "backspace":
    case "ctrl+h":
      return without(Math.max(0, cursor - 1), cursor);
    case "delete":
    case "ctrl+d":
      return without(cursor, Math.min(characters.length, cursor + 1));
    case "ctrl+u":
      return without(0, cursor);
    case "ctrl+k":
      return without(cursor, characters.length);
    case "ctrl+w":
      return without(wordBefore(characters, cursor), cursor);
  }
  if (key.text === undefined) return field;
  // A pasted text is one line here, whatever it was: line ends at its end belong to the copying.
  const added = Array.from(
    key.text.replace(/[\r\n]+$/, "").replace(/[\r\n\t]+/g, " ").replace(/\p{Cc}/gu, ""),
  ).slice(0, MAX_LENGTH - characters.length);
  if (added.length === 0) return field;
  return {
    text: [...characters.slice(0, cursor), ...added, ...characters.slice(cursor)].join(""),
    cursor: cursor + added.length,
  };
}

function wordBefore(characters: readonly string[], cursor: number): number {
  let at = cursor;
  while (at > 0 && characters[at - 1] === " ") at--;
  while (at > 0 && characters[at - 1] !== " ") at--;
  return at;
}

/** The visible part of a field: before the cursor, under it, behind it. */
export interface FieldView {
  readonly before: string;
  /** One character, a blank behind the text. */
  readonly under: string;
  readonly after: string;
}

/** Cuts the field to `columns` around its cursor. */
export function fieldView(field: TextField, columns: number, masked: boolean): FieldView {
  const characters = masked
    ? Array.from(field.text, () => "•")
    : Array.from(field.text, (each) => characterWidth(each) === 0 ? "" : each);
  const under = characters[field.cursor] ?? " ";
  let before = characters.slice(0, field.cursor);
  const room = Math.max(0, columns - Math.max(1, textWidth(under)));
  while (textWidth(before.join("")) > room) before = before.slice(1);
  let after = "";
  let left = room - textWidth(before.join(""));
  for (const character of characters.slice(field.cursor + 1)) {
    left -= characterWidth(character);
    if (left < 0) break;
    after += character;
  }
  return { before: before.join(""), under, after };
}
