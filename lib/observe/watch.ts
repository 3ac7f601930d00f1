/**
 * Watches the containers of one Compose project: Docker's events drive the state (nothing is
 * polled), logs and statistics are followed per container, and a daemon that restarts or a socket
 * that drops is a state that is reported, retried and resynchronised, never an exception. The
 * dashboard starts one; other containers on the machine cost nothing.
 */
import type { ApiContainer, ApiEvent } from "../engine/api.ts";
import type { LogSource } from "./log_ring_set.ts";
import { identity, isOneOff } from "./reduce_container.ts";
import { ContainerFollower, type FollowerContext, pause } from "./watch_container.ts";
import type { WatchedEngine } from "./watch_container.ts";
import { Tasks } from "./watch_tasks.ts";

/** How to watch. Callbacks are called synchronously and must not throw. */
export interface WatchOptions extends
  Pick<
    FollowerContext,
    "clock" | "onEvent" | "onLines" | "newestStamp" | "catchUp" | "stats"
  > {
  /** Compose project name. */
  readonly project: string;
  /** Which containers' logs and statistics are followed; all when absent. Events tell of every one. */
  readonly wants?: (source: LogSource) => boolean;
  /** Ends everything: every stream is closed and `done` resolves. */
  readonly signal: AbortSignal;
}

/** A running watch. */
export interface Watch {
  /** Resolves after the abort, when no stream is open any more. Rejects only on a bug. */
  readonly done: Promise<void>;
}

/** Milliseconds between attempts to reach the daemon: doubled from the first to the last. */
const RETRY_MS = 250;
const RETRY_LIMIT_MS = 5_000;

/** A connection that lived this long was a good one: the next failure starts the back-off anew. */
const STEADY_MS = 5_000;

/**
 * The event stream gives no sign that it has begun. A second look this much later covers what may
 * have happened between the first list and its beginning.
 */
const SECOND_LOOK_MS = 500;

/** Events come in bursts (kill, die, stop); one inspection after the burst is enough. */
const SETTLE_MS = 30;

/** A health check ends with `exec_die`; its result is stored a moment later. */
const CHECK_STORED_MS = 300;

/** A container's last check is refreshed at most this often. */
const CHECK_EVERY_MS = 5_000;

/** Statistics come every second; after this much silence the daemon is asked whether it lives. */
const SILENCE_MS = 10_000;

/** Actions after which the container's state may be another. */
const STATE_ACTIONS = /^(?:create|start|restart|die|stop|oom|pause|unpause|rename|update)$/;

/** Starts watching at once. */
export function watch(engine: WatchedEngine, options: WatchOptions): Watch {
  return { done: new Watcher(engine, options).run() };
}

class Watcher {
  readonly #engine: WatchedEngine;
  readonly #options: WatchOptions;
  readonly #followers = new Map<string, ContainerFollower>();
  readonly #tasks = new Tasks(() => this.#link.abort());
  readonly #refreshing = new Set<string>();
  readonly #checkedAt = new Map<string, number>();
  #link = new AbortController();
  #resyncReason: string | undefined;
  #heardAt = 0;

  constructor(engine: WatchedEngine, options: WatchOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { signal, clock, onEvent } = this.#options;
    let attempt = 0;
    while (!signal.aborted && !this.#tasks.failed) {
      onEvent({ type: "connecting" });
      const since = clock.monotonic();
      const reason = await this.#connection();
      if (signal.aborted || this.#tasks.failed) break;
      attempt = clock.monotonic() - since > STEADY_MS ? 1 : attempt + 1;
      const wait = Math.min(RETRY_MS * 2 ** (attempt - 1), RETRY_LIMIT_MS);
      onEvent({ type: "lost", reason, attempt, retryAt: clock.now().getTime() + wait });
      await pause(clock, wait, signal);
    }
    this.#tasks.rethrow();
  }

  /** One connection from its first list to its end, whose reason it returns. */
  async #connection(): Promise<string> {
    const link = new AbortController();
    const end = () => link.abort();
    this.#options.signal.addEventListener("abort", end, { once: true });
    this.#link = link;
    this.#resyncReason = undefined;
    let reason = "the daemon closed the connection";
    try {
      const events = this.#engine.events(this.#options.project, link.signal);
      // Begun before the list is asked for, so that no change falls between the two.
      let step = events.next();
      step.catch(() => undefined);
      await this.#list(link.signal);
      this.#options.onEvent({ type: "live" });
      this.#heardAt = this.#options.clock.monotonic();
      this.#tasks.spawn(this.#secondLook(link.signal));
      this.#tasks.spawn(this.#watchdog(link.signal));
      for (let event = await step; event.done !== true; event = await step) {
        this.#onEvent(event.value, link.signal);
        step = events.next();
      }
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    reason = this.#resyncReason ?? reason;
    link.abort();
    this.#options.signal.removeEventListener("abort", end);
    this.#followers.clear();
    await this.#tasks.settled();
    return reason;
  }

  /** Ends this connection; the loop makes a new one. */
  #resync(reason: string): void {
    this.#resyncReason ??= reason;
    this.#link.abort();
  }

