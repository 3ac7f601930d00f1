/**
 * A database container that stays although its definition differs by the password alone. It reads that
 * variable only when its data directory is empty; making it anew would cut every session for nothing. Who
 * rotates the password notes here which definition the present container is as good as. Compose itself
 * does not know: as soon as it has a reason to go over the services, it replaces the container, and then
 * the plan says so (`hashes.ts`).
 */
import type { Host } from "../host/types.ts";

export interface SameDatabase {
  /** Compose's hash on the container. */
  readonly container: string;
  /** Compose's hash of the definition that it is as good as. */
  readonly defined: string;
}

function path(dir: string): string {
  return `${dir}/.rxdx/same-database.json`;
}

/** `undefined` also for a file that cannot be read: then the container is made anew, which is safe. */
export async function readSameDatabase(
  host: Host,
  dir: string,
): Promise<SameDatabase | undefined> {
  try {
    const value = JSON.parse(await host.files.readText(path(dir)) ?? "null") as
      | Partial<SameDatabase>
      | null;
    const { container, defined } = value ?? {};
    return typeof container === "string" && typeof defined === "string"
      ? { container, defined }
      : undefined;
  } catch {
    return undefined;
  }
}

export async function writeSameDatabase(
  host: Host,
  dir: string,
  same: SameDatabase,
): Promise<void> {
  await host.files.writeAtomic(path(dir), JSON.stringify(same) + "\n", { mode: 0o600 });
}
