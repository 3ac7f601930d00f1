/**
 * An HTTP/1.1 GET over a unix socket for answers without an end (logs, events, statistics). Read with
 * one system call for as much as there is, and given on in equally large pieces: the daemon sends
 * every log line as an HTTP chunk of its own, and an event per chunk is what makes following a busy
 * log expensive (docs/adr/0003). Used by `net.ts` for requests that ask for it.
 */
import { EXIT, SetupError } from "../errors.ts";
import type { HttpRequest, HttpResponse } from "./types.ts";

/** Bytes asked for at once. */
const READ_BYTES = 64 * 1024;

/** Bytes of status line and headers before an answer is not one. */
const MAX_HEAD_BYTES = 64 * 1024;

const CR = 0x0d;
const LF = 0x0a;

/** The end of the head: the index after its empty line, or -1. */
function endOfHead(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Takes the chunked transfer coding (RFC 9112, 7.1) off a byte stream that is cut anywhere. */
export class ChunkedDecoder {
  /** Payload bytes of the current chunk still to come. */
  #left = 0;
  #state: "size" | "data" | "data-end" | "trailer" = "size";
  /** The beginning of a size line whose end has not arrived. */
  #line = "";
  #done = false;

  /** True after the last chunk. */
  get done(): boolean {
    return this.#done;
  }

  /** The payload in these bytes, in one piece. Throws on what is not this coding. */
  push(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const payload = new Uint8Array(bytes.length);
    let length = 0;
    let at = 0;
    while (at < bytes.length && !this.#done) {
      if (this.#state === "data") {
        const count = Math.min(this.#left, bytes.length - at);
        payload.set(bytes.subarray(at, at + count), length);
        length += count;
        at += count;
        this.#left -= count;
        if (this.#left === 0) this.#state = "data-end";
        continue;
      }
      const byte = bytes[at++];
      if (byte !== LF) {
        if (byte !== CR) this.#line += String.fromCharCode(byte ?? 0);
        continue;
      }
      this.#endOfLine(this.#line);
      this.#line = "";
    }
    return payload.subarray(0, length);
  }

  #endOfLine(line: string): void {
    if (this.#state === "data-end") {
      this.#state = "size";
    } else if (this.#state === "trailer") {
      this.#done = line === "";
    } else {
      const size = /^[0-9a-fA-F]{1,8}(?=;|\s*$)/.exec(line)?.[0];
      if (size === undefined) throw new TypeError("not a chunked body");
      this.#left = Number.parseInt(size, 16);
      this.#state = this.#left === 0 ? "trailer" : "data";
    }
  }
}

function parseHead(text: string): { status: number; headers: Record<string, string> } {
  const [first = "", ...lines] = text.split("\r\n");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? 0), headers };
}

/** One connection and one request on it. */
export async function streamRequest(
  wanted: HttpRequest & { readonly socketPath: string },
): Promise<HttpResponse> {
  const failed = (cause: unknown) => {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    return new SetupError({
      code: "connection_failed",
      message: `No answer from ${wanted.socketPath}: ` +
        ("code" in error ? String(error.code) : error.message),
      exit: EXIT.prerequisite,
      cause,
    });
  };
  let connection: Deno.UnixConn | undefined;
  let open = true;
  const close = () => {
    if (!open) return;
    open = false;
    clearTimeout(timer);
    wanted.signal?.removeEventListener("abort", close);
    connection?.close();
  };
  const timer = wanted.timeoutMs === undefined ? undefined : setTimeout(close, wanted.timeoutMs);
  wanted.signal?.addEventListener("abort", close, { once: true });
  try {
    wanted.signal?.throwIfAborted();
    connection = await Deno.connect({ transport: "unix", path: wanted.socketPath });
    if (!open) connection.close();
    const reading = connection;
    const head = [
      `GET ${wanted.path} HTTP/1.1`,
      "host: localhost",
      ...Object.entries(wanted.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
      "connection: close",
      "\r\n",
    ].join("\r\n");
    await reading.write(new TextEncoder().encode(head));
    let received: Uint8Array<ArrayBufferLike> = new Uint8Array(0);
    let end = -1;
    const buffer = new Uint8Array(READ_BYTES);
    while (end < 0) {
      const count = await reading.read(buffer);
      if (count === null) throw new TypeError("closed before the answer");
      received = joined(received, buffer.subarray(0, count));
      end = endOfHead(received);
      if (end < 0 && received.length > MAX_HEAD_BYTES) throw new TypeError("not an HTTP answer");
    }
    clearTimeout(timer);
    const { status, headers } = parseHead(new TextDecoder().decode(received.subarray(0, end)));
    const body = readBody(reading, received.slice(end), headers, buffer, () => open, close);
    return { status, headers, body, text: () => textOf(body), close };
  } catch (error) {
    const wasOpen = open;
    close();
    throw failed(
      wasOpen ? error : wanted.signal?.aborted === true ? wanted.signal.reason : "timed out",
    );
  }
}

async function* readBody(
  connection: Deno.UnixConn,
  first: Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>>,
  buffer: Uint8Array<ArrayBuffer>,
  isOpen: () => boolean,
  close: () => void,
): AsyncGenerator<Uint8Array> {
  const chunked = headers["transfer-encoding"]?.toLowerCase() === "chunked"
    ? new ChunkedDecoder()
    : undefined;
  let left = headers["content-length"] === undefined
    ? Number.POSITIVE_INFINITY
    : Number(headers["content-length"]);
  try {
    let bytes: Uint8Array = first;
    for (;;) {
      const payload = chunked === undefined ? bytes.slice(0, left) : chunked.push(bytes);
      left -= payload.length;
      if (payload.length > 0) yield payload;
      if (chunked?.done === true || left <= 0) return;
      const count = await connection.read(buffer);
      if (count === null) {
        if (chunked !== undefined || Number.isFinite(left)) {
          throw new TypeError("the answer was cut short");
        }
        return;
      }
      bytes = buffer.subarray(0, count);
    }
  } catch (error) {
    if (isOpen()) throw error;
    throw new DOMException("The request was aborted.", "AbortError");
  } finally {
    close();
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}
