/**
 * The `.env` format as Docker Compose reads it. Of eight encodings over 37 hostile values only
 * double quotes with these escapes come back unchanged through both of Compose's routes
 * (interpolation and `env_file`); a property test holds it against the real Compose.
 */

/** Needs no quotes: nothing in it is special to Compose or a shell. */
const PLAIN = /^[A-Za-z0-9_.,:/@+=-]+$/;

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "$": "\\$",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** One assignment, without a line end. */
export function writeAssignment(name: string, value: string): string {
  if (value === "" || PLAIN.test(value)) return `${name}=${value}`;
  return `${name}="${value.replace(/[\\"$\n\r\t]/g, (char) => ESCAPES[char] ?? char)}"`;
}

const UNESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

const ASSIGNMENT =
  /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|([^\n]*))[ \t]*(?:#[^\n]*)?$/gm;

/**
 * Reads what {@link writeAssignment} wrote, and what people write by hand: `export`, single quotes
 * (nothing is special inside), comments after unquoted values. A line that is none of these is
 * left out; Compose itself is the judge of the file as a whole.
 */
export function readEnv(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const match of text.replaceAll("\r\n", "\n").matchAll(ASSIGNMENT)) {
    const [, name = "", double, single, bare = ""] = match;
    if (double !== undefined) {
      values.set(name, double.replace(/\\([\s\S])/g, (_, char: string) => UNESCAPES[char] ?? char));
    } else if (single !== undefined) values.set(name, single);
    else values.set(name, bare.replace(/(^|[ \t]+)#.*$/, "").trim());
  }
  return values;
}

/** A line of an `.env` text that {@link readEnv} does not take as it stands. */
export interface Unread {
  /** From 1. */
  readonly line: number;
  readonly why: "no assignment" | "given twice" | "quote not closed";
}

/**
 * Lines that would be lost or mean something else. For files that people write and nobody reads back: a password
 * must not vanish because of a colon where an equals sign belongs. Never holds what the line says.
 */
export function unreadLines(text: string): Unread[] {
  const plain = text.replaceAll("\r\n", "\n").replace(/^\uFEFF/, "");
  const unread: Unread[] = [];
  const lineAt = (index: number) => plain.slice(0, index).split("\n").length;
  const seen = new Set<string>();
  let rest = plain;
  for (const match of plain.matchAll(ASSIGNMENT)) {
    const [whole, name = "", , , bare] = match;
    const line = lineAt(match.index + whole.search(/\S/));
    if (seen.has(name)) unread.push({ line, why: "given twice" });
    seen.add(name);
    if (bare !== undefined && /^["']/.test(bare)) unread.push({ line, why: "quote not closed" });
    // Blanked, so that what is left is what nobody read; line ends stay.
    rest = rest.slice(0, match.index) + whole.replace(/[^\n]/g, " ") +
      rest.slice(match.index + whole.length);
  }
  rest.split("\n").forEach((line, index) => {
    if (line.trim() !== "" && !line.trimStart().startsWith("#")) {
      unread.push({ line: index + 1, why: "no assignment" });
    }
  });
  return unread.sort((a, b) => a.line - b.line);
}
