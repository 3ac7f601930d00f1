/**
 * `status --watch`: the state again and again, a JSON document or a block of text each time: at once
 * when a container changes, else every few seconds. Ends when nobody reads any more, or by Ctrl-C.
 */
import type { Engine } from "../engine/client.ts";
import { SetupError } from "../errors.ts";
import type { StatusDocument } from "../observe/status.ts";
import type { CommandContext } from "./context.ts";
import { statusText } from "./status_text.ts";

/** A container's end comes as a burst of events; one look after it is enough. */
const SETTLE_MS = 300;

/** Events that may change what the document says. */
const TELLING = /^(?:create|start|die|stop|oom|pause|unpause|destroy|health_status)/;

interface Watching {
  readonly context: CommandContext;
  readonly engine: Engine;
  readonly project: string;
  readonly load: () => Promise<StatusDocument>;
  /** Milliseconds between two looks when nothing happens. */
  readonly everyMs: number;
}

export async function watchStatus(watching: Watching): Promise<void> {
  const { context, everyMs } = watching;
  const { terminal, clock } = context.host;
  const reader = new AbortController();
  const stop = terminal.onReaderGone(() => reader.abort(), true);
  const signal = AbortSignal.any([context.signal, reader.signal]);
  let wake = new AbortController();
  const listening = listen(watching, signal, () => wake.abort());
  try {
    while (!signal.aborted) {
      wake = new AbortController();
      const until = AbortSignal.any([signal, wake.signal]);
      await look(watching);
      await clock.sleep(everyMs, until).catch(() => undefined);
      if (wake.signal.aborted) await clock.sleep(SETTLE_MS, signal).catch(() => undefined);
    }
  } finally {
    stop();
    reader.abort();
    await listening;
  }
}

/** Calls back when a container of the stack changes; a daemon that is away is waited for. */
async function listen(
  { engine, project, context, everyMs }: Watching,
  signal: AbortSignal,
  onChange: () => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { Action } of engine.events(project, signal)) {
        if (TELLING.test(Action)) onChange();
      }
    } catch {
      // The next look tells why; this only makes it earlier.
    }
    await context.host.clock.sleep(everyMs, signal).catch(() => undefined);
  }
}

async function look({ context, load }: Watching): Promise<void> {
  const { out, host } = context;
  try {
    const document = await load();
    const at = host.clock.now();
    if (out.json) out.line(JSON.stringify({ at: at.toISOString(), ...document }));
    else out.result(`${at.toISOString()}\n${statusText(document, out.resultColors, at)}\n`);
  } catch (error) {
    // Watching goes on: that it cannot be looked is a state as well.
    if (!(error instanceof SetupError)) throw error;
    const { code, message, hint } = error;
    const at = host.clock.now().toISOString();
    if (out.json) out.line(JSON.stringify({ at, schema: 1, error: { code, message, hint } }));
    else out.result(`${at}\n${message}\n→ ${hint}\n`);
  }
}
