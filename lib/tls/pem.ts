/**
 * The textual encodings of RFC 7468, read from files that came by mail, editor and clipboard: any line
 * ends, byte order marks, UTF-16, indentation, text around the blocks. Pure.
 */

/** One block, `-----BEGIN label-----` to its END. */
export interface PemBlock {
  readonly label: string;
  /** Header lines of RFC 1421, by lower-case name: `proc-type`, `dek-info`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Absent when the block is damaged: no END, another END, or what is no base64. */
  readonly der: Uint8Array | undefined;
  /** The line of its BEGIN, from 1. */
  readonly line: number;
  /** Why `der` is absent, as part of a sentence. */
  readonly damage: string | undefined;
}

const BEGIN = /-----BEGIN ([A-Z0-9][A-Z0-9 ]{0,60})-----/g;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const HEADER = /^([A-Za-z0-9-]{1,40}): *(.*)$/;

/** The text of a file; PowerShell and Notepad write UTF-16. `undefined` when it is binary. */
export function textOf(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  if (bytes.includes(0)) return undefined;
  return new TextDecoder().decode(bytes);
}

/** Bytes of base64 without white space, or `undefined`. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (!BASE64.test(text)) return undefined;
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    // A length that no bytes have.
    return undefined;
  }
}

/** Every block of a text, damaged ones too, in its order. */
export function pemBlocks(text: string): readonly PemBlock[] {
  const begins = [...text.matchAll(BEGIN)];
  let line = 1;
  let counted = 0;
  return begins.map((begin, index) => {
    for (; counted < begin.index; counted++) if (text[counted] === "\n") line++;
    // A block ends before the next begins, so that one without its END swallows nothing.
    const rest = text.slice(begin.index + begin[0].length, begins[index + 1]?.index);
    return { label: begin[1] ?? "", line, ...contentOf(rest, begin[1] ?? "") };
  });
}

function contentOf(rest: string, label: string): Omit<PemBlock, "label" | "line"> {
  const end = /-----END ([^\r\n]*?)-----/.exec(rest);
  if (end === null) {
    return { headers: {}, der: undefined, damage: "has no END line: the file is cut off" };
  }
  const { headers, base64 } = splitHeaders(rest.slice(0, end.index));
  if (end[1] !== label) {
    return { headers, der: undefined, damage: "ends with the END line of something else" };
  }
  const der = fromBase64(base64);
  return { headers, der, damage: der === undefined ? "holds what is no base64" : undefined };
}

/** RFC 1421 headers stand before the content; no base64 holds a colon. */
function splitHeaders(
  content: string,
): { headers: Readonly<Record<string, string>>; base64: string } {
  const headers: Record<string, string> = {};
  const lines = content.split(/\r\n|\n|\r/).map((line) => line.trim());
  const base64: string[] = [];
  for (const line of lines) {
    const header = base64.length === 0 ? HEADER.exec(line) : null;
    if (header !== null) headers[(header[1] ?? "").toLowerCase()] = (header[2] ?? "").trim();
    else if (line !== "") base64.push(line.replace(/\s/g, ""));
  }
  return { headers, base64: base64.join("") };
}

/** One block, lines of 64 characters, with a line feed at its end. */
export function toPem(label: string, der: Uint8Array): string {
  let binary = "";
  for (const byte of der) binary += String.fromCharCode(byte);
  const lines = btoa(binary).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
