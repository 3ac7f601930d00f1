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
