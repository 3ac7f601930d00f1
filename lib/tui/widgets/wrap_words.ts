/** Breaks prose into lines at spaces. Pure. */
import { characterWidth, textWidth } from "../ansi_width.ts";

/** Lines of at most `columns`; a word that is longer than that is broken. At least one line. */
export function wrapWords(text: string, columns: number): string[] {
  const room = Math.max(2, columns);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (textWidth(joined) <= room) {
      line = joined;
      continue;
    }
    if (line !== "") lines.push(line);
    line = "";
    let width = 0;
    for (const character of word) {
      const wide = characterWidth(character);
      if (width + wide > room) {
        lines.push(line);
        line = "";
        width = 0;
      }
      line += character;
      width += wide;
    }
  }
  return [...lines, line];
}

/** What a line of a list begins with: a name and at least two blanks, or a symbol and one. */
const TERM = /^\s*\S.*?\s{2,}(?=\S)|^\s*[^\p{L}\p{N}\s]\s+/u;

/** The same for a line of a list: what is continued stands under its words, not under its symbol. */
export function wrapIndented(text: string, columns: number): string[] {
  const margin = /^\s*/.exec(text)?.[0] ?? "";
  const term = TERM.exec(text)?.[0] ?? (margin === "" ? "" : `${margin}  `);
  // A third of the line at most: else there is no room for words.
  const hang = Math.min(textWidth(term), Math.floor(columns / 3));
  const body = text.slice(margin.length);
  const [first = ""] = wrapWords(body, columns - margin.length);
  const rest = body.slice(first.length).trimStart();
  const indent = " ".repeat(hang);
  return [
    margin + first,
    ...(rest === "" ? [] : wrapWords(rest, columns - hang).map((line) => indent + line)),
  ];
}
