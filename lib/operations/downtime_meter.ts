/** How long users got no answer: readiness is asked through the published port, the way a browser comes. */
import type { Host } from "../host/types.ts";

const EVERY_MS = 100;
/** Longer than any healthy answer takes; a connection that hangs is no answer. */
const ANSWER_MS = 2_000;

export class DowntimeMeter {
  readonly #host: Host;
  readonly #port: number;
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;
  #down = 0;
  /** When it last answered before it did not; `undefined` while it answers. */
  #since: number | undefined;
  #answered: number;

  constructor(host: Host, port: number) {
    this.#host = host;
    this.#port = port;
    this.#answered = host.clock.monotonic();
    this.#watching = this.#watch();
  }

  async #watch(): Promise<void> {
    const { clock } = this.#host;
    while (!this.#stop.signal.aborted) {
      const at = clock.monotonic();
      const answers = await this.#answers();
      // The question that was broken off says nothing.
      if (this.#stop.signal.aborted) return;
      if (answers) {
        if (this.#since !== undefined) this.#down += clock.monotonic() - this.#since;
        this.#since = undefined;
        this.#answered = at;
      } else this.#since ??= this.#answered;
      await clock.sleep(EVERY_MS, this.#stop.signal).catch(() => undefined);
    }
  }

  async #answers(): Promise<boolean> {
    try {
      const response = await this.#host.net.request({
        port: this.#port,
        path: "/health",
        timeoutMs: ANSWER_MS,
        signal: this.#stop.signal,
      });
      await response.text();
      return response.status === 200;
    } catch {
      return false;
    }
  }

  /** Stops asking. Seconds without an answer, with one decimal. */
  async end(): Promise<number> {
    if (!this.#stop.signal.aborted) {
      this.#stop.abort();
      await this.#watching;
      // Between two questions it may have come back.
      if (this.#since !== undefined) {
        this.#down += this.#host.clock.monotonic() - this.#since;
        this.#since = undefined;
      }
    }
    return Math.round(this.#down / 100) / 10;
  }
}
