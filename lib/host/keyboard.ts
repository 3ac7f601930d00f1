/**
 * The one reader of the operator's keyboard: standard input, or /dev/tty where that is a pipe. A read
 * that is under way cannot be taken back when a screen is left, and would swallow the first line that
 * is typed afterwards; so whoever reads next waits for that very read. Used by `terminal.ts`.
 */

interface Source {
  read(buffer: Uint8Array): Promise<number | null>;
  setRaw(mode: boolean, options?: { cbreak: boolean }): void;
}

let source: Source | undefined;
let underWay: Promise<Uint8Array | undefined> | undefined;

/** Opened at the first use and kept: a second open file would compete with the first one's read. */
function keyboard(): Source {
  return source ??= Deno.stdin.isTerminal()
    ? Deno.stdin
    : Deno.openSync("/dev/tty", { read: true });
}

/** True when there is one. */
export function hasKeyboard(): boolean {
  try {
    keyboard();
    return true;
  } catch {
    return false;
  }
}

/** The next bytes; `undefined` when there will be none. */
export async function readKeyboard(): Promise<Uint8Array | undefined> {
  underWay ??= (async () => {
    const buffer = new Uint8Array(4096);
    const count = await keyboard().read(buffer).catch(() => null);
    return count === null ? undefined : buffer.subarray(0, count);
  })();
  const mine = underWay;
  const bytes = await mine;
  if (underWay === mine) underWay = undefined;
  return bytes;
}

/** Raw mode with or without signals; `restore` never throws. */
export function setRaw(options: { cbreak: boolean }): { restore: () => void } {
  const from = keyboard();
  from.setRaw(true, options);
  return {
    restore() {
      try {
        from.setRaw(false);
      } catch {
        // The terminal itself is gone (SIGHUP): there is nothing left to restore.
      }
    },
  };
}
