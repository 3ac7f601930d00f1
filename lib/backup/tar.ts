/**
 * A tar archive (POSIX ustar) as a stream, written and read in flat memory: headers as bytes, and a reader
 * that hands on data as it comes. Long members are cut into numbered parts, because a tar header tells
 * the size before the data, and nobody knows the size of a dump before its end. Pure.
 */

export interface TarEntry {
  /** Relative, `/` between. */
  readonly path: string;
  /** Bytes; 0 for a link. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  readonly modified: Date;
  readonly uid?: number;
  readonly gid?: number;
  /** Target of a symbolic link. */
  readonly link?: string;
}

export interface ReadEntry {
  readonly type: "entry";
  readonly path: string;
  readonly size: number;
  /** `0` a file, `2` a symbolic link, `5` a directory. */
  readonly kind: string;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** When it was changed last, in whole seconds since 1970. */
  readonly seconds: number;
  /** Target of a link; empty otherwise. */
  readonly link: string;
}

export type TarEvent = ReadEntry | { readonly type: "data"; readonly bytes: Uint8Array };

const BLOCK = 512;
const NAME_BYTES = 100;
const PREFIX_BYTES = 155;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Two empty blocks end an archive. */
export const TAR_END: Uint8Array<ArrayBuffer> = new Uint8Array(2 * BLOCK);

function bytesOf(text: string): number {
  return encoder.encode(text).length;
}

/** A name longer than its field goes in two, cut at a slash. */
function splitName(path: string): { name: string; prefix: string } {
  if (bytesOf(path) <= NAME_BYTES) return { name: path, prefix: "" };
  for (let cut = path.indexOf("/"); cut > 0; cut = path.indexOf("/", cut + 1)) {
    const prefix = path.slice(0, cut);
    const name = path.slice(cut + 1);
    if (bytesOf(name) <= NAME_BYTES && bytesOf(prefix) <= PREFIX_BYTES) return { name, prefix };
  }
  throw new RangeError(`the name is too long for tar: ${path}`);
}

function octal(value: number, width: number): string {
  return value.toString(8).padStart(width - 1, "0") + "\0";
}

/** @throws RangeError for a name or a link target that ustar cannot hold */
export function tarHeader(entry: TarEntry): Uint8Array<ArrayBuffer> {
  const { name, prefix } = splitName(entry.path);
  const { link } = entry;
  if (link !== undefined && bytesOf(link) > NAME_BYTES) {
    throw new RangeError(`the target of a link is too long for tar: ${link}`);
  }
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string) => block.set(encoder.encode(text), at);
  put(0, name);
  put(100, octal(entry.mode & 0o7777, 8));
  put(108, octal(entry.uid ?? 0, 8));
  put(116, octal(entry.gid ?? 0, 8));
  put(124, octal(entry.size, 12));
  put(136, octal(Math.max(0, Math.floor(entry.modified.getTime() / 1000)), 12));
  put(148, "        ");
  put(156, link === undefined ? "0" : "2");
  put(157, link ?? "");
  put(257, "ustar\0" + "00");
  put(345, prefix);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, sum.toString(8).padStart(6, "0") + "\0 ");
  return block;
}

/** What fills the last block of a member. */
export function tarPadding(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((BLOCK - size % BLOCK) % BLOCK);
}

/** `database.dump.000042` */
export function partPath(path: string, index: number): string {
  return `${path}.${String(index).padStart(6, "0")}`;
}

/** The member that a part belongs to; `undefined` for one that is whole. */
export function memberOf(path: string): string | undefined {
  return /^(.+)\.\d{6}$/.exec(path)?.[1];
}

/**
 * A stream of unknown length as numbered members. What is kept in memory is one part.
 *
 * @param partBytes a multiple of 512
 */
export async function* tarParts(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  options: { readonly partBytes: number; readonly modified: Date },
): AsyncGenerator<Uint8Array> {
  const { partBytes, modified } = options;
  let index = 0;
  let held: Uint8Array[] = [];
  let size = 0;
  function* flush(): Generator<Uint8Array> {
    yield tarHeader({ path: partPath(path, index++), size, mode: 0o600, modified });
    yield* held;
    yield tarPadding(size);
    held = [];
    size = 0;
  }
  for await (let chunk of chunks) {
    while (size + chunk.length >= partBytes) {
      const cut = partBytes - size;
      held.push(chunk.subarray(0, cut));
      size = partBytes;
      yield* flush();
      chunk = chunk.subarray(cut);
    }
    if (chunk.length === 0) continue;
    held.push(chunk);
    size += chunk.length;
  }
  if (size > 0 || index === 0) yield* flush();
}

function text(block: Uint8Array, at: number, length: number): string {
  return decoder.decode(block.subarray(at, at + length)).replace(/\0[\s\S]*$/, "");
}

function number(block: Uint8Array, at: number): number {
  return Number.parseInt(text(block, at, 8).trim(), 8) || 0;
}

/** Octal, or where that is too short for the size, GNU's base 256. */
function sizeIn(block: Uint8Array): number {
  if (((block[124] ?? 0) & 0x80) === 0) return Number.parseInt(text(block, 124, 12).trim(), 8);
  return block.subarray(128, 136).reduce((size, byte) => size * 256 + byte, 0);
}

function isSound(block: Uint8Array): boolean {
  const wanted = Number.parseInt(text(block, 148, 8).trim(), 8);
  const sum = block.reduce(
    (total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte),
    0,
  );
  return sum === wanted;
}

/**
 * Reads an archive as it comes.
 *
 * @throws RangeError where the archive is damaged or ends too early
 */
export async function* readTarStream(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarEvent> {
  let header = new Uint8Array(0);
  let left = 0;
  let padding = 0;
  let ended = false;
  for await (let chunk of chunks) {
    while (chunk.length > 0 && !ended) {
      if (left > 0) {
        const bytes = chunk.subarray(0, left);
        left -= bytes.length;
        chunk = chunk.subarray(bytes.length);
        yield { type: "data", bytes };
        continue;
      }
      if (padding > 0) {
        const skipped = Math.min(padding, chunk.length);
        padding -= skipped;
        chunk = chunk.subarray(skipped);
        continue;
      }
      const taken = chunk.subarray(0, BLOCK - header.length);
      chunk = chunk.subarray(taken.length);
      const joined = new Uint8Array(header.length + taken.length);
      joined.set(header);
      joined.set(taken, header.length);
      header = joined;
      if (header.length < BLOCK) continue;
      const block = header;
      header = new Uint8Array(0);
      if (block.every((byte) => byte === 0)) {
        ended = true;
        break;
      }
      const size = sizeIn(block);
      if (!isSound(block) || !Number.isSafeInteger(size) || size < 0) {
        throw new RangeError("the archive is damaged: a header has a wrong checksum");
      }
      const prefix = text(block, 345, PREFIX_BYTES);
      const name = text(block, 0, NAME_BYTES);
      const ustar = text(block, 257, 6) === "ustar";
      yield {
        type: "entry",
        path: ustar && prefix !== "" ? `${prefix}/${name}` : name,
        size,
        kind: text(block, 156, 1) || "0",
        mode: number(block, 100),
        uid: number(block, 108),
        gid: number(block, 116),
        seconds: number(block, 136),
        link: text(block, 157, NAME_BYTES),
      };
      left = size;
      padding = (BLOCK - size % BLOCK) % BLOCK;
    }
    // What follows the end is read and dropped, so that whoever writes it is not cut off.
  }
  if (!ended) throw new RangeError("the archive ends too early");
}
