/**
 * A tar archive in POSIX ustar form, written and read back, and gzip around it. Regular files only: a
 * support bundle has nothing else. Pure.
 */

export interface TarFile {
  /** Relative, `/` between; at most 255 bytes with a cut at 100 from the end. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

const BLOCK = 512;
const NAME_BYTES = 100;
const PREFIX_BYTES = 155;

const encoder = new TextEncoder();

function octal(value: number, width: number): string {
  return value.toString(8).padStart(width - 1, "0") + "\0";
}

/** A name longer than its field goes in two, cut at a slash. */
function splitName(path: string): { name: string; prefix: string } {
  if (encoder.encode(path).length <= NAME_BYTES) return { name: path, prefix: "" };
  for (let cut = path.indexOf("/"); cut > 0; cut = path.indexOf("/", cut + 1)) {
    const prefix = path.slice(0, cut);
    const name = path.slice(cut + 1);
    if (
      encoder.encode(name).length <= NAME_BYTES && encoder.encode(prefix).length <= PREFIX_BYTES
    ) return { name, prefix };
  }
  throw new RangeError(`the name is too long for tar: ${path}`);
}

function header({ path, bytes }: TarFile, modified: Date): Uint8Array {
  const { name, prefix } = splitName(path);
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string) => block.set(encoder.encode(text), at);
  put(0, name);
  put(100, octal(0o600, 8));
  put(108, octal(0, 8));
  put(116, octal(0, 8));
  put(124, octal(bytes.length, 12));
  put(136, octal(Math.floor(modified.getTime() / 1000), 12));
  put(148, "        ");
  put(156, "0");
  put(257, "ustar\0" + "00");
  put(345, prefix);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, sum.toString(8).padStart(6, "0") + "\0 ");
  return block;
}

export function writeTar(files: readonly TarFile[], modified: Date): Uint8Array<ArrayBuffer> {
  const padded = (size: number) => Math.ceil(size / BLOCK) * BLOCK;
  const size = files.reduce((sum, file) => sum + BLOCK + padded(file.bytes.length), 2 * BLOCK);
  const archive = new Uint8Array(size);
  let at = 0;
  for (const file of files) {
    archive.set(header(file, modified), at);
    archive.set(file.bytes, at + BLOCK);
    at += BLOCK + padded(file.bytes.length);
  }
  return archive;
}

/** @throws RangeError where the archive is damaged */
export function readTar(archive: Uint8Array): TarFile[] {
  const field = (at: number, length: number) => {
    const text = new TextDecoder().decode(archive.subarray(at, at + length));
    return text.replace(/\0[\s\S]*$/, "");
  };
  const files: TarFile[] = [];
  for (let at = 0; at + BLOCK <= archive.length;) {
    if (archive.subarray(at, at + BLOCK).every((byte) => byte === 0)) break;
    const size = Number.parseInt(field(at + 124, 12), 8);
    const name = field(at, NAME_BYTES);
    const prefix = field(at + 345, PREFIX_BYTES);
    const from = at + BLOCK;
    if (!Number.isInteger(size) || size < 0 || from + size > archive.length) {
      throw new RangeError(`the archive is damaged at byte ${at}`);
    }
    files.push({
      path: prefix === "" ? name : `${prefix}/${name}`,
      bytes: archive.subarray(from, from + size),
    });
    at = from + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const body = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(body).arrayBuffer());
}

export function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return through(bytes, new CompressionStream("gzip"));
}

export function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return through(bytes, new DecompressionStream("gzip"));
}
