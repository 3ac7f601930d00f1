/**
 * The SFTP protocol, version 3 (draft-ietf-secsh-filexfer-02) with OpenSSH's extensions, as bytes: what is
 * asked, and what was answered. Every server speaks it. Pure; `operations/backup/copies/sftp.ts` puts it on ssh.
 */

export const TYPE = {
  init: 1,
  version: 2,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  stat: 17,
  rename: 18,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attributes: 105,
  extended: 200,
  extendedReply: 201,
} as const;

/** Codes of a status. */
export const STATUS = { ok: 0, eof: 1, noSuchFile: 2, denied: 3, failure: 4 } as const;

/** How a file is opened. */
export const OPEN = { read: 1, write: 2, create: 8, truncate: 16 } as const;

/** Larger than any answer of a sane server. */
const MOST_BYTES = 4 * 2 ** 20;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface Packet {
  readonly type: number;
  readonly body: Uint8Array;
}

/** Puts a packet together. */
export class Writer {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  #add(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return this;
  }

  u32(value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value);
    return this.#add(bytes);
  }

  u64(value: number): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
    return this.#add(bytes);
  }

  bytes(value: Uint8Array): this {
    return this.u32(value.length).#add(value);
  }

  text(value: string): this {
    return this.bytes(encoder.encode(value));
  }

  /** Attributes that say the mode alone; nothing without one. */
  mode(mode?: number): this {
    return mode === undefined ? this.u32(0) : this.u32(4).u32(mode);
  }

  packet(type: number): Uint8Array {
    const whole = new Uint8Array(5 + this.#length);
    const view = new DataView(whole.buffer);
    view.setUint32(0, 1 + this.#length);
    view.setUint8(4, type);
    let at = 5;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

export interface Attributes {
  readonly size?: number;
  readonly mode?: number;
}

/** Takes a packet apart. @throws RangeError where it ends too early */
export class Reader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u32(): number {
    const value = this.#view.getUint32(this.#at);
    this.#at += 4;
    return value;
  }

  u64(): number {
    const value = this.#view.getBigUint64(this.#at);
    this.#at += 8;
    return Number(value);
  }

  bytes(): Uint8Array {
    const length = this.u32();
    if (this.#at + length > this.#bytes.length) throw new RangeError("the answer ends too early");
    const value = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return value;
  }

  text(): string {
    return decoder.decode(this.bytes());
  }

  attributes(): Attributes {
    const flags = this.u32();
    const size = (flags & 1) === 0 ? undefined : this.u64();
    if ((flags & 2) !== 0) this.#at += 8;
    const mode = (flags & 4) === 0 ? undefined : this.u32();
    if ((flags & 8) !== 0) this.#at += 8;
    if ((flags & 0x8000_0000) !== 0) {
      for (let left = this.u32(); left > 0; left--) {
        this.bytes();
        this.bytes();
      }
    }
    return {
      ...(size === undefined ? {} : { size }),
      ...(mode === undefined ? {} : { mode }),
    };
  }
}

/** True for the mode of a directory. */
export function isDirectory({ mode }: Attributes): boolean {
  return mode !== undefined && (mode & 0o170000) === 0o040000;
}

/**
 * Packets out of a stream of bytes, however it was cut.
 *
 * @throws RangeError for a length that no packet has: what a login script prints is read as one
 */
export async function* packets(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Packet> {
  let held = new Uint8Array(0);
  for await (const chunk of chunks) {
    const joined = new Uint8Array(held.length + chunk.length);
    joined.set(held);
    joined.set(chunk, held.length);
    held = joined;
    for (;;) {
      if (held.length < 4) break;
      const length = new DataView(held.buffer, held.byteOffset).getUint32(0);
      if (length < 1 || length > MOST_BYTES) {
        throw new RangeError("what answers there is no SFTP server");
      }
      if (held.length < 4 + length) break;
      yield { type: held[4] ?? 0, body: held.subarray(5, 4 + length) };
      held = held.subarray(4 + length);
    }
  }
}
