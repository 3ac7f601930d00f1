/** Reads and writes `.rxdx/copies.json`. Writers hold the lock of the directory. */
import {
  type CopiesState,
  type KnownCopy,
  parseCopies,
  targetState,
} from "../../../backup/copies.ts";
import { Cancelled, SetupError } from "../../../errors.ts";
import type { Host } from "../../../host/types.ts";

function statePath(dir: string): string {
  return `${dir}/.rxdx/copies.json`;
}

export async function readCopies(host: Host, dir: string): Promise<CopiesState> {
  return parseCopies(await host.files.readText(statePath(dir)).catch(() => undefined));
}

async function write(host: Host, dir: string, state: CopiesState): Promise<void> {
  const text = JSON.stringify(state, null, 2) + "\n";
  await host.files.writeAtomic(statePath(dir), text, { mode: 0o600 });
}

/** Changes what is known of one target's copies. */
export async function changeCopies(
  host: Host,
  dir: string,
  target: string,
  change: (copies: Readonly<Record<string, KnownCopy>>) => Readonly<Record<string, KnownCopy>>,
): Promise<void> {
  const state = await readCopies(host, dir);
  const before = targetState(state, target);
  const after = { ...before, copies: change(before.copies) };
  await write(host, dir, { ...state, targets: { ...state.targets, [target]: after } });
}

/** Runs it; a failure is written down for status and alerts until the next success at that target. */
export async function notedCopy<T>(
  host: Host,
  dir: string,
  target: string,
  signal: AbortSignal,
  body: () => Promise<T>,
): Promise<T> {
  try {
    const result = await body();
    const state = await readCopies(host, dir);
    const { failure, ...rest } = targetState(state, target);
    if (failure !== undefined) {
      await write(host, dir, { ...state, targets: { ...state.targets, [target]: rest } });
    }
    return result;
  } catch (error) {
    if (!(error instanceof Cancelled) && !signal.aborted) {
      const state = await readCopies(host, dir);
      const failure = {
        at: host.clock.now().toISOString(),
        reason: error instanceof Error ? error.message.split("\n")[0] ?? "" : String(error),
        hint: (error instanceof SetupError ? error.hint : undefined) ?? "rxdx-setup backup copy",
      };
      const after = { ...targetState(state, target), failure };
      // A full disk here is told by the error that matters.
      await write(host, dir, { ...state, targets: { ...state.targets, [target]: after } })
        .catch(() => undefined);
    }
    throw error;
  }
}

/** What is no target any more is forgotten; nothing there is removed. */
export async function forgetTargets(
  host: Host,
  dir: string,
  present: readonly string[],
): Promise<void> {
  const state = await readCopies(host, dir);
  const kept = Object.entries(state.targets).filter(([text]) => present.includes(text));
  if (kept.length === Object.keys(state.targets).length) return;
  await write(host, dir, { schema: 1, targets: Object.fromEntries(kept) });
}
