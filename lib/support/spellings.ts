/**
 * Every way in which a value may be spelled in text, as one regular expression: each character as it
 * is, percent-encoded (once or more), backslash-escaped (JSON, C, Python, shell, `.env`), as an HTML
 * entity, doubled (`$$` in Compose, `''` in YAML and SQL), in any mixture. Pure.
 *
 * The other way round, undoing the escapes of the text, is how the scan finds what this has missed.
 */

/** Characters of a value in one expression: V8 refuses expressions that are too large. */
const CHUNK = 32;

const NAMED: Readonly<Record<string, string>> = {
  "&": "amp",
  "<": "lt",
  ">": "gt",
  '"': "quot",
  "'": "apos",
};

const encoder = new TextEncoder();

export function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** Hexadecimal digits in either case. */
export function hexPattern(digits: string): string {
  return digits.replace(/[a-f]/gi, (digit) => `[${digit.toLowerCase()}${digit.toUpperCase()}]`);
}

const hexByte = (byte: number) => byte.toString(16).padStart(2, "0");

/** UTF-8 bytes of a character, each behind what the pattern `before` matches. */
function bytes(char: string, before: string): string {
  return [...encoder.encode(char)].map((byte) => before + hexPattern(hexByte(byte))).join("");
}

function units(char: string): string {
  const all = Array.from(
    { length: char.length },
    (_, at) => `\\\\{1,8}u${hexPattern(char.charCodeAt(at).toString(16).padStart(4, "0"))}`,
  ).join("");
  const point = hexPattern((char.codePointAt(0) ?? 0).toString(16));
  return `${all}|\\\\{1,8}[uU](?:\\{0{0,6}${point}\\}|0{0,6}${point})`;
}

/** Alternatives for one character beside itself. */
function encoded(char: string): string[] {
  const known = [
    bytes(char, "%(?:25){0,3}"),
    bytes(char, "\\\\{1,8}x"),
    units(char),
  ];
  if (/^[A-Za-z0-9]$/.test(char)) return known;
  const point = char.codePointAt(0) ?? 0;
  const octal = [...encoder.encode(char)]
    .map((byte) => `\\\\{1,8}${byte.toString(8).padStart(3, "0")}`).join("");
  const name = NAMED[char];
  return [
    ...known,
    octal,
    // Quoted-printable, as mail has it.
    bytes(char, "="),
    `&(?:amp;)?#(?:[xX]0{0,6}${hexPattern(point.toString(16))}|0{0,6}${point});`,
    ...(name === undefined ? [] : [`&(?:amp;)?${name};`]),
  ];
}

/** A character that stands `count` times in a row; doubling and quoting are told apart by runs. */
function run(char: string, count: number): string {
  const exact = (each: string) => `(?:${each}){${count}}`;
  const others = encoded(char).map(exact);
  switch (char) {
    case "\\":
      return `(?:\\\\{${count},${count * 8}}|${others.join("|")})`;
    case "$":
    case "%":
      return `(?:${exact(`\\\\{0,8}${literal(char)}`)}|${literal(char)}{${count},${count * 2}}|` +
        `${others.join("|")})`;
    case "'":
      return `(?:${exact("\\\\{0,8}'")}|'{${count},${count * 2}}|${exact(`'\\\\{1,2}''`)}|` +
        `${exact(`'"'"'`)}|${others.join("|")})`;
    case '"':
      return `(?:${exact('\\\\{0,8}"')}|"{${count},${count * 2}}|${others.join("|")})`;
    case " ":
      return `(?:${exact("\\\\{0,8}[ +]")}|${others.join("|")})`;
    case "\t":
      return `(?:${exact("\\t|\\\\{1,8}t")}|${others.join("|")})`;
    default: {
      const plain = /^[A-Za-z0-9]$/.test(char) ? char : `\\\\{0,8}${literal(char)}`;
      const one = `(?:${plain}|${encoded(char).join("|")})`;
      return count === 1 ? one : `${one}{${count}}`;
    }
  }
}

/** The expressions of a value, to be matched one behind the other; the first finds the place. */
export function spellings(value: string): readonly string[] {
  const chars = [...value];
  const chunks: string[] = [];
  let pattern = "";
  let length = 0;
  for (let at = 0; at < chars.length;) {
    const char = chars[at] ?? "";
    let count = 1;
    while (chars[at + count] === char && count < CHUNK) count++;
    pattern += run(char, count);
    at += count;
    length += count;
    if (length >= CHUNK && at < chars.length) {
      chunks.push(pattern);
      pattern = "";
      length = 0;
    }
  }
  if (pattern !== "") chunks.push(pattern);
  return chunks;
}
