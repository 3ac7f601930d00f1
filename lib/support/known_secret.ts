/**
 * The secrets that a support bundle is searched for, and how far a search for each may go: a password
 * of three letters stands in every second word. Pure; used by the redaction and by the scan after it.
 */

/** A value that must not leave this machine, under the name that stands in its place. */
export interface KnownSecret {
  /** `POSTGRES_PASSWORD`; letters, digits, `_`, `-` and `.` only. */
  readonly name: string;
  readonly value: string;
}

/**
 * `anywhere`: in every spelling, also inside of other words. `word`: only where it stands alone.
 * `by-name`: it cannot be told from ordinary text; only what is assigned to its name is taken out.
 */
export type Reach = "anywhere" | "word" | "by-name";

/** Values shorter than this, in characters, are searched for as whole words only. */
export const SHORT = 6;

/** Values shorter than this are not searched for at all. */
const HOPELESS = 3;

/** Shorter numbers stand in every log line: sizes, ports, times. */
const SHORT_NUMBER = 10;

/** Printable ASCII without a letter or digit up to this length is punctuation of some file format. */
const PUNCTUATION = 12;

/**
 * Words that are in every bundle. As a password each is hopeless, but taking it out everywhere would
 * leave nothing to read. The caller adds the names of the stack.
 */
const ORDINARY: ReadonlySet<string> = new Set([
  ..."admin administrator postgres postgresql password passwd secret rxdx backend frontend nginx"
    .split(" "),
  ..."database docker compose container containers network networks volume volumes service".split(
    " ",
  ),
  ..."services production staging development localhost example changeme default welcome true"
    .split(" "),
  ..."false null none enabled disabled user username root test mail email smtp imap error".split(
    " ",
  ),
  ..."warning info debug critical healthy unhealthy running exited image images redacted".split(
    " ",
  ),
  ..."registry webhook certificate version address letmein server client request response".split(
    " ",
  ),
]);

export function reachOf(value: string, names: ReadonlySet<string> = new Set()): Reach {
  const length = [...value].length;
  const digits = /^\d+$/.test(value);
  if (length < HOPELESS || (digits && length < SHORT)) return "by-name";
  if (/^[\x20-\x7e]*$/.test(value) && !/[A-Za-z0-9]/.test(value)) {
    return length < PUNCTUATION || new Set(value).size < 3 ? "by-name" : "anywhere";
  }
  if (value.trim() === "" || new Set(value).size === 1) return "by-name";
  const word = value.toLowerCase();
  if (length < SHORT || (digits && length < SHORT_NUMBER)) return "word";
  return ORDINARY.has(word) || names.has(value) || names.has(word) ? "word" : "anywhere";
}

/** How the value may be composed: `é` is one code point or two, and mail and SASL have their own wishes. */
export function composed(value: string): string[] {
  const forms = [value, value.normalize("NFC"), value.normalize("NFD"), value.normalize("NFKC")];
  return [...new Set(forms)].filter((each) => each !== "");
}

/** What stands in place of a secret. */
export function placeholder(name: string): string {
  return `[redacted:${name}]`;
}

/** Finds every placeholder. */
export const PLACEHOLDER: RegExp = /\[redacted:[A-Za-z0-9_.-]{1,80}\]/g;

/** A name that a placeholder may have. */
export function placeholderName(text: string): string {
  return text.replace(/[^A-Za-z0-9_.-]+/g, "_").slice(0, 80) || "secret";
}

/** One entry a value, empty ones left out; the first name wins. */
export function distinct(secrets: readonly KnownSecret[]): KnownSecret[] {
  const byValue = new Map<string, KnownSecret>();
  for (const { name, value } of secrets) {
    if (value === "" || byValue.has(value)) continue;
    byValue.set(value, { name: placeholderName(name), value });
  }
  return [...byValue.values()];
}
