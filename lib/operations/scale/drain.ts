/**
 * Taking backend containers out of nginx before they are stopped. A replica that was told to stop still
 * accepts connections that it never serves, and a POST on one of them is lost; so nginx first reads a
 * configuration that names only those that stay, and its old workers finish what they have begun.
 *
 * On disk that configuration stands for the moment in which nginx reads it: an nginx that is started
 * anew, at a reboot say, always finds the usual one. A note in `.rxdx` remembers that the running one has
 * to be told again; `reload-nginx` of any later run does so. Used by `roll.ts` and `stack_steps.ts`.
 */
import type { Host } from "../../host/types.ts";
import { sha256 } from "../../steps/receipt.ts";
import { announce } from "../../steps/written.ts";
import { reloadNginx, workersOf } from "../nginx_reload.ts";

export interface DrainTarget {
  readonly host: Host;
  readonly dir: string;
  /** Id of the nginx container. */
  readonly nginx: string;
  /** Of the configuration in use, relative to the install directory. */
  readonly configuration: string;
  readonly signal: AbortSignal;
}

interface Note {
  readonly path: string;
  /** What stands there usually. */
  readonly usual: string;
  /** SHA-256 of what stood there for a moment. */
  readonly drained: string;
}

/**
 * Milliseconds that old workers get before the leaving containers are told to stop. Idle connections of
 * clients are closed after `keepalive_min_timeout` (2 s), so usually it is over then. Well below
 * `worker_shutdown_timeout` (10 s): WebSockets that are still open shall be closed by the application,
 * with a code, and not cut by nginx, also where a busy machine takes seconds to tell it.
 */
const DRAIN_MS = 6_000;
const POLL_MS = 100;

function notePath(dir: string): string {
  return `${dir}/.rxdx/nginx-drained.json`;
}

/** True while the running nginx may know only some of the backend containers. */
export async function isDrained(host: Host, dir: string): Promise<boolean> {
  return await host.files.stat(notePath(dir)) !== undefined;
}

async function readNote(host: Host, dir: string): Promise<Note | undefined> {
  try {
    const value = JSON.parse(await host.files.readText(notePath(dir)) ?? "null") as Partial<Note>;
    const { path, usual, drained } = value ?? {};
    return path === undefined || usual === undefined || drained === undefined
      ? undefined
      : { path, usual, drained };
  } catch {
    return undefined;
  }
}

/** The line of templates/nginx/partials/upstreams.eta. */
const UPSTREAM = /^([ \t]*)server backend:8000 resolve\b[^;\n]*;/m;

/**
 * The configuration with those servers alone; the name stays as a way out, which is only taken when none
 * of them answers. `undefined` when the line was edited away.
 *
 * @param addresses `172.20.0.5:8000`, at least one
 */
export function drainedText(text: string, addresses: readonly string[]): string | undefined {
  const found = UPSTREAM.exec(text);
  if (found === null || addresses.length === 0) return undefined;
  const indent = found[1] ?? "";
  const lines = [
    ...addresses.map((address) => `${indent}server ${address} max_fails=3 fail_timeout=3s;`),
    `${indent}server backend:8000 resolve backup max_fails=3 fail_timeout=3s;`,
  ];
  return text.replace(UPSTREAM, () => lines.join("\n"));
}

/**
 * Sends every new request to these addresses alone and waits until the workers that knew others are
 * gone, at most {@link DRAIN_MS}.
 *
 * @returns false when the configuration was edited so that it cannot be done; nothing is changed then
 * @throws SetupError `nginx_reload_failed` (exit 5)
 */
export async function drain(target: DrainTarget, addresses: readonly string[]): Promise<boolean> {
  const { host, dir, configuration: path, signal } = target;
  const file = `${dir}/${path}`;
  await restoreUsual(host, dir);
  const usual = await host.files.readText(file);
  const text = usual === undefined ? undefined : drainedText(usual, addresses);
  if (usual === undefined || text === undefined) return false;
  const mode = (await host.files.stat(file))?.mode ?? 0o644;
  const drained = sha256(text);
  // So that nobody takes it for an edit by hand, if this run is killed here.
  await announce(host, dir, { [path]: drained });
  const note: Note = { path, usual, drained };
  await host.files.writeAtomic(notePath(dir), JSON.stringify(note), { mode: 0o600 });
  host.failpoint("before:drain");
  try {
    await host.files.writeAtomic(file, text, { mode });
    host.failpoint("during:drain");
    await reloadNginx(target);
  } finally {
    // A killed process does not come here: the note is what the next run restores from.
    await restoreUsual(host, dir);
  }
  host.failpoint("after:drain");
  const from = host.clock.monotonic();
  for (;;) {
    const now = await workersOf(target);
    const elapsed = host.clock.monotonic() - from;
    if (now !== undefined && now.ending.size === 0) return true;
    if (elapsed > DRAIN_MS) return true;
    await host.clock.sleep(POLL_MS * 2, signal);
  }
}

/** Puts the usual configuration back, where a run was killed while nginx read the other one. */
export async function restoreUsual(host: Host, dir: string): Promise<void> {
  const note = await readNote(host, dir);
  if (note === undefined) return;
  const file = `${dir}/${note.path}`;
  const text = await host.files.readText(file);
  if (text === undefined || sha256(text) !== note.drained) return;
  const mode = (await host.files.stat(file))?.mode ?? 0o644;
  await host.files.writeAtomic(file, note.usual, { mode });
}

/** nginx follows the name again. */
export async function undrain(target: DrainTarget): Promise<void> {
  const { host, dir } = target;
  await restoreUsual(host, dir);
  await reloadNginx(target);
  await forgetDrained(host, dir);
}

/** After nginx has read the usual configuration. */
export async function forgetDrained(host: Host, dir: string): Promise<void> {
  await host.files.remove(notePath(dir));
}
