/**
 * The action that is being done, so that the dashboard does not end in the middle of it: whoever leaves
 * cancels it, and it ends in order (undone as far as it can be, the journal closed, the lock free)
 * before the program does. Held by `run.ts`, filled by `effects.ts`.
 */
import { Cancelled } from "../../errors.ts";
import type { TerminalHost } from "../../host/types.ts";

interface Work {
  readonly title: string;
  readonly abort: AbortController;
  /** Never rejects: why it failed, or nothing. */
  readonly end: Promise<unknown>;
}

export class UnderWay {
  #work: Work | undefined;

  /** Does it; there is one at a time. Rejects as it does. */
  async run(title: string, body: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const abort = new AbortController();
    const done = body(abort.signal);
    const end = done.then(() => undefined, (error: unknown) => error);
    this.#work = { title, abort, end };
    try {
      await done;
    } finally {
      this.#work = undefined;
    }
  }

  /** Cancels what is being done and waits for its end; both are said, below what the shell shows. */
  async end(terminal: Pick<TerminalHost, "err">): Promise<void> {
    const work = this.#work;
    if (work === undefined) return;
    say(terminal, `Cancelling: ${work.title} …`);
    work.abort.abort(new Cancelled());
    const error = await work.end;
    if (error === undefined) say(terminal, `● ${work.title}: it was done by then.`);
    else if (error instanceof Cancelled) {
      say(terminal, `▲ ${work.title}: cancelled. What runs now: rxdx-setup status --once`);
    } else {
      const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
      say(terminal, `✗ ${work.title}: ${reason}`);
    }
  }
}

function say(terminal: Pick<TerminalHost, "err">, line: string): void {
  try {
    terminal.err(`${line}\n`);
  } catch {
    // The terminal is gone (hang-up): the action ends in order all the same.
  }
}
