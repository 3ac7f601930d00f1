/**
 * A small, strict reader of DER (ITU-T X.690), the encoding of certificates and keys. Definite
 * lengths only, in their shortest form, within the bytes given; what is anything else is `undefined`,
 * never an exception. Nothing is copied. Pure.
 */

/** Identifier octets of the universal types that certificates and keys are made of. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The identifier octet of a context-specific type, `[number]`. */
export function context(number: number, constructed: boolean): number {
  return 0x80 | (constructed ? 0x20 : 0) | number;
}

/** One element: type, content, and the whole of it. */
export interface Der {
  /** The identifier octet. */
  readonly tag: number;
  readonly body: Uint8Array;
  /** Identifier, length and content. */
  readonly whole: Uint8Array;
}

/** Elements of one sequence; no certificate comes near. */
const MAX_CHILDREN = 4_096;
/** Octets of a length; four are 4 GiB. */
const MAX_LENGTH_OCTETS = 4;
/** Arcs of an object identifier are small; more than this fits no JavaScript integer. */
const MAX_ARC_OCTETS = 7;

/** The element that begins the bytes; others may follow it. */
export function firstDer(bytes: Uint8Array): Der | undefined {
  const tag = bytes[0];
  const first = bytes[1];
  if (tag === undefined || first === undefined) return undefined;
  // Tag numbers above 30 take more octets and appear in no certificate.
  if ((tag & 0x1f) === 0x1f) return undefined;
  let length = first;
  let begin = 2;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > MAX_LENGTH_OCTETS) return undefined;
    length = 0;
    for (let at = 0; at < octets; at++) {
      const octet = bytes[2 + at];
      if (octet === undefined) return undefined;
      length = length * 256 + octet;
    }
    if (length < 0x80 || length < 256 ** (octets - 1)) return undefined;
    begin += octets;
  }
  const end = begin + length;
  if (end > bytes.length) return undefined;
  return { tag, body: bytes.subarray(begin, end), whole: bytes.subarray(0, end) };
}

/** The element that the bytes are, with nothing behind it. */
export function readDer(bytes: Uint8Array): Der | undefined {
  const element = firstDer(bytes);
  return element?.whole.length === bytes.length ? element : undefined;
}

/** The elements within a constructed one. */
export function children(element: Der | undefined): readonly Der[] | undefined {
  if (element === undefined || (element.tag & 0x20) === 0) return undefined;
  const found: Der[] = [];
  let rest = element.body;
  while (rest.length > 0) {
    const child = firstDer(rest);
    if (child === undefined || found.length === MAX_CHILDREN) return undefined;
    found.push(child);
    rest = rest.subarray(child.whole.length);
  }
  return found;
}

/** The elements within a sequence. */
export function sequence(element: Der | undefined): readonly Der[] | undefined {
  return element?.tag === TAG.sequence ? children(element) : undefined;
}

/** `1.2.840.113549`. */
export function oid(element: Der | undefined): string | undefined {
  if (element?.tag !== TAG.oid) return undefined;
  const numbers: number[] = [];
  let number = 0;
  let octets = 0;
  for (const octet of element.body) {
    if (octets === 0 && octet === 0x80) return undefined;
    number = number * 128 + (octet & 0x7f);
    if (++octets > MAX_ARC_OCTETS) return undefined;
    if (octet >= 0x80) continue;
    numbers.push(number);
    number = 0;
    octets = 0;
  }
  const [first, ...rest] = numbers;
  if (octets !== 0 || first === undefined) return undefined;
  // The first number holds two arcs (X.690, 8.19.4).
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - 40 * top, ...rest].join(".");
}

export function boolean(element: Der | undefined): boolean | undefined {
  if (element?.tag !== TAG.boolean || element.body.length !== 1) return undefined;
  // DER has 0xff alone for true; old encoders write 1, and every reader takes it.
  return element.body[0] !== 0;
}

/** The octets of an integer, big-endian, two's complement, shortest form. */
export function integer(element: Der | undefined): Uint8Array | undefined {
  if (element?.tag !== TAG.integer || element.body.length === 0) return undefined;
  return element.body;
}

/** An integer from 0 to 2^31 - 1. */
export function smallInteger(element: Der | undefined): number | undefined {
  const octets = integer(element);
  if (octets === undefined || octets.length > 4 || (octets[0] ?? 0) >= 0x80) return undefined;
  return octets.reduce((value, octet) => value * 256 + octet, 0);
}

/** Significant bits of a positive integer; 0 for zero and below. */
export function bitLength(octets: Uint8Array): number {
  if ((octets[0] ?? 0) >= 0x80) return 0;
  const first = octets.findIndex((octet) => octet !== 0);
  if (first < 0) return 0;
  return (octets.length - first - 1) * 8 + (32 - Math.clz32(octets[first] ?? 0));
}

export function octetString(element: Der | undefined): Uint8Array | undefined {
  return element?.tag === TAG.octetString ? element.body : undefined;
}

/** A bit string; `unused` bits of its last octet count for nothing. */
export function bitString(
  element: Der | undefined,
): { readonly unused: number; readonly octets: Uint8Array } | undefined {
  if (element?.tag !== TAG.bitString) return undefined;
  const unused = element.body[0];
  if (unused === undefined || unused > 7 || (unused > 0 && element.body.length === 1)) {
    return undefined;
  }
  return { unused, octets: element.body.subarray(1) };
}

const TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;

/** A time as RFC 5280 (4.1.2.5) has it: with seconds, in UTC. */
export function time(element: Der | undefined): Date | undefined {
  if (element === undefined) return undefined;
  let text = latin1(element.body);
  if (element.tag === TAG.utcTime) text = (Number(text.slice(0, 2)) >= 50 ? "19" : "20") + text;
  else if (element.tag !== TAG.generalizedTime) return undefined;
  const parts = TIME.exec(text);
  if (parts === null) return undefined;
  const iso = `${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:${parts[6]}.000Z`;
  const date = new Date(iso);
  // The 30th of February would become the 2nd of March.
  return Number.isNaN(date.getTime()) || date.toISOString() !== iso ? undefined : date;
}

/** Text of any string type; the caller has to make it fit for a terminal. */
export function text(element: Der | undefined): string | undefined {
  switch (element?.tag) {
    case TAG.utf8String:
      return new TextDecoder().decode(element.body);
    case TAG.printableString:
    case TAG.ia5String:
    case TAG.teletexString:
      return latin1(element.body);
    case TAG.bmpString:
      return wide(element.body, 2);
    case TAG.universalString:
      return wide(element.body, 4);
    default:
      return undefined;
  }
}

export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Characters of `octets` octets each, big-endian. */
function wide(bytes: Uint8Array, octets: 2 | 4): string | undefined {
  if (bytes.length % octets !== 0) return undefined;
  let text = "";
  for (let at = 0; at < bytes.length; at += octets) {
    const code = bytes.subarray(at, at + octets).reduce((value, octet) => value * 256 + octet, 0);
    text += code > 0x10ffff ? "\ufffd" : String.fromCodePoint(code);
  }
  return text;
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
