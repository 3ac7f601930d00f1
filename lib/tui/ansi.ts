/**
 * The few control sequences the program writes to a terminal, and the cutting and padding of text to
 * columns that keeps everything else in its place. Sources: ECMA-48, xterm's control sequences, and
 * the synchronized output extension (private mode 2026). Used by all of `tui/`.
 */
import { characterWidth, textWidth } from "./ansi_width.ts";

/** Control sequences by what they do. */
export const ANSI = {
  alternateScreen: "\x1b[?1049h",
  primaryScreen: "\x1b[?1049l",
  hideCursor: "\x1b[?25l",
  showCursor: "\x1b[?25h",
  /** Off: a line that a terminal finds wider than we do is cut at the edge, and spills nowhere. */
  wrapOff: "\x1b[?7l",
  wrapOn: "\x1b[?7h",
  bracketedPasteOn: "\x1b[?2004h",
  bracketedPasteOff: "\x1b[?2004l",
  /** Button presses with their place, in the form of SGR (xterm's modes 1000 and 1006). */
  mouseOn: "\x1b[?1000h\x1b[?1006h",
  mouseOff: "\x1b[?1006l\x1b[?1000l",
  /** Between these two a terminal that knows them shows nothing; others ignore them. */
  beginFrame: "\x1b[?2026h",
  endFrame: "\x1b[?2026l",
  clear: "\x1b[2J",
  eraseToEnd: "\x1b[K",
  reset: "\x1b[0m",
} as const;

/** Puts the cursor at the beginning of a row, counted from 0. */
export function toRow(row: number): string {
  return `\x1b[${row + 1};1H`;
}

/**
 * Asks the terminal to take a text into its clipboard (xterm's OSC 52). tmux passes it on where it is
 * allowed to; a terminal that does not know it ignores it.
 */
export function toClipboard(base64: string): string {
  return `\x1b]52;c;${base64}\x07`;
}

/** Colours and weights: the only sequences that occur inside a line. */
const STYLE = /\x1b\[[\d;]*m/g;

/** A styled line as plain text. */
export function plain(line: string): string {
  return line.includes("\x1b") ? line.replace(STYLE, "") : line;
}

/** Columns of a styled line. */
export function lineWidth(line: string): number {
  return textWidth(plain(line));
}

/** The longest beginning of a text that fits; a wide character is never split. */
function beginning(text: string, columns: number): { text: string; width: number } {
  let width = 0;
  let length = 0;
  for (const character of text) {
    const next = width + characterWidth(character);
    if (next > columns) break;
    width = next;
    length += character.length;
  }
  return { text: text.slice(0, length), width };
}

const ASCII = /^[\x20-\x7e]*$/;

/** Plain text in at most `columns`; an ellipsis tells that something is missing. */
export function clip(text: string, columns: number): string {
  if (columns <= 0) return "";
  // Four UTF-16 units a column is more than any text needs: longer lines are cut before they are measured.
  const near = text.length > columns * 4 ? text.slice(0, columns * 4) : text;
  if (ASCII.test(near)) {
    return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
  }
  if (near.length === text.length && textWidth(near) <= columns) return text;
  return `${beginning(near, columns - 1).text}…`;
}

/** Plain text in exactly `columns`: clipped, or padded on the side it is not aligned to. */
export function fit(text: string, columns: number, align: "left" | "right" = "left"): string {
  const clipped = clip(text, columns);
  const padding = " ".repeat(Math.max(0, columns - textWidth(clipped)));
  return align === "left" ? clipped + padding : padding + clipped;
}

/** The part of plain text that begins after `columns`; for scrolling sideways. */
export function skip(text: string, columns: number): string {
  return columns <= 0 ? text : text.slice(beginning(text, columns).text.length);
}

/** A styled line cut to `columns`, its style ended. */
export function cutLine(line: string, columns: number): string {
  if (lineWidth(line) <= columns) return line;
  let cut = "";
  let left = columns;
  for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
    if (part.startsWith("\x1b")) {
      cut += part;
      continue;
    }
    const { text, width } = beginning(part, left);
    cut += text;
    left -= width;
    if (text.length < part.length) break;
  }
  return line.includes("\x1b") ? cut + ANSI.reset : cut;
}
