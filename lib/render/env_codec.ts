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

/**
 * Reads what {@link writeAssignment} wrote, and what people write by hand: `export`, single quotes
 * (nothing is special inside), comments after unquoted values. A line that is none of these is
 * left out; Compose itself is the judge of the file as a whole.
 */
export function readEnv(text: string): Map<string, string> {
  const values = new Map<string, string>();
  const assignment =
    /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|([^\n]*))[ \t]*(?:#[^\n]*)?$/gm;
  for (const match of text.replaceAll("\r\n", "\n").matchAll(assignment)) {
    const [, name = "", double, single, bare = ""] = match;
    if (double !== undefined) {
      values.set(name, double.replace(/\\([\s\S])/g, (_, char: string) => UNESCAPES[char] ?? char));
    } else if (single !== undefined) values.set(name, single);
    else values.set(name, bare.replace(/(^|[ \t]+)#.*$/, "").trim());
  }
  return values;
}
