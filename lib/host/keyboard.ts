/**
 * The operator's keyboard: standard input, or /dev/tty where that is a pipe. Used by `terminal.ts`.
 *
 * The runtime cannot take back a read that is under way: a screen that is left would swallow the next
 * thing typed, and an editor or a shell that is started would lose its first keys to it. So in raw
 * mode a `cat` reads, and is ended when the screen is left; with it ends its read.
 */

type Source = Pick<typeof Deno.stdin, "read" | "setRaw">;

let source: Source | undefined;

/** Opened at the first use and kept. */
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

/** Keys as they are pressed. `close` ends them and restores the line discipline; it never throws. */
export function openKeys(): { chunks: AsyncIterable<Uint8Array>; close(): void } {
  const mode = setRaw({ cbreak: false });
  const own = Deno.stdin.isTerminal();
  const reader = new Deno.Command("cat", {
    args: own ? [] : ["/dev/tty"],
    stdin: own ? "inherit" : "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  // However it ends, by us or with the terminal, there is nothing to be said about it.
  reader.status.catch(() => undefined);
  return {
    chunks: reader.stdout,
    close() {
      try {
        reader.kill("SIGTERM");
      } catch {
        // It has ended with the terminal.
      }
      mode.restore();
    },
  };
}

/** Raw mode, with signals or without. */
function setRaw(options: { cbreak: boolean }): { restore(): void } {
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

/** Lines are typed without being shown, and Ctrl-C means what it means anywhere else. */
export function hideTyping(): { restore(): void } {
  return setRaw({ cbreak: true });
}

/** The next bytes of a line; `undefined` when there will be none. */
export async function readTyped(): Promise<Uint8Array | undefined> {
  const buffer = new Uint8Array(4096);
  const count = await keyboard().read(buffer).catch(() => null);
  return count === null ? undefined : buffer.subarray(0, count);
}
