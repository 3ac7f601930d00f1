/**
 * Runs a full-screen view on the operator's terminal: keys, resizes and signals in, frames out. The
 * terminal is given back on every way out: leaving, Ctrl-Z, hang-up, signals, an exception anywhere.
 * The dashboard, the wizard and the menu are views on it.
 */
import { Cancelled } from "../errors.ts";
import type { Host, HostSignal, RawInput, TerminalSize } from "../host/types.ts";
import { ANSI } from "./ansi.ts";
import { Frames } from "./frames.ts";
import type { Key } from "./keys.ts";
import { readKeys } from "./keys_reader.ts";
import { Screen } from "./screen.ts";
import { TerminalGuard } from "./terminal_guard.ts";

/** What is shown, and what it does with what happens. */
export interface FullScreenView {
  /** The lines of the whole screen. */
  frame(size: TerminalSize): readonly string[];
  onKey(key: Key): void;
  /** The terminal has another size; the next frame is painted by itself. */
  onResize?(size: TerminalSize): void;
  /**
   * The terminal has been taken: at the beginning, and when the shell continues us. What the view
   * starts here ends with the signal; a promise that rejects ends the view.
   */
  onEnter?(foreground: AbortSignal): readonly Promise<void>[];
}

/** Milliseconds that a program with the terminal has to end. */
const GUEST_MS = 2_000;

export class FullScreen {
  readonly #host: Host;
  readonly #view: FullScreenView;
  readonly #guard: TerminalGuard;
  readonly #screen: Screen;
  readonly #frames: Frames;
  readonly #end = Promise.withResolvers<void>();
  #ended = false;
  /** Another program has the terminal: Ctrl-C and Ctrl-Z are meant for it. */
  #away = false;
  #guest: { readonly ended: AbortController; readonly over: Promise<void> } | undefined;
  #mouse = false;
  /** Ends what runs only while the view is in the foreground. */
  #foreground: AbortController | undefined;

  constructor(host: Host, view: FullScreenView) {
    this.#host = host;
    this.#view = view;
    this.#guard = new TerminalGuard(host.terminal);
    this.#screen = new Screen((text) => host.terminal.out(text));
    this.#frames = new Frames(host.clock, () => this.guarded(() => this.#paint()));
  }

  /** True while the terminal is ours. */
  get shown(): boolean {
    return this.#guard.entered;
  }

  /**
   * Shows the view until `finish`.
   *
   * @throws Cancelled when a signal, `signal` or the end of the keyboard ends it; whatever a bug
   *   throws. The terminal is restored before either.
   */
  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new Cancelled();
    const cancel = () => this.finish(new Cancelled());
    const { terminal } = this.#host;
    const on = (name: HostSignal, callback: () => void) => terminal.onSignal(name, callback);
    const undo = [
      terminal.onCrash(() => this.#guard.leave()),
      on("SIGINT", () => this.#away || cancel()),
      on("SIGTERM", cancel),
      on("SIGHUP", cancel),
      on("SIGTSTP", () => this.guarded(() => this.suspend())),
      on("SIGCONT", () => this.#away || this.guarded(() => this.#resume())),
      terminal.onResize(() => this.guarded(() => this.#resized())),
    ];
    signal.addEventListener("abort", cancel, { once: true });
    try {
      this.guarded(() => this.#enter());
      await this.#end.promise;
    } finally {
      this.#ended = true;
      this.#frames.stop();
      this.#foreground?.abort();
      this.#guard.leave();
      await this.#guestGone();
      signal.removeEventListener("abort", cancel);
      for (const each of undo) each();
    }
  }

  /** The program that has the terminal gives it back as it was; one that does not is left behind. */
  async #guestGone(): Promise<void> {
    const guest = this.#guest;
    if (guest === undefined) return;
    guest.ended.abort();
    const waiting = new AbortController();
    const slow = this.#host.clock.sleep(GUEST_MS, waiting.signal).catch(() => undefined);
    await Promise.race([guest.over, slow]);
    waiting.abort();
  }

  /** Ends the view; the first reason counts. */
  finish(reason?: unknown): void {
    if (reason === undefined) this.#end.resolve();
    else this.#end.reject(reason);
  }

  /** A bug anywhere ends the view instead of leaving a dead screen. */
  guarded(action: () => void): void {
    if (this.#ended) return;
    try {
      action();
    } catch (error) {
      this.finish(error);
    }
  }

  /** A frame is wanted within so many milliseconds. */
  request(withinMs: number): void {
    if (this.#guard.entered) this.#frames.request(withinMs);
  }

  /** The terminal's content is unknown: the next frame is painted in full. */
  redraw(): void {
    this.#screen.invalidate();
    this.request(0);
  }

  /** Asks the terminal for clicks and the wheel, or gives them back to it. */
  mouse(on: boolean): void {
    this.#mouse = on;
    this.tell(on ? ANSI.mouseOn : ANSI.mouseOff);
  }

  /** Says something to the terminal that shows nothing, between two frames. */
  tell(sequence: string): void {
    if (this.#guard.entered) this.#host.terminal.out(sequence);
  }

  /** Leaves the terminal to the shell and stops; the shell's `fg` brings us back. */
  suspend(): void {
    if (!this.#guard.entered) return;
    this.#frames.stop();
    this.#foreground?.abort();
    this.#guard.leave();
    this.#host.process.suspend();
  }

  /**
   * Gives the terminal to another program (a shell) until it ends, then takes it back. What the view
   * started is ended, and started again. The signal is aborted when the view itself ends meanwhile:
   * left behind, the program would go on reading the keys of the operator's own shell.
   */
  async handOver(program: (ended: AbortSignal) => Promise<void>): Promise<void> {
    if (!this.#guard.entered) return;
    this.#frames.stop();
    this.#foreground?.abort();
    this.#guard.leave();
    this.#away = true;
    const ended = new AbortController();
    const over = Promise.withResolvers<void>();
    this.#guest = { ended, over: over.promise };
    try {
      await program(ended.signal);
    } finally {
      over.resolve();
      this.#guest = undefined;
      this.#away = false;
      if (!this.#ended) {
        this.guarded(() => {
          this.#view.onResize?.(this.#host.terminal.size());
          this.#enter();
        });
      }
    }
  }

  #enter(): void {
    const input = this.#guard.enter();
    if (input === undefined) return;
    const foreground = new AbortController();
    this.#foreground = foreground;
    this.#screen.invalidate();
    this.#frames.paint();
    if (this.#mouse) this.tell(ANSI.mouseOn);
    const tasks = this.#view.onEnter?.(foreground.signal) ?? [];
    for (const task of [this.#readKeyboard(input), ...tasks]) {
      task.catch((error: unknown) => this.finish(error));
    }
  }

  #resume(): void {
    // Stopped from outside without a chance to leave: the shell may have changed the modes.
    if (this.#guard.entered) {
      this.#foreground?.abort();
      this.#guard.leave();
    }
    this.#view.onResize?.(this.#host.terminal.size());
    this.#enter();
  }

  #resized(): void {
    if (this.#away) return;
    this.#view.onResize?.(this.#host.terminal.size());
    this.request(0);
  }

  #paint(): void {
    const size = this.#host.terminal.size();
    this.#screen.draw(this.#view.frame(size), size);
  }

  async #readKeyboard(input: RawInput): Promise<void> {
    await readKeys(input.chunks, this.#host.clock, (key) => {
      this.guarded(() => this.#view.onKey(key));
    });
    // The end of the keyboard without our doing: the terminal is gone.
    if (!this.#ended && this.#guard.holds(input)) this.finish(new Cancelled());
  }
}
