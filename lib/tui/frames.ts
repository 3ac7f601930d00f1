/**
 * When to paint. Every change names how soon it must be seen; several changes share one frame, and
 * nothing is painted while nothing changes. Owned by `full_screen.ts`.
 */
import type { ClockHost } from "../host/types.ts";

/** Milliseconds until a change must be on the screen. */
export const SOON = {
  /** Answers to keys: at once. */
  key: 0,
  /** A container changed its state. */
  state: 50,
  /** New log lines: about ten frames a second. */
  logs: 100,
} as const;

/** No two frames are closer than this, in milliseconds. */
const APART_MS = 16;

/** Calls `paint` when something was requested, at the earliest requested time. */
export class Frames {
  readonly #clock: ClockHost;
  readonly #paint: () => void;
  #due: number | undefined;
  #timer: AbortController | undefined;
  #paintedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: ClockHost, paint: () => void) {
    this.#clock = clock;
    this.#paint = paint;
  }

  /** Something changed that must be seen within so many milliseconds. */
  request(withinMs: number): void {
    const now = this.#clock.monotonic();
    const due = Math.max(now + withinMs, this.#paintedAt + APART_MS);
    if (this.#due !== undefined && this.#due <= due) return;
    this.#timer?.abort();
    this.#due = due;
    const timer = new AbortController();
    this.#timer = timer;
    this.#clock.sleep(Math.max(0, due - now), timer.signal).then(
      () => this.paint(),
      () => undefined,
    );
  }

  /** Paints now. */
  paint(): void {
    this.stop();
    this.#paintedAt = this.#clock.monotonic();
    this.#paint();
  }

  /** Forgets what was requested. */
  stop(): void {
    this.#timer?.abort();
    this.#timer = undefined;
    this.#due = undefined;
  }
}
