/**
 * The colours of every screen, by meaning. Only the sixteen colours that the operator's own theme
 * defines; with colour off, no sequence is written at all, and symbols and words carry the meaning.
 */

/** Puts text into a style. The text is plain: styles do not nest. */
export type Style = (text: string) => string;

/** Styles by what they mean. */
export interface Palette {
  readonly plain: Style;
  /** The one thing to read first. */
  readonly strong: Style;
  /** Present, but not asking to be read. */
  readonly muted: Style;
  readonly ok: Style;
  readonly warn: Style;
  readonly bad: Style;
  /** Worse than bad: it cannot be missed. */
  readonly critical: Style;
  /** Keys and other things to act on. */
  readonly key: Style;
  /** The character under the cursor of a text field. */
  readonly cursor: Style;
  /** What was searched for, in the middle of a line. */
  readonly found: Style;
  /** A service's own colour, by its position; never one that means good or bad. */
  readonly service: (position: number) => Style;
}

const PLAIN: Style = (text) => text;

function sgr(codes: string): Style {
  return (text) => text === "" ? "" : `\x1b[${codes}m${text}\x1b[0m`;
}

/** Cyan, blue, magenta and their bright forms: red, yellow and green have a meaning already. */
const SERVICE_STYLES = ["36", "34", "35", "96", "94", "95"].map(sgr);

const COLOURED: Palette = {
  plain: PLAIN,
  strong: sgr("1"),
  muted: sgr("2"),
  ok: sgr("32"),
  warn: sgr("33"),
  bad: sgr("31"),
  critical: sgr("1;31"),
  key: sgr("36"),
  cursor: sgr("7"),
  found: sgr("30;43"),
  service: (position) => SERVICE_STYLES[position % SERVICE_STYLES.length] ?? PLAIN,
};

const COLOURLESS: Palette = {
  plain: PLAIN,
  strong: PLAIN,
  muted: PLAIN,
  ok: PLAIN,
  warn: PLAIN,
  bad: PLAIN,
  critical: PLAIN,
  key: PLAIN,
  // Not a colour but the only sign of where one types: inverse is in the plainest terminal too.
  cursor: sgr("7"),
  found: sgr("4"),
  service: () => PLAIN,
};

/** The palette, with colour or without (`NO_COLOR`, `--no-color`). */
export function palette(color: boolean): Palette {
  return color ? COLOURED : COLOURLESS;
}
