/**
 * Where the state of the alerts lies: `.rxdx/alerts.json`, read and written under a lock of its own, so
 * that two looks at once tell nobody twice. It is a record of what was seen, like the dates of renewals;
 * the machine is not changed by it, and no run of `apply` has to end first.
 *
 * A full disk is what has to be told above all, and is where nothing can be written: then it lies in
 * memory, below /run, until there is room again.
 */
import { SetupError } from "../errors.ts";
import type { FileLock, Host } from "../host/types.ts";
import { type AlertState, freshState, parseState } from "./state.ts";

export function statePath(dir: string): string {
  return `${dir}/.rxdx/alerts.json`;
}

/** A directory in memory that only this user can write to. */
function refuge(host: Host, id: string): string {
  const { uid } = host.system;
  return uid === 0
    ? `/run/rxdx-setup/alerts-${id}.json`
    : `/run/user/${uid}/rxdx-alerts-${id}.json`;
}

/** One for each install directory; the same on every start. */
function directoryId(dir: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(dir)) {
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  return hash.toString(16).padStart(16, "0");
}

function newId(host: Host): string {
  return [...host.random.bytes(8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export interface ReadState {
  readonly state: AlertState;
  /** True when there was a file that could not be understood. */
  readonly damaged: boolean;
}

/** The newest state there is; a fresh one where there is none. Never throws. */
export async function readAlertState(host: Host, dir: string): Promise<ReadState> {
  let damaged = false;
  const found: AlertState[] = [];
  for (const path of [statePath(dir), refuge(host, directoryId(dir))]) {
    const text = await host.files.readText(path).catch(() => undefined);
    if (text === undefined) continue;
    const state = parseState(text);
    if (state === undefined) damaged = true;
    else found.push(state);
  }
  const looked = (state: AlertState) => Date.parse(state.looked_at ?? "") || 0;
  const [first, second] = found;
  const state = first !== undefined && second !== undefined && looked(second) > looked(first)
    ? second
    : first;
  return { state: state ?? freshState(newId(host)), damaged: damaged && state === undefined };
}

/**
 * @throws SetupError where neither the disk nor memory takes it
 */
export async function writeAlertState(host: Host, dir: string, state: AlertState): Promise<void> {
  const text = JSON.stringify(state, null, 2) + "\n";
  const elsewhere = refuge(host, directoryId(dir));
  try {
    await host.files.mkdir(`${dir}/.rxdx`, 0o700);
    await host.files.writeAtomic(statePath(dir), text, { mode: 0o600 });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    if (host.system.uid === 0) await host.files.mkdir("/run/rxdx-setup", 0o700);
    await host.files.writeAtomic(elsewhere, text, { mode: 0o600 }).catch(() => {
      throw error;
    });
    return;
  }
  await host.files.remove(elsewhere).catch(() => undefined);
}

/** With the stack its record goes. */
export async function removeAlertState(host: Host, dir: string): Promise<void> {
  await host.files.remove(refuge(host, directoryId(dir))).catch(() => undefined);
}

/** Milliseconds that one waits for another: longer than a mail server may take. */
const WAIT_MS = 60_000;
const POLL_MS = 250;

/**
 * Runs `body` while nobody else reads and writes the state.
 *
 * @returns what it returns; `undefined` when somebody else was at it for a minute
 */
export async function withAlertState<T>(
  host: Host,
  dir: string,
  signal: AbortSignal,
  body: () => Promise<T>,
): Promise<T | undefined> {
  const path = `${dir}/.rxdx/alerts.lock`;
  const deadline = host.clock.monotonic() + WAIT_MS;
  let lock: FileLock | undefined;
  try {
    await host.files.mkdir(`${dir}/.rxdx`, 0o700);
    lock = await host.files.tryLock(path);
    while (lock === undefined) {
      if (host.clock.monotonic() >= deadline) return undefined;
      await host.clock.sleep(POLL_MS, signal);
      lock = await host.files.tryLock(path);
    }
  } catch (error) {
    // No file can be made on a full disk; then two at once are the smaller evil.
    if (!(error instanceof SetupError) || signal.aborted) throw error;
  }
  try {
    return await body();
  } finally {
    await lock?.release();
  }
}
