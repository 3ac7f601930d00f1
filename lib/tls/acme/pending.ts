/**
 * An order under way, with the key of its certificate: on disk before anything is asked of the CA in its
 * name, so that whoever comes after a killed run can continue it.
 */
import type { Host } from "../../host/types.ts";
import { pendingPath, tlsStatePath } from "./places.ts";

/** The file of an order under way. */
export interface PendingOrder {
  readonly schema: 1;
  readonly directory: string;
  readonly account: string;
  readonly url: string;
  readonly names: string;
  readonly profile: string;
  /** Key of the certificate, PKCS #8. */
  readonly key: string;
  readonly at: string;
}

export async function readPending(
  host: Host,
  dir: string,
  directoryUrl: string,
): Promise<PendingOrder | undefined> {
  const text = await host.files.readText(pendingPath(dir, directoryUrl));
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as PendingOrder;
    return value.schema === 1 ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Forgets the order: its certificate is served, or nothing more will come of it. */
export async function dropPending(host: Host, dir: string, directoryUrl: string): Promise<void> {
  await host.files.remove(pendingPath(dir, directoryUrl));
}

/** True when a run before this one left an order that can be continued. */
export async function hasPending(host: Host, dir: string, directoryUrl: string): Promise<boolean> {
  return await readPending(host, dir, directoryUrl) !== undefined;
}

export async function writePending(host: Host, dir: string, pending: PendingOrder): Promise<void> {
  await host.files.mkdir(tlsStatePath(dir), 0o700);
  await host.files.writeAtomic(
    pendingPath(dir, pending.directory),
    JSON.stringify(pending, null, 2) + "\n",
    { mode: 0o600 },
  );
}
