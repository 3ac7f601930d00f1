/**
 * Where the draft of an unfinished wizard lies: in the operator's own state directory, since the
 * install directory is not touched before everything has been agreed to. It holds no secret. Used by
 * `init`.
 */
import type { Host } from "../host/types.ts";
import { sha256 } from "../steps/receipt.ts";

/** `$XDG_STATE_HOME/rxdx-setup`, by default below the home directory (XDG Base Directory 0.8). */
export function stateDirectory(env: Readonly<Record<string, string>>): string {
  const base = env["XDG_STATE_HOME"];
  // The specification wants relative paths to be ignored.
  const state = base?.startsWith("/") === true ? base : `${env["HOME"] ?? "/root"}/.local/state`;
  return `${state}/rxdx-setup`;
}

/** One for each install directory. */
export function draftPath(host: Host, dir: string): string {
  return `${stateDirectory(host.env)}/draft-${sha256(dir).slice(0, 12)}.json`;
}

export async function storeDraft(host: Host, dir: string, text: string): Promise<void> {
  await host.files.mkdir(stateDirectory(host.env), 0o700);
  await host.files.writeAtomic(draftPath(host, dir), text, { mode: 0o600 });
}

export async function storedDraft(host: Host, dir: string): Promise<string | undefined> {
  return await host.files.readText(draftPath(host, dir)).catch(() => undefined);
}

export async function dropDraft(host: Host, dir: string): Promise<void> {
  await host.files.remove(draftPath(host, dir)).catch(() => undefined);
}
