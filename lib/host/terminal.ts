/**
 * The operator's terminal: size, raw keys, signals. When standard input is a pipe
 * (`curl … | sh`) keys are read from /dev/tty instead.
 */
import { HiddenLine } from "./hidden_line.ts";
import type { HostSignal, LineInput, RawInput, TerminalHost, TerminalSize } from "./types.ts";

const encoder = new TextEncoder();

/** Writes all of it, whatever the pipe takes at once. A reader that has gone away is not an error. */
function writeAll(stream: { writeSync(data: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let offset = 0; offset < bytes.length;) {
      try {
        offset += stream.writeSync(bytes.subarray(offset));
      } catch (error) {
        if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function size(): TerminalSize {
  try {
    const { columns, rows } = Deno.consoleSize();
    if (columns > 0 && rows > 0) return { columns, rows };
  } catch {
    // Not a terminal.
  }
  return { columns: 80, rows: 24 };
}

function raw(): RawInput {
  const own = Deno.stdin.isTerminal() ? undefined : Deno.openSync("/dev/tty", { read: true });
  const source = own ?? Deno.stdin;
  source.setRaw(true, { cbreak: false });
  let open = true;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const buffer = new Uint8Array(4096);
    while (open) {
      const count = await source.read(buffer).catch(() => null);
      if (count === null) return;
      yield buffer.slice(0, count);
    }
  }
  return {
    chunks: chunks(),
    close() {
      if (!open) return;
      open = false;
      try {
        source.setRaw(false);
      } catch {
        // The terminal itself is gone (SIGHUP): there is nothing left to restore.
      }
      own?.close();
    },
  };
}

function lines(): LineInput {
  const own = Deno.stdin.isTerminal() ? undefined : Deno.openSync("/dev/tty", { read: true });
  const source = own ?? Deno.stdin;
  const decoder = new TextDecoder();
  let buffered = "";
  const more = async (): Promise<boolean> => {
    const bytes = new Uint8Array(4096);
    const count = await source.read(bytes).catch(() => null);
    if (count !== null) buffered += decoder.decode(bytes.subarray(0, count), { stream: true });
    return count !== null;
  };
  return {
    async read({ hidden = false } = {}) {
      const line = new HiddenLine();
      // Signals stay on: Ctrl-C means here what it means anywhere else.
      if (hidden) source.setRaw(true, { cbreak: true });
      try {
        for (;;) {
          if (hidden) {
            const found = line.push(buffered);
            buffered = found?.rest ?? "";
            if (found !== undefined) return found.line;
          } else {
            const end = buffered.indexOf("\n");
            if (end >= 0) {
              const text = buffered.slice(0, end).replace(/\r$/, "");
              buffered = buffered.slice(end + 1);
              return text;
            }
          }
          if (!await more()) return undefined;
        }
      } finally {
        if (hidden) {
          try {
            source.setRaw(false);
          } catch {
            // The terminal itself is gone.
          }
        }
      }
    },
    close: () => own?.close(),
  };
}

function onSignal(signal: HostSignal | "SIGWINCH", callback: () => void): () => void {
  Deno.addSignalListener(signal, callback);
  return () => Deno.removeSignalListener(signal, callback);
}

function onCrash(callback: (reason: unknown) => void): () => void {
  const onError = (event: ErrorEvent) => callback(event.error);
  const onRejection = (event: PromiseRejectionEvent) => callback(event.reason);
  globalThis.addEventListener("error", onError);
  globalThis.addEventListener("unhandledrejection", onRejection);
  return () => {
    globalThis.removeEventListener("error", onError);
    globalThis.removeEventListener("unhandledrejection", onRejection);
  };
}

/** The real `Host.terminal`. */
export const terminalHost: TerminalHost = {
  get stdinIsTerminal() {
    return Deno.stdin.isTerminal();
  },
  get stdoutIsTerminal() {
    return Deno.stdout.isTerminal();
  },
  get stderrIsTerminal() {
    return Deno.stderr.isTerminal();
  },
  get hasKeyboard() {
    if (Deno.stdin.isTerminal()) return true;
    try {
      Deno.openSync("/dev/tty", { read: true }).close();
      return true;
    } catch {
      return false;
    }
  },
  size,
  out: (text) => writeAll(Deno.stdout, text),
  err: (text) => writeAll(Deno.stderr, text),
  raw,
  lines,
  onResize: (callback) => onSignal("SIGWINCH", callback),
  onSignal,
  onCrash,
};
