/**
 * Runs the wizard on the operator's terminal: supplies messages, carries out effects. What it ends
 * with is the operator's word and nothing else; the caller makes it true.
 */
import { Cancelled } from "../../errors.ts";
import { SetupError } from "../../errors.ts";
import type { Host, TerminalSize } from "../../host/types.ts";
import { SOON } from "../frames.ts";
import { FullScreen, type FullScreenView } from "../full_screen.ts";
import type { Key } from "../keys.ts";
import { type Palette, palette } from "../widgets/palette.ts";
import type { WizardDraft } from "./draft.ts";
import {
  type Effect,
  init,
  isBusy,
  type Message,
  namesOfAnswers,
  PAGES,
  type WizardModel,
} from "./model.ts";
import type { Said, WizardSession } from "./session.ts";
import { update } from "./update.ts";
import { view } from "./view.ts";

export interface WizardOutcome {
  readonly said: Said;
  /** False: write the files and stop there. */
  readonly start: boolean;
}

export interface WizardOptions {
  readonly host: Host;
  readonly session: WizardSession;
  readonly signal: AbortSignal;
  readonly color: boolean;
}

/** Milliseconds between two frames of what turns while something runs. */
const TURN_MS = 100;

/**
 * @throws Cancelled when the operator leaves or the connection drops; the answers are kept as a draft
 */
export async function runWizard(options: WizardOptions): Promise<WizardOutcome> {
  return await new Wizard(options).run();
}

/** What is kept of a wizard that is under way. */
export function draftOf(host: Host, page: number, said: Said, base: string): WizardDraft {
  return {
    at: host.clock.now().toISOString(),
    page: PAGES[page]?.id ?? "welcome",
    you: said.you,
    base,
  };
}

/** What a failure says to the operator, without a trace. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

class Wizard implements FullScreenView {
  readonly #options: WizardOptions;
  readonly #colors: Palette;
  readonly #screen: FullScreen;
  #model: WizardModel;
  #outcome: WizardOutcome | undefined;
  /** The newest draft to be written; one at a time, in order. */
  #drafts: Promise<void> = Promise.resolve();

  constructor(options: WizardOptions) {
    this.#options = options;
    this.#colors = palette(options.color);
    this.#screen = new FullScreen(options.host, this);
    this.#model = init(options.session, options.host.terminal.size());
  }

  async run(): Promise<WizardOutcome> {
    const { session, signal } = this.#options;
    this.#ask(session.machineChecks(), (checks) => ({ type: "checks", checks }), () => ({
      type: "checks",
      checks: [],
    }));
    try {
      await this.#screen.run(signal);
    } finally {
      // Also after a hang-up: what was answered last is kept.
      if (this.#outcome === undefined && this.#model.page > 0) this.#keepDraft();
      await this.#drafts;
    }
    if (this.#outcome !== undefined) return this.#outcome;
    throw new Cancelled();
  }

  frame(): string[] {
    return view(this.#model, this.#options.session, this.#colors);
  }

  onKey(key: Key): void {
    this.#dispatch({ type: "key", key });
  }

  onResize(size: TerminalSize): void {
    this.#dispatch({ type: "resized", size });
  }

  onEnter(foreground: AbortSignal): Promise<void>[] {
    return [this.#turn(foreground)];
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.host;
    while (!signal.aborted) {
      await clock.sleep(TURN_MS, signal).catch(() => undefined);
      if (!signal.aborted && isBusy(this.#model)) this.#dispatch({ type: "tick" });
    }
  }

  #dispatch(message: Message): void {
    this.#screen.guarded(() => {
      const before = this.#model;
      const [model, ...effects] = update(before, message, this.#options.session);
      this.#model = model;
      for (const effect of effects) this.#carryOut(effect);
      if (model !== before) this.#screen.request(message.type === "key" ? SOON.key : SOON.state);
    });
  }

  #carryOut(effect: Effect): void {
    const { session } = this.#options;
    const { said, answers } = this.#model;
    switch (effect.type) {
      case "leave":
        this.#screen.finish(new Cancelled());
        return;
      case "suspend":
        this.#screen.suspend();
        return;
      case "redraw":
        this.#screen.redraw();
        return;
      case "draft":
        this.#keepDraft();
        return;
      case "agree":
        this.#outcome = { said, start: effect.start };
        this.#screen.finish();
        return;
      case "names": {
        const of = namesOfAnswers(answers);
        this.#ask(
          session.nameChecks(said.you),
          (checks) => ({ type: "names", of, checks }),
          () => ({
            type: "names",
            of,
            checks: [],
          }),
        );
        return;
      }
      case "probe": {
        const { probe } = effect;
        this.#ask(
          session.probe(probe, said),
          (result) => ({ type: "probed", probe, result }),
          (error) => ({ type: "probed", probe, result: { ok: false, detail: reasonOf(error) } }),
        );
        return;
      }
      case "review":
        this.#ask(
          session.review(said),
          (review) => ({ type: "reviewed", said, review }),
          (error) => ({ type: "reviewed", said, review: { failed: reasonOf(error) } }),
        );
        return;
      case "save":
        this.#ask(
          session.saveAnswers(effect.path, said),
          (path) => ({ type: "saved", text: `${path} is written.`, bad: false }),
          (error) => ({ type: "saved", text: reasonOf(error), bad: true }),
        );
        return;
    }
  }

  /** Asks for something that takes a while. An expected failure is shown; a bug ends the wizard. */
  #ask<T>(
    asked: Promise<T>,
    message: (value: T) => Message,
    failed: (error: SetupError) => Message,
  ): void {
    asked.then(
      (value) => this.#dispatch(message(value)),
      (error: unknown) => {
        if (error instanceof SetupError) this.#dispatch(failed(error));
        else this.#screen.finish(error);
      },
    );
  }

  #keepDraft(): void {
    const { host, session } = this.#options;
    const draft = draftOf(host, this.#model.page, this.#model.said, session.base);
    // A draft is a convenience: that it cannot be kept is no reason to stop.
    this.#drafts = this.#drafts.then(() => session.saveDraft(draft)).catch(() => undefined);
  }
}
