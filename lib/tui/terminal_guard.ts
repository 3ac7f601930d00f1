/**
 * Takes the terminal for a full-screen view and gives it back exactly as it was: raw mode, alternate
 * screen, cursor, line wrap, bracketed paste. `leave` may be called from any exit, any number of
 * times, also when the terminal itself is gone. The dashboard holds one for as long as it is shown.
 */
import type { RawInput, TerminalHost } from "../host/types.ts";
import { ANSI } from "./ansi.ts";

const ENTER = ANSI.alternateScreen + ANSI.hideCursor + ANSI.wrapOff + ANSI.bracketedPasteOn +
  ANSI.clear;

/** In this order: an unfinished frame is ended first, and the cursor shows on the screen it belongs to. */
const LEAVE = ANSI.endFrame + ANSI.reset + ANSI.mouseOff + ANSI.bracketedPasteOff + ANSI.wrapOn +
  ANSI.primaryScreen + ANSI.showCursor;

/** True when a full-screen view can be shown: there are keys and a screen, and it has a cursor. */
export function canShowFullScreen(
  terminal: TerminalHost,
  env: Readonly<Record<string, string>>,
): boolean {
  return terminal.hasKeyboard && terminal.stdoutIsTerminal && env["TERM"] !== "dumb" &&
    (env["TERM"] ?? "") !== "";
}

/** Holds the terminal between `enter` and `leave`. */
export class TerminalGuard {
  readonly #terminal: TerminalHost;
  #input: RawInput | undefined;

  constructor(terminal: TerminalHost) {
    this.#terminal = terminal;
  }

  /** True between `enter` and `leave`. */
  get entered(): boolean {
    return this.#input !== undefined;
  }

  /** True while this is the keyboard that is being read. */
  holds(input: RawInput): boolean {
    return this.#input === input;
  }

  /** Takes the terminal; returns the keyboard, or `undefined` when it is already taken. */
  enter(): RawInput | undefined {
    if (this.#input !== undefined) return undefined;
    const input = this.#terminal.raw();
    this.#input = input;
    this.#terminal.out(ENTER);
    return input;
  }

  /** Gives the terminal back. Idempotent, never throws. */
  leave(): void {
    const input = this.#input;
    if (input === undefined) return;
    this.#input = undefined;
    try {
      this.#terminal.out(LEAVE);
    } catch {
      // The terminal is gone (hang-up): nobody sees it any more.
    }
    try {
      input.close();
    } catch {
      // As above.
    }
  }
}
