/**
 * Runs the dashboard on the operator's terminal: supplies messages (keys, container events, log lines,
 * ticks, fresh status documents), carries out effects, paints frames, and gives the terminal back in
 * every exit. The `status` command calls it when both ends are terminals.
 */
import type { Engine } from "../../engine/client.ts";
import { Cancelled } from "../../errors.ts";
import type { Host, HostSignal, RawInput } from "../../host/types.ts";
import type { StatusDocument } from "../../observe/status.ts";
import { watch } from "../../observe/watch.ts";
import { readKeys } from "../keys_reader.ts";
import { Screen } from "../screen.ts";
import { TerminalGuard } from "../terminal_guard.ts";
import { type Palette, palette } from "../widgets/palette.ts";
import { Frames, SOON } from "./frames.ts";
import { type DashboardModel, init, type Message } from "./model.ts";
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
  /** Ends the dashboard with `Cancelled`. */
  readonly signal: AbortSignal;
  readonly color: boolean;
}

/** Milliseconds between two loads of the slower facts. */
const LOAD_EVERY_MS = 30_000;

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

class Dashboard {
  readonly #options: DashboardOptions;
  readonly #colors: Palette;
  readonly #guard: TerminalGuard;
  readonly #screen: Screen;
  readonly #frames: Frames;
  readonly #end = Promise.withResolvers<void>();
  #model: DashboardModel;
  #ended = false;
  /** Ends what runs only while the dashboard is in the foreground. */
  #foreground: AbortController | undefined;
  #watching: Promise<void> = Promise.resolve();

  constructor(options: DashboardOptions) {
    const { host } = options;
    this.#options = options;
    this.#colors = palette(options.color);
    this.#guard = new TerminalGuard(host.terminal);
    this.#screen = new Screen((text) => host.terminal.out(text));
    this.#frames = new Frames(host.clock, () => this.#guarded(() => this.#paint()));
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
    const { host, signal } = this.#options;
    if (signal.aborted) throw new Cancelled();
    const cancel = () => this.#finish(new Cancelled());
    const { terminal } = host;
    const on = (name: HostSignal, callback: () => void) => terminal.onSignal(name, callback);
    const undo = [
      terminal.onCrash(() => this.#guard.leave()),
      on("SIGINT", cancel),
      on("SIGTERM", cancel),
      on("SIGHUP", cancel),
      on("SIGTSTP", () => this.#guarded(() => this.#suspend())),
      on("SIGCONT", () => this.#guarded(() => this.#resume())),
      terminal.onResize(() => this.#dispatch({ type: "resized", size: terminal.size() })),
    ];
    signal.addEventListener("abort", cancel, { once: true });
    try {
      this.#enter();
      await this.#end.promise;
    } finally {
      this.#ended = true;
      this.#frames.stop();
      this.#foreground?.abort();
      this.#guard.leave();
      signal.removeEventListener("abort", cancel);
      for (const each of undo) each();
      await this.#streamsClosed();
    }
  }

  /** Ends the dashboard; the first reason counts. */
  #finish(reason?: unknown): void {
    if (reason === undefined) this.#end.resolve();
    else this.#end.reject(reason);
  }

  /** A bug anywhere ends the dashboard instead of leaving a dead screen. */
  #guarded(action: () => void): void {
    if (this.#ended) return;
    try {
      action();
    } catch (error) {
      this.#finish(error);
    }
  }

  async #streamsClosed(): Promise<void> {
    const waiting = new AbortController();
    const slow = this.#options.host.clock.sleep(CLOSE_MS, waiting.signal).catch(() => undefined);
    await Promise.race([this.#watching, slow]);
    waiting.abort();
  }

  #enter(): void {
    const input = this.#guard.enter();
    if (input === undefined) return;
    const foreground = new AbortController();
    this.#foreground = foreground;
    this.#screen.invalidate();
    this.#frames.paint();
    this.#run(this.#readKeyboard(input));
    this.#startWatching(foreground.signal);
    this.#run(this.#tick(foreground.signal));
    this.#run(this.#refresh(foreground.signal));
  }

  #run(task: Promise<void>): void {
    task.catch((error: unknown) => this.#finish(error));
  }

  #startWatching(signal: AbortSignal): void {
    const { engine, project, host } = this.#options;
    // The logs stay where they are when everything else of the model changes.
    const { logs } = this.#model;
    this.#watching = watch(engine, {
      project,
      clock: host.clock,
      signal,
      stats: true,
      newestStamp: (source) => logs.newestStamp(source),
      onEvent: (event) => this.#dispatch({ type: "watched", event }),
      onLines: (source, lines) => {
        logs.push(source, lines);
        // While paused only a counter changes, and the next tick shows it.
        if (this.#model.frozen === undefined) this.#frames.request(SOON.logs);
      },
    }).done;
    this.#run(this.#watching);
    this.#watching = this.#watching.catch(() => undefined);
  }

  /** Leaves the terminal to the shell and stops; `#resume` follows when the shell continues us. */
  #suspend(): void {
    if (!this.#guard.entered) return;
    this.#frames.stop();
    this.#foreground?.abort();
    this.#guard.leave();
    this.#options.host.process.suspend();
  }

  #resume(): void {
    // Stopped from outside without a chance to leave: the shell may have changed the modes.
    if (this.#guard.entered) {
      this.#foreground?.abort();
      this.#guard.leave();
    }
    this.#dispatch({ type: "resized", size: this.#options.host.terminal.size() });
    this.#enter();
  }

  #dispatch(message: Message): void {
    this.#guarded(() => {
      const before = this.#model;
      const [model, effect] = update(before, message);
      this.#model = model;
      if (effect === "quit") this.#finish();
      else if (effect === "suspend") this.#suspend();
      else if (effect === "redraw") this.#screen.invalidate();
      // Figures change every second: the tick shows them all in one frame.
      const figures = message.type === "watched" && message.event.type === "stats";
      if (!this.#guard.entered || figures) return;
      if (model !== before || effect === "redraw") {
        this.#frames.request(message.type === "key" ? SOON.key : SOON.state);
      }
    });
  }

  #paint(): void {
    this.#screen.draw(view(this.#model, this.#colors), this.#model.size);
  }

  async #tick(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.host;
    while (!signal.aborted) {
      await clock.sleep(TICK_MS, signal).catch(() => undefined);
      if (!signal.aborted) this.#dispatch({ type: "tick", now: clock.now().getTime() });
    }
  }

  async #refresh(signal: AbortSignal): Promise<void> {
    const { load, host } = this.#options;
    if (this.#model.status !== undefined) {
      await host.clock.sleep(LOAD_EVERY_MS, signal).catch(() => undefined);
    }
    while (!signal.aborted) {
      try {
        this.#dispatch({ type: "status", status: await load() });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#dispatch({ type: "status_failed", reason });
      }
      await host.clock.sleep(LOAD_EVERY_MS, signal).catch(() => undefined);
    }
  }

  async #readKeyboard(input: RawInput): Promise<void> {
    const { clock } = this.#options.host;
    await readKeys(input.chunks, clock, (key) => this.#dispatch({ type: "key", key }));
    // The end of the keyboard without our doing: the terminal is gone.
    if (!this.#ended && this.#guard.holds(input)) this.#finish(new Cancelled());
  }
}
