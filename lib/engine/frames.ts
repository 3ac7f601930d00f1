/**
 * Turns the byte streams of the Engine API into lines. Logs and exec output of a container without
 * a TTY come in frames: one byte stream type, three zero bytes, four bytes length (big endian).
 */

/** One line of a container's output. */
export interface OutputLine {
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

/** Bytes after which an unfinished line is cut, so that memory stays bounded. */
export const MAX_LINE_BYTES = 64 * 1024;

const HEADER = 8;
const NEWLINE = 0x0a;

/** Appends with as little copying as the common case (nothing left over) allows. */
function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/** Cuts bytes into lines, carrying the unfinished one over to the next call. */
export class LineSplitter {
  #rest: Uint8Array = new Uint8Array(0);
  readonly #decoder = new TextDecoder();

  /** Complete lines in `bytes`, without their line ends. */
  push(bytes: Uint8Array): string[] {
    // Nearly every frame is one whole line.
    if (this.#rest.length === 0 && bytes.indexOf(NEWLINE) === bytes.length - 1) {
      return bytes.length === 0 ? [] : [this.#text(bytes.subarray(0, -1))];
    }
    const data = concat(this.#rest, bytes);
    const lines: string[] = [];
    let start = 0;
    for (;;) {
      const end = data.indexOf(NEWLINE, start);
      if (end < 0) break;
      lines.push(this.#text(data.subarray(start, end)));
      start = end + 1;
    }
    this.#rest = data.slice(start);
    if (this.#rest.length > MAX_LINE_BYTES) {
      lines.push(this.#text(this.#rest));
      this.#rest = new Uint8Array(0);
    }
    return lines;
  }

  /** The unfinished last line, if there is one. */
  end(): string[] {
    if (this.#rest.length === 0) return [];
    const line = this.#text(this.#rest);
    this.#rest = new Uint8Array(0);
    return [line];
  }

  #text(bytes: Uint8Array): string {
    const end = bytes.at(-1) === 0x0d ? bytes.length - 1 : bytes.length;
    return this.#decoder.decode(bytes.subarray(0, end));
  }
}

/** Decodes the framed stream chunk by chunk; chunks may cut frames and lines anywhere. */
export class FrameDecoder {
  #pending: Uint8Array = new Uint8Array(0);
  readonly #splitters = { stdout: new LineSplitter(), stderr: new LineSplitter() };

  push(chunk: Uint8Array): OutputLine[] {
    const data = concat(this.#pending, chunk);
    const lines: OutputLine[] = [];
    let at = 0;
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    while (data.length - at >= HEADER) {
      const size = view.getUint32(at + 4);
      if (data.length - at - HEADER < size) break;
      const stream = view.getUint8(at) === 2 ? "stderr" : "stdout";
      const body = data.subarray(at + HEADER, at + HEADER + size);
      for (const text of this.#splitters[stream].push(body)) lines.push({ stream, text });
      at += HEADER + size;
    }
    this.#pending = at === 0 ? data : data.slice(at);
    return lines;
  }

  end(): OutputLine[] {
    return (["stdout", "stderr"] as const).flatMap((stream) =>
      this.#splitters[stream].end().map((text) => ({ stream, text }))
    );
  }
}
