/**
 * IMAP on the wire (RFC 3501): lines with literals in them, commands with tags, strings of any
 * content. The client of `imap.ts` is written in terms of this.
 */
import { EXIT, SetupError } from "../errors.ts";
import type { ByteConnection } from "../host/types.ts";

/** A greeting, a login and a mailbox's state are far below; a server that sends more is none. */
const MAX_LINE_BYTES = 64 * 1024;
const MAX_LITERAL_BYTES = 256 * 1024;
const MAX_RESPONSES = 10_000;

const CR = 0x0d;
const LF = 0x0a;

/** How a server ended a command. */
export interface Ended {
  readonly status: "OK" | "NO" | "BAD";
  /** The text behind it. */
  readonly text: string;
  /** Untagged responses before it, without `* `. */
  readonly untagged: readonly string[];
}

function notImap(): SetupError {
  return new SetupError({
    code: "not_imap",
    message: "What answers there does not speak IMAP.",
    exit: EXIT.prerequisite,
  });
}

/** ASCII without control characters goes in quotes; everything else is a literal (RFC 3501, 4.3). */
export function quotable(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** `"` and `\` are the two that need a backslash. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** Mailbox names travel in a UTF-7 of their own (RFC 3501, 5.1.3). */
export function encodeMailbox(name: string): string {
  return name.replace(/&|[^\x20-\x7e]+/g, (part) => {
    if (part === "&") return "&-";
    const bytes: number[] = [];
    for (let at = 0; at < part.length; at++) {
      const unit = part.charCodeAt(at);
      bytes.push(unit >> 8, unit & 0xff);
    }
    return `&${btoa(String.fromCharCode(...bytes)).replace(/=+$/, "").replaceAll("/", ",")}-`;
  });
}

/** The same in reverse, for names that are listed; what is malformed stays as it is. */
export function decodeMailbox(name: string): string {
  return name.replace(/&([A-Za-z0-9+,]*)-/g, (whole, coded: string) => {
    if (coded === "") return "&";
    try {
      const bytes = atob(coded.replaceAll(",", "/"));
      let text = "";
      for (let at = 0; at + 1 < bytes.length; at += 2) {
        text += String.fromCharCode((bytes.charCodeAt(at) << 8) | bytes.charCodeAt(at + 1));
      }
      return text;
    } catch {
      return whole;
    }
  });
}

export class ImapWire {
  readonly #connection: ByteConnection;
  #buffer: Uint8Array = new Uint8Array(0);
  #serial = 0;

  constructor(connection: ByteConnection) {
    this.#connection = connection;
  }

  async #more(): Promise<void> {
    const bytes = await this.#connection.read();
    if (bytes === undefined) {
      throw new SetupError({
        code: "connection_closed",
        message: "The server closed the connection.",
        exit: EXIT.prerequisite,
      });
    }
    const both = new Uint8Array(this.#buffer.length + bytes.length);
    both.set(this.#buffer);
    both.set(bytes, this.#buffer.length);
    this.#buffer = both;
  }

  #take(count: number): Uint8Array {
    const taken = this.#buffer.subarray(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return taken;
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf(LF);
      if (end >= 0) {
        const line = this.#take(end + 1);
        const cut = line[end - 1] === CR ? end - 1 : end;
        return new TextDecoder().decode(line.subarray(0, cut));
      }
      if (this.#buffer.length > MAX_LINE_BYTES) throw notImap();
      await this.#more();
    }
  }

  /** One whole response; literals in it come as quoted strings. */
  async response(): Promise<string> {
    let whole = "";
    for (;;) {
      const line = await this.#line();
      const literal = /\{(\d{1,9})\}$/.exec(line);
      if (literal === null) return whole + line;
      const length = Number(literal[1]);
      if (length > MAX_LITERAL_BYTES) throw notImap();
      while (this.#buffer.length < length) await this.#more();
      whole += line.slice(0, literal.index) + quoted(new TextDecoder().decode(this.#take(length)));
      if (whole.length > 2 * MAX_LITERAL_BYTES) throw notImap();
    }
  }

  /**
   * Sends a command and waits for its end. `words` are sent as they are, `strings` as quoted strings
   * or literals behind them.
   */
  async command(words: string, strings: readonly string[] = []): Promise<Ended> {
    const tag = `a${++this.#serial}`;
    const untagged: string[] = [];
    let pending = `${tag} ${words}`;
    for (const text of strings) {
      if (quotable(text)) {
        pending += ` ${quoted(text)}`;
        continue;
      }
      const bytes = new TextEncoder().encode(text);
      await this.#send(`${pending} {${bytes.length}}\r\n`);
      const refused = await this.#until(tag, untagged, true);
      if (refused !== undefined) return refused;
      await this.#connection.write(bytes);
      pending = "";
    }
    await this.#send(`${pending}\r\n`);
    const ended = await this.#until(tag, untagged, false);
    if (ended === undefined) throw notImap();
    return ended;
  }

  #send(text: string): Promise<void> {
    return this.#connection.write(new TextEncoder().encode(text));
  }

  /** Reads to the end of the command, or with `goOn` to the server's `+`: then `undefined`. */
  async #until(tag: string, untagged: string[], goOn: boolean): Promise<Ended | undefined> {
    for (let count = 0; count < MAX_RESPONSES; count++) {
      const response = await this.response();
      if (response.startsWith("* ")) untagged.push(response.slice(2));
      else if (response.startsWith("+")) {
        if (goOn) return undefined;
      } else {
        const match = /^(\S+) (OK|NO|BAD)\b ?(.*)$/i.exec(response);
        if (match === null || match[1] !== tag) throw notImap();
        const status = (match[2] ?? "").toUpperCase() as Ended["status"];
        return { status, text: match[3] ?? "", untagged };
      }
    }
    throw notImap();
  }

  /**
   * Changes to TLS. What was received before that is thrown away with the connection: somebody on the
   * way could have slipped it in (CVE-2011-0411).
   */
  async startTls(): Promise<void> {
    if (this.#buffer.length > 0) throw notImap();
    await this.#connection.startTls();
  }
}
