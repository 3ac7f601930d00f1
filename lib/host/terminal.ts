/**
 * The operator's terminal: size, raw keys, signals. When standard input is a pipe
 * (`curl … | sh`) keys are read from /dev/tty instead.
 */
import { HiddenLine } from "./hidden_line.ts";
import { hasKeyboard, hideTyping, openKeys, readTyped } from "./keyboard.ts";
import { onReaderGone, readerIsGone } from "./reader_gone.ts";
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
    if (stream === Deno.stdout) readerIsGone();
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
  const keys = openKeys();
  let open = true;
  return {
    chunks: keys.chunks,
    close() {
      if (!open) return;
      open = false;
      keys.close();
    },
  };
}

function lines(): LineInput {
  const decoder = new TextDecoder();
  let buffered = "";
  const more = async (): Promise<boolean> => {
    const bytes = await readTyped();
    if (bytes !== undefined) buffered += decoder.decode(bytes, { stream: true });
    return bytes !== undefined;
  };
  return {
    async read({ hidden = false } = {}) {
      const line = new HiddenLine();
      const mode = hidden ? hideTyping() : undefined;
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
        mode?.restore();
      }
    },
    close: () => undefined,
  };
}

async function input(most: number): Promise<string> {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(4096);
  let text = "";
  for (let left = most; left > 0;) {
    const count = await Deno.stdin.read(chunk.subarray(0, Math.min(left, chunk.length)));
    if (count === null) break;
    text += decoder.decode(chunk.subarray(0, count), { stream: true });
    left -= count;
  }
  return text + decoder.decode();
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
    return hasKeyboard();
  },
  size,
  out: (text) => writeAll(Deno.stdout, text),
  err: (text) => writeAll(Deno.stderr, text),
  raw,
  lines,
  input,
  onResize: (callback) => onSignal("SIGWINCH", callback),
  onSignal,
  onReaderGone,
  onCrash,
};
