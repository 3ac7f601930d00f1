/**
 * The members of a bundle as they come, and nothing else: a bundle has one spelling, so that every byte
 * of it is either summed or known beforehand. tar itself forgives much; what it forgives is refused here.
 */
import { TAR_END, type TarEntry, tarHeader, tarPadding } from "../../backup/tar.ts";
import { bundleError } from "../../bundle/manifest.ts";
import { isMemberPath } from "../../bundle/sums.ts";

export type MemberEvent =
  | { readonly type: "member"; readonly path: string; readonly size: number }
  | { readonly type: "data"; readonly bytes: Uint8Array }
  | { readonly type: "end" };

const BLOCK = 512;

/** What a tar header's twelve octal digits hold. */
export const MOST_MEMBER_BYTES = 8 ** 11 - 1;

/** Permission bits: the program can be started as it is unpacked. */
export function memberMode(path: string): number {
  return path === "rxdx-setup" || path === "install.sh" ? 0o755 : 0o644;
}

const decoder = new TextDecoder();

function field(block: Uint8Array, at: number, length: number): string {
  return decoder.decode(block.subarray(at, at + length)).replace(/\0[\s\S]*$/, "");
}

/** The entry of a header that is spelled as this program spells it; `undefined` otherwise. */
function entryOf(block: Uint8Array): TarEntry | undefined {
  const prefix = field(block, 345, 155);
  const name = field(block, 0, 100);
  const path = prefix === "" ? name : `${prefix}/${name}`;
  const number = (at: number) => {
    const text = field(block, at, 12);
    return /^[0-7]{11}$/.test(text) ? Number.parseInt(text, 8) : NaN;
  };
  const [size, seconds] = [number(124), number(136)];
  if (!isMemberPath(path) || Number.isNaN(size) || Number.isNaN(seconds)) return undefined;
  const entry = { path, size, mode: memberMode(path), modified: new Date(seconds * 1000) };
  const canonical = tarHeader(entry);
  return canonical.every((byte, at) => byte === block[at]) ? entry : undefined;
}

/**
 * @param file for messages
 * @throws SetupError `bundle_damaged`, `bundle_truncated`
 */
export async function* readMembers(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<MemberEvent> {
  const damaged = (why: string) => bundleError("bundle_damaged", `${file} is damaged: ${why}.`);
  let at = 0;
  let header = new Uint8Array(0);
  let left = 0;
  let padding = 0;
  /** Bytes of the end that have been seen; -1 before it. */
  let ending = -1;
  for await (let chunk of chunks) {
    while (chunk.length > 0) {
      if (ending >= 0) {
        ending += chunk.length;
        if (ending > TAR_END.length) throw damaged("something follows its end");
        if (chunk.some((byte) => byte !== 0)) throw damaged("its end is another one");
        break;
      }
      const wanted = left > 0 ? left : padding > 0 ? padding : BLOCK - header.length;
      const bytes = chunk.subarray(0, wanted);
      chunk = chunk.subarray(bytes.length);
      at += bytes.length;
      if (left > 0) {
        left -= bytes.length;
        yield { type: "data", bytes };
        if (left === 0) yield { type: "end" };
        continue;
      }
      if (padding > 0) {
        padding -= bytes.length;
        if (bytes.some((byte) => byte !== 0)) {
          throw damaged(`byte ${at} is not empty as it must be`);
        }
        continue;
      }
      const joined = new Uint8Array(header.length + bytes.length);
      joined.set(header);
      joined.set(bytes, header.length);
      header = joined;
      if (header.length < BLOCK) continue;
      const block = header;
      header = new Uint8Array(0);
      if (block.every((byte) => byte === 0)) {
        ending = BLOCK;
        continue;
      }
      const entry = entryOf(block);
      if (entry === undefined) {
        throw at === BLOCK
          ? bundleError(
            "bundle_malformed",
            `${file} is no bundle of rxdx-setup, or its beginning is damaged.`,
            "A bundle is made by: rxdx-setup bundle create. What docker save made is taken by: " +
              "--set images.source=archive --set images.file=FILE",
          )
          : damaged(`the header that ends at byte ${at} is another one`);
      }
      yield { type: "member", path: entry.path, size: entry.size };
      left = entry.size;
      padding = tarPadding(entry.size).length;
      if (left === 0) yield { type: "end" };
    }
  }
  if (ending === TAR_END.length) return;
  throw at === 0 ? bundleError("bundle_malformed", `${file} is empty.`) : bundleError(
    "bundle_truncated",
    `${file} is cut off after ${at + Math.max(0, ending - BLOCK)} bytes.`,
  );
}
