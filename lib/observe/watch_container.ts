/**
 * Follows one container while it is of interest: its log from where it was left off, through
 * restarts and broken streams, and its statistics while it runs and they are on show. One per
 * container, owned by `watch.ts`; ends when its signal is aborted.
 */
import type { Engine } from "../engine/client.ts";
import type { OutputLine } from "../engine/frames.ts";
import type { ClockHost } from "../host/types.ts";
import { sortStamp } from "./log_stamp.ts";
import type { LogSource } from "./log_ring_set.ts";
import type { WatchEvent } from "./watch_event.ts";

/** The part of the Engine client that watching needs. */
export type WatchedEngine = Pick<
  Engine,
  "ping" | "containers" | "container" | "stats" | "events" | "logs"
>;

/** What a follower is given by its watcher. */
export interface FollowerContext {
  readonly engine: WatchedEngine;
  readonly clock: ClockHost;
  readonly signal: AbortSignal;
  readonly onEvent: (event: WatchEvent) => void;
  readonly onLines: (source: LogSource, lines: readonly OutputLine[], id: string) => void;
  /**
   * The stamp of the last line that was kept of a source, or of this one of its containers, to go on
   * from; empty for none.
   */
  readonly newestStamp: (source: LogSource, id: string) => string;
  /** Lines caught up with after an interruption at most; what is older was missed. All when infinite. */
  readonly catchUp?: number;
  /** Statistics cost the daemon something: follow them only where they are shown. */
  readonly stats: boolean;
  /** Owns a task: its failure is the watcher's failure. */
  readonly spawn: (task: Promise<void>) => void;
}

/** Lines of the past shown at first. */
const FIRST_TAIL = 50;

/** Lines of the past caught up with after an interruption, where nothing else is said. */
const RESUME_TAIL = 1_000;

const RETRY_MS = 500;
const RETRY_LIMIT_MS = 10_000;

/** Docker's own words for a driver such as `none` or `syslog`. */
const UNREADABLE = /does not support reading/;

/** Waits; false when the wait was ended by the signal. */
export async function pause(clock: ClockHost, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
  } catch {
    // Only an abort ends a sleep early.
  }
  return !signal.aborted;
}

/** The next value of a stream, `undefined` at its end; a broken stream is told from an ended one. */
async function next<T>(
  stream: AsyncIterator<T>,
): Promise<{ value: T } | { error: Error } | undefined> {
  try {
    const step = await stream.next();
    return step.done === true ? undefined : { value: step.value };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** Log and statistics of one container. */
export class ContainerFollower {
  readonly #context: FollowerContext;
  readonly #id: string;
  readonly #source: LogSource;
  readonly #tty: boolean;
  #running = false;
  #followingLogs = false;
  /** A stopped container's last words are read once, not again at every event. */
  #logsRead = false;
  #logsRefused = false;
  #stats: AbortController | undefined;

  constructor(
    context: FollowerContext,
    container: { id: string; source: LogSource; tty: boolean },
  ) {
    this.#context = context;
    this.#id = container.id;
    this.#source = container.source;
    this.#tty = container.tty;
    context.signal.addEventListener("abort", () => this.#stats?.abort(), { once: true });
  }

  /** Whether statistics are being received now. */
  get measuring(): boolean {
    return this.#stats !== undefined;
  }

  /** Brings the streams in line with the container's state. */
  set(running: boolean): void {
    if (this.#context.signal.aborted) return;
    this.#running = running;
    if (!this.#followingLogs && !this.#logsRefused && (running || !this.#logsRead)) {
      this.#followingLogs = true;
      this.#context.spawn(
        this.#followLogs().finally(() => {
          this.#followingLogs = false;
          this.#logsRead = true;
        }),
      );
    }
    const measure = running && this.#context.stats;
    if (measure && this.#stats === undefined) {
      const controller = new AbortController();
      this.#stats = controller;
      this.#context.spawn(this.#followStats(controller.signal));
    } else if (!measure && this.#stats !== undefined) {
      this.#stats.abort();
      this.#stats = undefined;
    }
  }

  async #followLogs(): Promise<void> {
    const { clock, signal } = this.#context;
    for (let failures = 0; !signal.aborted;) {
      const outcome = await this.#readLogs();
      if (outcome === "refused") return;
      failures = outcome === "broken" ? failures + 1 : 0;
      // A log ends when its container does; one that restarts goes on with the same log.
      if (!this.#running && outcome === "ended") return;
      const wait = Math.min(RETRY_MS * 2 ** failures, RETRY_LIMIT_MS);
      if (!await pause(clock, wait, signal) || !this.#running) return;
    }
  }

  async #readLogs(): Promise<"ended" | "broken" | "refused"> {
    const { engine, onEvent, onLines, newestStamp, signal } = this.#context;
    const { catchUp = RESUME_TAIL } = this.#context;
    const newest = newestStamp(this.#source, this.#id);
    const since = Math.floor(Date.parse(newest) / 1000);
    const stamp = Number.isNaN(since) ? "" : newest;
    const stream = engine.logs(this.#id, {
      follow: true,
      tty: this.#tty,
      signal,
      ...(stamp === ""
        ? { tail: FIRST_TAIL }
        : { since, ...(Number.isFinite(catchUp) ? { tail: catchUp } : {}) }),
    });
    let resuming = stamp !== "";
    for (;;) {
      const step = await next(stream);
      if (step === undefined) return "ended";
      if ("error" in step) {
        if (signal.aborted || !UNREADABLE.test(step.error.message)) return "broken";
        this.#logsRefused = true;
        onEvent({ type: "logs_refused", id: this.#id, reason: step.error.message });
        return "refused";
      }
      let lines: readonly OutputLine[] = step.value;
      if (resuming) {
        // `since` has whole seconds here.
        lines = lines.filter((line) => sortStamp(line.text) > stamp);
        resuming = lines.length === 0;
      }
      if (lines.length > 0) onLines(this.#source, lines, this.#id);
    }
  }

  async #followStats(signal: AbortSignal): Promise<void> {
    const { engine, clock, onEvent } = this.#context;
    for (let failures = 0; !signal.aborted; failures++) {
      const stream = engine.stats(this.#id, signal);
      for (;;) {
        const step = await next(stream);
        if (step === undefined || "error" in step) break;
        failures = 0;
        if (!signal.aborted) {
          onEvent({ type: "stats", id: this.#id, stats: step.value, at: clock.now().getTime() });
        }
      }
      if (!await pause(clock, Math.min(RETRY_MS * 2 ** failures, RETRY_LIMIT_MS), signal)) break;
    }
    onEvent({ type: "stats_ended", id: this.#id });
  }
}
