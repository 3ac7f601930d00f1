/**
 * Runs the dashboard: supplies messages (keys, container events, log lines, ticks, fresh status
 * documents) and carries out effects; the terminal itself is `full_screen.ts`'s. The `status` command
 * calls it when both ends are terminals.
 */
import type { Engine } from "../../engine/client.ts";
import type { Host, TerminalSize } from "../../host/types.ts";
import { EdgeMeter } from "../../observe/edge.ts";
import type { StatusDocument } from "../../observe/status.ts";
import { watch } from "../../observe/watch.ts";
import { SOON } from "../frames.ts";
import { FullScreen, type FullScreenView } from "../full_screen.ts";
import type { Key } from "../keys.ts";
import { type Palette, palette } from "../widgets/palette.ts";
import type { Actor } from "./actions.ts";
import { carryOut, type EffectContext } from "./effects.ts";
import { type DashboardModel, init, type Message } from "./model.ts";
import { overallState } from "./services.ts";
import { UnderWay } from "./under_way.ts";
import { update } from "./update.ts";
import { view } from "./view.ts";

/** What the dashboard needs. */
export interface DashboardOptions {
  readonly host: Host;
  readonly engine: Engine;
  /** Compose project name. */
  readonly project: string;
  /** The slower facts (certificate, disk, database, problems); called at most every 30 seconds. */
  readonly load: () => Promise<StatusDocument>;
  /** Facts that are known already; without them `load` is called at once. */
  readonly initial?: StatusDocument;
  readonly readOnly?: boolean;
  /** Looks whether this stack may be shown at all, once it is on the screen; its failure ends that. */
  readonly check?: () => Promise<void>;
  /** What can be done from here; without it the dashboard only shows. */
  readonly actor?: Actor;
  /** Ends the dashboard with `Cancelled`. */
  readonly signal: AbortSignal;
  readonly color: boolean;
}

/** The service whose access log tells of requests. */
const EDGE = "nginx";

/** Milliseconds between two loads of the slower facts. */
const LOAD_EVERY_MS = 30_000;

/** Milliseconds until the look that something asked for. */
const LOAD_AGAIN_MS = 2_000;

const TICK_MS = 1_000;

/** Milliseconds that open streams have to close before the dashboard returns without them. */
const CLOSE_MS = 250;

/**
 * Shows the dashboard until the operator leaves it (q, Ctrl-C). Throws `Cancelled` when a signal or
 * `options.signal` ends it, and whatever a bug throws; the terminal is restored before either.
 */
export async function runDashboard(options: DashboardOptions): Promise<void> {
  await new Dashboard(options).run();
}

class Dashboard implements FullScreenView {
  readonly #options: DashboardOptions;
  readonly #colors: Palette;
  readonly #screen: FullScreen;
  readonly #effects: EffectContext;
  readonly #underWay = new UnderWay();
  readonly #edge = new EdgeMeter();
  /** Whether nginx has written any access line yet. */
  #hasEdge = false;
  #model: DashboardModel;
  #watching: Promise<void> = Promise.resolve();
  /** Ends the wait for the next look at the slower facts. */
  #waiting = new AbortController();
  /** What was looked at last is already known to be past. */
  #again = false;

  constructor(options: DashboardOptions) {
    const { host } = options;
    this.#options = options;
    this.#colors = palette(options.color);
    this.#screen = new FullScreen(host, this);
    this.#effects = {
      host,
      screen: this.#screen,
      actor: options.actor,
      dispatch: (message) => this.#dispatch(message),
      underWay: this.#underWay,
    };
    const now = host.clock.now();
    this.#model = init({
      project: options.project,
      size: host.terminal.size(),
      now: now.getTime(),
      zoneMinutes: -now.getTimezoneOffset(),
      status: options.initial,
      readOnly: options.readOnly,
    });
  }

  async run(): Promise<void> {
    try {
      await this.#screen.run(this.#options.signal);
    } finally {
      await this.#underWay.end(this.#options.host.terminal);
      await this.#streamsClosed();
    }
  }

  frame(): string[] {
    return view(this.#model, this.#colors);
  }

  onKey(key: Key): void {
    this.#dispatch({ type: "key", key });
  }

  onResize(size: TerminalSize): void {
    this.#dispatch({ type: "resized", size });
  }

  onEnter(foreground: AbortSignal): Promise<void>[] {
    const watching = this.#watch(foreground);
    this.#watching = watching.catch(() => undefined);
    const checking = this.#options.check?.() ?? Promise.resolve();
    return [watching, this.#tick(foreground), this.#refresh(foreground), checking];
  }

  async #streamsClosed(): Promise<void> {
    const waiting = new AbortController();
    const slow = this.#options.host.clock.sleep(CLOSE_MS, waiting.signal).catch(() => undefined);
    await Promise.race([this.#watching, slow]);
    waiting.abort();
  }

  #watch(signal: AbortSignal): Promise<void> {
    const { engine, project, host } = this.#options;
    // The logs stay where they are when everything else of the model changes.
    const { logs } = this.#model;
    return watch(engine, {
      project,
      clock: host.clock,
      signal,
      stats: true,
      newestStamp: (source) => logs.newestStamp(source),
      onEvent: (event) => this.#dispatch({ type: "watched", event }),
      onLines: (source, lines) => {
        logs.push(source, lines);
        if (source.service === EDGE) {
          for (const { text } of lines) this.#hasEdge = this.#edge.add(text) || this.#hasEdge;
        }
        // While paused only a counter changes, and the next tick shows it.
        if (this.#model.frozen === undefined) this.#screen.request(SOON.logs);
      },
    }).done;
  }

  #dispatch(message: Message): void {
    this.#screen.guarded(() => {
      const before = this.#model;
      const [model, effect] = update(before, message);
      this.#model = model;
      const figures = message.type === "watched" && message.event.type === "stats";
      // What was done or happened may have solved a problem, or made one.
      if (
        message.type === "outcome" ||
        (message.type === "watched" && !figures && overallState(before) !== overallState(model))
      ) {
        this.#again = true;
        this.#waiting.abort();
      }
      if (effect !== undefined) carryOut(this.#effects, effect);
      // Figures change every second: the tick shows them all in one frame.
      if (figures || model === before) return;
      this.#screen.request(message.type === "key" ? SOON.key : SOON.state);
    });
  }

  async #tick(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.host;
    while (!signal.aborted) {
      await clock.sleep(TICK_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      const now = clock.now().getTime();
      const edge = this.#hasEdge ? this.#edge.figures(now) : undefined;
      this.#dispatch({ type: "tick", now, edge });
    }
  }

  async #refresh(signal: AbortSignal): Promise<void> {
    const { load } = this.#options;
    if (this.#model.status !== undefined) await this.#untilNextLook(signal);
    while (!signal.aborted) {
      try {
        this.#dispatch({ type: "status", status: await load() });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#dispatch({ type: "status_failed", reason });
      }
      await this.#untilNextLook(signal);
    }
  }

  async #untilNextLook(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.host;
    const waiting = new AbortController();
    this.#waiting = waiting;
    const end = () => waiting.abort();
    signal.addEventListener("abort", end, { once: true });
    // Also what happened while the look was being taken asks for another one.
    if (!this.#again) await clock.sleep(LOAD_EVERY_MS, waiting.signal).catch(() => undefined);
    signal.removeEventListener("abort", end);
    // Not at once: containers come and go together, and one that flaps must not cost a core.
    if (this.#again) await clock.sleep(LOAD_AGAIN_MS, signal).catch(() => undefined);
    this.#again = false;
  }
}
