/**
 * Room for the way back. A disk that fills up in the middle of a change would also keep the old state from being
 * written again; so a file is kept that gives its bytes back when a change fails. The runner spends it before it
 * undoes, an upgrade before it returns.
 */
import type { Host } from "../host/types.ts";

/** Files of an install, journal and record of a way back, twice: each is written beside the one it replaces. */
const RESERVE_BYTES = 2 ** 20;

/** It is made while nobody misses it; on a disk that is nearly full it would be part of the trouble. */
const PLENTY_BYTES = 64 * RESERVE_BYTES;

function reservePath(dir: string): string {
  return `${dir}/.rxdx/reserve`;
}

/** Where there is none yet and room enough. A disk that cannot be measured gets none. */
export async function keepReserve(host: Host, dir: string): Promise<void> {
  try {
    const path = reservePath(dir);
    if (await host.files.stat(path) !== undefined) return;
    if ((await host.files.space(dir)).freeBytes < PLENTY_BYTES) return;
    await host.files.writeAtomic(path, incompressible(RESERVE_BYTES), { mode: 0o600 });
  } catch {
    // Without it a change is as it always was.
  }
}

/** Gives the room back. Never fails: what comes after it is more important. */
export async function spendReserve(host: Host, dir: string): Promise<void> {
  await host.files.remove(reservePath(dir)).catch(() => undefined);
}

/**
 * A file system that compresses would keep little room for zeros. No secret: a linear congruential generator
 * (Numerical Recipes) is hard enough to compress. Printable, for whoever looks at it.
 */
function incompressible(bytes: number): Uint8Array {
  const text = new Uint8Array(bytes);
  let state = 1;
  for (let index = 0; index < bytes - 1; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text[index] = 33 + (state >>> 24) % 94;
  }
  text[bytes - 1] = 10;
  return text;
}
