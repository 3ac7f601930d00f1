/**
 * Spellings of a value that hide its characters: base64 in all three alignments and both alphabets,
 * and hexadecimal. As sources of regular expressions. Pure.
 */
import { hexPattern } from "./spellings.ts";

/** Fewer characters of base64 than this would be found in ordinary text. */
const TELLING = 6;

const encoder = new TextEncoder();

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replace(/=+$/, "");
}

/**
 * The characters of base64 that are the same whatever stands before and after the bytes, for each of
 * the three places where they may begin.
 */
export function stableBase64(bytes: Uint8Array): string[] {
  return [0, 1, 2].map((shift) => {
    const padded = new Uint8Array(shift + bytes.length);
    padded.set(bytes, shift);
    const from = Math.ceil(shift * 8 / 6);
    const until = Math.floor((shift + bytes.length) * 8 / 6);
    return base64(padded).slice(from, until);
  });
}

/** Lines of base64 are broken where mail and OpenSSL break them; JSON then writes the break as `\n`. */
const BREAK = "(?:\\\\{0,2}[\\r\\n]|\\\\{1,2}[rn])*[ \\t]*";

function base64Char(char: string): string {
  if (char === "+") return "(?:[+-]|%2[Bb]|\\\\u002[Bb])";
  if (char === "/") return "(?:\\\\?\\/|_|%2[Ff])";
  return char;
}

/** What applications put a value through before they encode it as base64. */
function wrapped(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const form = new URLSearchParams({ v: value }).toString().slice(2);
  return [
    ...new Set([
      value,
      json,
      asciiOnly(json),
      encodeURIComponent(value.toWellFormed()),
      form,
      value.replaceAll("$", "$$$$"),
    ]),
  ];
}

function asciiOnly(json: string): string {
  return json.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

export function base64Patterns(value: string): string[] {
  const stable = wrapped(value).flatMap((each) => stableBase64(encoder.encode(each)));
  return [...new Set(stable)].filter((each) => each.length >= TELLING)
    .map((each) => [...each].map(base64Char).join(BREAK));
}

/** `70617373`, `70 61 73 73`, `70:61:73:73`. */
export function hexadecimal(value: string): string {
  return [...encoder.encode(value)]
    .map((byte) => hexPattern(byte.toString(16).padStart(2, "0"))).join("[ :-]?");
}
