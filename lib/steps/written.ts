/**
 * What runs that did not come to their end have written: hashes by path, on disk before the files
 * themselves. Without it a file of such a run would be taken for one that somebody edited, because
 * the receipt is written last. `record` clears it.
 */
import type { Host } from "../host/types.ts";

/** Path relative to the install directory → hexadecimal SHA-256 of every text written to it. */
export type Written = Readonly<Record<string, readonly string[]>>;

function writtenPath(dir: string): string {
  return `${dir}/.rxdx/written.json`;
}

export async function readWritten(host: Host, dir: string): Promise<Written> {
  try {
    const value: unknown = JSON.parse(await host.files.readText(writtenPath(dir)) ?? "{}");
    const lists = Object.entries(typeof value === "object" && value !== null ? value : {})
      .filter(([, hashes]) => Array.isArray(hashes));
    return Object.fromEntries(lists) as Written;
  } catch {
    // Unreadable means unknown: files are then kept aside once too often, never once too few.
    return {};
  }
}

/** Announces what is about to be written. */
export async function announce(
  host: Host,
  dir: string,
  hashes: Readonly<Record<string, string>>,
): Promise<void> {
  const all: Record<string, readonly string[]> = { ...await readWritten(host, dir) };
  for (const [path, hash] of Object.entries(hashes)) {
    all[path] = [...new Set([...all[path] ?? [], hash])];
  }
  await host.files.mkdir(`${dir}/.rxdx`, 0o700);
  await host.files.writeAtomic(writtenPath(dir), JSON.stringify(all) + "\n", { mode: 0o600 });
}

/** The receipt knows it all now. */
export async function forgetWritten(host: Host, dir: string): Promise<void> {
  await host.files.remove(writtenPath(dir));
}

/** True when there is something that the receipt does not know yet. */
export async function hasWritten(host: Host, dir: string): Promise<boolean> {
  return await host.files.stat(writtenPath(dir)) !== undefined;
}