  async #list(signal: AbortSignal): Promise<void> {
    const all = await this.#engine.containers(this.#options.project);
    if (signal.aborted) return;
    this.#options.onEvent({ type: "listed", containers: all });
    const listed = new Set(all.map((each) => each.Id));
    for (const id of this.#followers.keys()) if (!listed.has(id)) this.#forget(id);
    await Promise.all(all.map((each) => this.#inspect(each.Id, signal)));
  }

  async #inspect(id: string, signal: AbortSignal): Promise<void> {
    const container = await this.#engine.container(id);
    if (signal.aborted) return;
    if (container === undefined) {
      this.#forget(id);
      this.#options.onEvent({ type: "gone", id });
      return;
    }
    if (isOneOff(container.Config.Labels)) return;
    this.#checkedAt.set(id, this.#options.clock.monotonic());
    this.#options.onEvent({ type: "inspected", container });
    this.#follow(container, signal);
  }

  #follow(container: ApiContainer, signal: AbortSignal): void {
    const { clock, onLines, newestStamp, catchUp, stats, wants } = this.#options;
    const source = identity(container.Config.Labels);
    if (wants?.(source) === false) return;
    const follower = this.#followers.get(container.Id) ?? new ContainerFollower({
      engine: this.#engine,
      clock,
      signal,
      onLines,
      newestStamp,
      ...(catchUp === undefined ? {} : { catchUp }),
      stats,
      onEvent: (event) => {
        this.#heardAt = clock.monotonic();
        this.#options.onEvent(event);
      },
      spawn: (task) => this.#tasks.spawn(task),
    }, {
      id: container.Id,
      source,
      tty: container.Config.Tty,
    });
    this.#followers.set(container.Id, follower);
    follower.set(container.State.Running);
  }

  #forget(id: string): void {
    this.#followers.get(id)?.set(false);
    this.#followers.delete(id);
    this.#checkedAt.delete(id);
  }

  #onEvent(event: ApiEvent, signal: AbortSignal): void {
    const id = event.Actor.ID;
    this.#heardAt = this.#options.clock.monotonic();
    if (event.Action === "destroy") {
      this.#forget(id);
      this.#options.onEvent({ type: "gone", id });
    } else if (STATE_ACTIONS.test(event.Action)) {
      this.#refresh("", SETTLE_MS, signal);
    } else if (event.Action.startsWith("health_status")) {
      this.#refresh(id, SETTLE_MS, signal);
    } else if (event.Action === "exec_die") {
      const age = this.#options.clock.monotonic() - (this.#checkedAt.get(id) ?? 0);
      if (age >= CHECK_EVERY_MS) this.#refresh(id, CHECK_STORED_MS, signal);
    }
  }

  /** Looks again at one container, or at all of them when `id` is empty, once per burst. */
  #refresh(id: string, delayMs: number, signal: AbortSignal): void {
    if (this.#refreshing.has(id)) return;
    this.#refreshing.add(id);
    this.#tasks.spawn((async () => {
      const waited = await pause(this.#options.clock, delayMs, signal);
      this.#refreshing.delete(id);
      if (waited) await this.#look(id, signal);
    })());
  }

  async #look(id: string, signal: AbortSignal): Promise<void> {
    try {
      await (id === "" ? this.#list(signal) : this.#inspect(id, signal));
    } catch (error) {
      // A look that failed would leave an old state on show: begin again instead.
      if (!signal.aborted) this.#resync(error instanceof Error ? error.message : String(error));
    }
  }

  async #secondLook(signal: AbortSignal): Promise<void> {
    if (await pause(this.#options.clock, SECOND_LOOK_MS, signal)) await this.#look("", signal);
  }

  /** A daemon that hangs closes nothing: only its silence tells. */
  async #watchdog(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (await pause(clock, SILENCE_MS / 2, signal)) {
      const measuring = [...this.#followers.values()].some((each) => each.measuring);
      if (!measuring || clock.monotonic() - this.#heardAt < SILENCE_MS) continue;
      if (await this.#engine.ping()) this.#heardAt = clock.monotonic();
      else this.#resync("the daemon does not answer");
    }
  }
}
