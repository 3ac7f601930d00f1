/**
 * Undoes every escape and encoding that text may be in, so that a secret in it lies open. Works on bytes
 * (a string with one character a byte), and shares no code with the redaction: what one of the two does
 * not know, the other may. Pure.
 */
import { Buffer } from "node:buffer";

/** Text with one character for each byte. */
export type Bytes = string;

export function bytesOf(text: string): Bytes {
  return Buffer.from(text, "utf8").toString("latin1");
}

const byte = (hex: string): string => String.fromCharCode(Number.parseInt(hex, 16));

/** Again and again until nothing changes: `%2525` is a percent sign three times. */
function untilSettled(text: Bytes, step: (text: Bytes) => Bytes, most: number): Bytes {
  let at = text;
  for (let round = 0; round < most; round++) {
    const next = step(at);
    if (next === at) break;
    at = next;
  }
  return at;
}

export function withoutPercent(text: Bytes): Bytes {
  if (!text.includes("%")) return text;
  return untilSettled(
    text,
    (at) => at.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => byte(hex)),
    4,
  );
}

function surrogates(units: string): string {
  const codes = [...units.matchAll(/[0-9A-Fa-f]{4}/g)]
    .map(([hex]) => Number.parseInt(hex, 16));
  return bytesOf(String.fromCharCode(...codes));
}

/** Escapes that stand for one character, `\\u00e9` and the like; a run of backslashes is taken as one. */
export function withoutEscapes(text: Bytes): Bytes {
  if (!text.includes("\\")) return text;
  return text
    .replace(/(?<!\\)(?:\\+u[0-9A-Fa-f]{4})+/g, (all) => surrogates(all.replace(/\\+u/g, " ")))
    .replace(
      /(?<!\\)\\+[uU]\{?0*([0-9A-Fa-f]{2,6})\}?/g,
      (all, hex: string) => point(Number.parseInt(hex, 16), all),
    )
    .replace(/(?<!\\)\\+x([0-9A-Fa-f]{2})/g, (_, hex: string) => byte(hex))
    .replace(
      /(?<!\\)\\+([0-3][0-7]{2})/g,
      (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)),
    );
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

export function withoutEntities(text: Bytes): Bytes {
  if (!text.includes("&")) return text;
  const step = (at: Bytes) =>
    at.replace(
      /&#[xX]([0-9A-Fa-f]{1,8});/g,
      (all, hex: string) => point(Number.parseInt(hex, 16), all),
    )
      .replace(/&#(\d{1,8});/g, (all, digits: string) => point(Number(digits), all))
      .replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? "");
  return untilSettled(text, step, 2);
}

function point(code: number, otherwise: string): string {
  return code <= 0x10ffff ? bytesOf(String.fromCodePoint(code)) : otherwise;
}

export function withoutQuotedPrintable(text: Bytes): Bytes {
  if (!text.includes("=")) return text;
  return text.replace(/=\r?\n/g, "").replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => byte(hex));
}

/**
 * What is left when every escape is undone and every mark that escapes or quotes is dropped: two
 * spellings of one value have the same skeleton, however they were mixed. A needle is treated alike.
 */
export function skeleton(text: Bytes): Bytes {
  return withoutEscapes(withoutEntities(withoutPercent(text))).replace(/[\\'"]+/g, "")
    .replace(/\${2,}/g, "$").replace(/%{2,}/g, "%").replaceAll("+", " ");
}

const SIX = new Int8Array(256).fill(-1);
"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".split("")
  .forEach((char, value) => SIX[char.charCodeAt(0)] = value);
SIX["-".charCodeAt(0)] = 62;
SIX["_".charCodeAt(0)] = 63;

/** Appends what a run says when it is read from its character `shift` on; returns the new end. */
function decode(run: string, shift: number, into: Uint8Array, end: number): number {
  let bits = 0;
  let held = 0;
  let length = end;
  for (let at = shift; at < run.length; at++) {
    bits = (bits << 6 | (SIX[run.charCodeAt(at)] ?? 0)) & 0xffffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      into[length++] = bits >> held & 0xff;
    }
  }
  into[length++] = 0;
  return length;
}

/** Where a line of base64 was broken, in mail or, once more escaped, in JSON. */
const BROKEN = /(?<=[A-Za-z0-9+/_-])(?:\\{0,2}[\r\n]|\\{1,2}[rn])+[ \t]*(?=[A-Za-z0-9+/_-])/g;

/** Everything that may be base64, from each of the four characters where a group may begin. */
export function base64Decoded(text: Bytes): Bytes {
  const joined = text.replaceAll("\\/", "/").replace(BROKEN, "");
  // Four readings of three quarters each, and a mark behind every one.
  const room = Buffer.alloc((text.length + joined.length) * 4 + 16);
  let end = 0;
  for (const source of joined === text ? [text] : [text, joined]) {
    for (const [run] of source.matchAll(/[A-Za-z0-9+/_-]{7,}/g)) {
      for (let shift = 0; shift < 4; shift++) end = decode(run, shift, room, end);
    }
  }
  return room.toString("latin1", 0, end);
}

export function hexDecoded(text: Bytes): Bytes {
  const pieces: string[] = [];
  for (const [run] of text.matchAll(/[0-9A-Fa-f]{2}(?:[ :-]?[0-9A-Fa-f]{2}){2,}/g)) {
    const digits = run.replace(/[ :-]/g, "");
    for (const shift of [0, 1]) {
      pieces.push(Buffer.from(digits.slice(shift), "hex").toString("latin1"));
    }
  }
  return pieces.join("\0");
}
