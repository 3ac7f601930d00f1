/**
 * Makes text that somebody else wrote safe to put on a terminal. Whatever a container prints, the
 * result has no character that moves the cursor, changes a mode or a colour, sets the title,
 * rings the bell, or reorders or hides the text around it. Used for log lines, health check output
 * and every other foreign text on a screen; pure.
 */

/** Nearly every line is this, and needs no work at all. */
const BEYOND_PRINTABLE_ASCII = /[^\x20-\x7e]/;

/**
 * Complete escape sequences of ECMA-48, in their 7-bit and 8-bit spellings: CSI (colours, cursor),
 * strings (OSC titles and links, DCS, SOS, PM, APC) and two-character escapes. An unterminated
 * string is deliberately not matched: it would swallow the rest of the line, and nothing may be
 * hidden. Its introducer becomes a visible symbol instead.
 */
const ESCAPE_SEQUENCE =
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-OQ-WYZ`-~\\]/g;

const MAY_HOLD_ESCAPES = /[\x1b\x90-\x9f]/;

/** C0, DEL and C1. */
const CONTROL = /[\x00-\x1f\x7f-\x9f]/g;

/**
 * Format characters (bidirectional overrides, joiners, zero-width spaces, tags), variation
 * selectors and fillers. Without them each character stands for itself, so its width is the same everywhere.
 */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

const LINE_SEPARATOR = /[\u2028\u2029]/g;

const TAB_STOP = 8;

/** The symbol that Unicode has for a control character, so that it is seen instead of obeyed. */
function picture(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : "\ufffd";
}

/**
 * Tab stops every eight columns. Columns are counted in characters: after wide characters a stop is
 * off by their number, which only shifts the text.
 */
function expandTabs(text: string): string {
  let column = 0;
  let expanded = "";
  for (const part of text.split(/(\t)/)) {
    const piece = part === "\t" ? " ".repeat(TAB_STOP - column % TAB_STOP) : part;
    expanded += piece;
    column += piece.length;
  }
  return expanded;
}

/** The same for a text of several lines, which stay lines. */
export function cleanLines(text: string): string {
  return text.split(/\r?\n/).map(clean).join("\n");
}

/** Printable text: no control, escape or format character is left. Idempotent. */
export function clean(text: string): string {
  if (!BEYOND_PRINTABLE_ASCII.test(text)) return text;
  let safe = text;
  if (MAY_HOLD_ESCAPES.test(safe)) safe = safe.replace(ESCAPE_SEQUENCE, "");
  if (safe.includes("\t")) safe = expandTabs(safe);
  return safe.replace(CONTROL, picture).replace(LINE_SEPARATOR, " ").toWellFormed()
    .replace(INVISIBLE, "");
}
