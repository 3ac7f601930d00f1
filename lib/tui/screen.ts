/**
 * Shows frames of styled lines on a terminal, writing only the lines that differ from what is
 * already there, each frame in one write between the marks of synchronized output. The dashboard
 * owns one; what goes on around a frame (raw mode, alternate screen) is `terminal_guard.ts`.
 */
import type { TerminalSize } from "../host/types.ts";
import { ANSI, cutLine, toRow } from "./ansi.ts";

/**
 * What must be written to turn the frame `before` into `after`; empty when nothing differs. Without
 * `before` the whole screen is painted. Rows that `after` does not have are blank.
 */
export function difference(
  before: readonly string[] | undefined,
  after: readonly string[],
  size: TerminalSize,
): string {
  let changes = "";
  for (let row = 0; row < size.rows; row++) {
    const line = after[row] ?? "";
    if (before === undefined ? line === "" : (before[row] ?? "") === line) continue;
    // Erased first, not after: at the last column an erasure would take the last character with it.
    changes += toRow(row) + ANSI.eraseToEnd + cutLine(line, size.columns) + ANSI.reset;
  }
  if (before === undefined) changes = ANSI.reset + ANSI.clear + changes;
  return changes === "" ? "" : ANSI.beginFrame + changes + ANSI.endFrame;
}

/** The frame that is on the terminal, and the way to the next. */
export class Screen {
  readonly #write: (text: string) => void;
  #shown: readonly string[] | undefined;
  #size: TerminalSize = { columns: 0, rows: 0 };

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Shows a frame; returns the number of characters written, 0 when nothing differed. */
  draw(frame: readonly string[], size: TerminalSize): number {
    const resized = size.columns !== this.#size.columns || size.rows !== this.#size.rows;
    const changes = difference(resized ? undefined : this.#shown, frame, size);
    this.#shown = frame;
    this.#size = size;
    if (changes !== "") this.#write(changes);
    return changes.length;
  }

  /** The terminal's content is unknown (redraw key, resumed): the next frame is painted in full. */
  invalidate(): void {
    this.#shown = undefined;
  }
}
