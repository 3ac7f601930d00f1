/**
 * `images.lock`: what was resolved, image and digest a service, and what it was resolved from. Written
 * by the last step of an apply; read when the next one plans.
 */
import type { Host } from "../host/types.ts";
import type { KnownClone } from "./checkout.ts";
import type { ImageOrigin } from "./origin.ts";

/** One service. */
export interface LockedImage {
  readonly image: string;
  /** Content address on this machine. */
  readonly id: string;
  /** Its registry's digests of it; empty for an image that was built or loaded here. */
  readonly digests: readonly string[];
}

export interface ImagesLock {
  readonly schema: 1;
  readonly services: Readonly<Record<string, LockedImage>>;
  readonly origin?: ImageOrigin;
  /** Repository, ref and commit of a clone. */
  readonly clone?: KnownClone;
}

export function lockPath(dir: string): string {
  return `${dir}/.rxdx/images.lock`;
}

/** `undefined` when there is none, or it cannot be read. */
export async function readLock(host: Host, dir: string): Promise<ImagesLock | undefined> {
  const text = await host.files.readText(lockPath(dir)).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as ImagesLock;
    return value?.schema === 1 ? value : undefined;
  } catch {
    return undefined;
  }
}
