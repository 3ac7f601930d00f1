/**
 * A terminal's screen as a picture: text with SGR sequences in, an SVG with real text out, in the
 * reader's light or dark colours. Pure; used by `picture.ts`, which takes the screen from a real run.
 */
import stringWidth from "string-width";

/** Pixels. */
const CELL = 8.4;
const LINE = 19;
const PADDING = 16;
const FONT = 14;

interface Style {
  /** Number of one of the sixteen colours, a `#rrggbb`, or the terminal's own. */
  readonly front: number | string | undefined;
  readonly back: number | string | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly reverse: boolean;
}

const PLAIN: Style = {
  front: undefined,
  back: undefined,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  reverse: false,
};

/** Black, red, green, yellow, blue, magenta, cyan, white, then their bright forms. */
const DARK = "484f58 ff7b72 3fb950 d29922 58a6ff bc8cff 39c5cf b1bac4 " +
  "6e7681 ffa198 56d364 e3b341 79c0ff d2a8ff 56d4dd f0f6fc";
const LIGHT = "24292f cf222e 116329 7d4e00 0969da 8250df 1b7c83 57606a " +
  "57606a a40e26 1a7f37 633c01 0550ae 6639ba 0a6c74 24292f";

/** The xterm palette beyond the sixteen: a cube of 6 × 6 × 6, then 24 greys. */
function indexed(index: number): number | string {
  if (index < 16) return index;
  const hex = (values: readonly number[]) =>
    "#" + values.map((value) => value.toString(16).padStart(2, "0")).join("");
  if (index >= 232) return hex(Array(3).fill(8 + (index - 232) * 10));
  const level = (step: number) => step === 0 ? 0 : 55 + step * 40;
  const cube = index - 16;
  return hex([level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)]);
}

/** The style after `ESC [ parameters m` (ECMA-48 8.3.117, and xterm's 38 and 48). */
function styled(style: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map((code) => code === "" ? 0 : Number(code));
  let next = style;
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) {
      const key = code === 38 ? "front" : "back";
      if (codes[at + 1] === 5) {
        next = { ...next, [key]: indexed(codes[at + 2] ?? 0) };
        at += 2;
      } else if (codes[at + 1] === 2) {
        const parts = codes.slice(at + 2, at + 5);
        const hex = parts.map((part) => part.toString(16).padStart(2, "0")).join("");
        next = { ...next, [key]: `#${hex}` };
        at += 4;
      }
    } else next = { ...next, ...change(code) };
  }
  return next;
}

function change(code: number): Partial<Style> {
  if (code >= 30 && code <= 37) return { front: code - 30 };
  if (code >= 90 && code <= 97) return { front: code - 82 };
  if (code >= 40 && code <= 47) return { back: code - 40 };
  if (code >= 100 && code <= 107) return { back: code - 92 };
  switch (code) {
    case 0:
      return PLAIN;
    case 1:
      return { bold: true };
    case 2:
      return { dim: true };
    case 3:
      return { italic: true };
    case 4:
      return { underline: true };
    case 7:
      return { reverse: true };
    case 22:
      return { bold: false, dim: false };
    case 23:
      return { italic: false };
    case 24:
      return { underline: false };
    case 27:
      return { reverse: false };
    case 39:
      return { front: undefined };
    case 49:
      return { back: undefined };
    default:
      return {};
  }
}

interface Run {
  readonly column: number;
  readonly width: number;
  readonly text: string;
  readonly style: Style;
}

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * Pieces of one style each. Letters and signs beyond ASCII are pieces of their own: they may come
 * from another font, and every piece is stretched to its columns.
 */
function runs(line: string, from: Style): { readonly runs: Run[]; readonly style: Style } {
  const found: Run[] = [];
  let style = from;
  let column = 0;
  // deno-lint-ignore no-control-regex -- escape sequences are what is looked for
  for (const part of line.split(/(\x1b\[[0-9;:]*m|\x1b\][^\x1b\x07]*(?:\x1b\\|\x07)|[\x0e\x0f])/)) {
    if (part.startsWith("\x1b[")) style = styled(style, part.slice(2, -1));
    if (part === "" || /^[\x1b\x0e\x0f]/.test(part)) continue;
    for (const { segment } of GRAPHEMES.segment(part)) {
      const width = stringWidth(segment);
      const last = found.at(-1);
      const joins = last !== undefined && last.style === style &&
        isAscii(last.text) && isAscii(segment);
      if (joins) {
        found.splice(-1, 1, { ...last, text: last.text + segment, width: last.width + width });
      } else found.push({ column, width, text: segment, style });
      column += width;
    }
  }
  return { runs: found, style };
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Attributes of what is drawn: classes, and a fill for a colour that is none of the sixteen. */
function paint(color: number | string, prefix: "f" | "b", more: readonly string[] = []): string {
  const classes = typeof color === "number" ? [`${prefix}${color}`, ...more] : more;
  return (classes.length === 0 ? "" : ` class="${classes.join(" ")}"`) +
    (typeof color === "string" && color !== "" ? ` style="fill:${color}"` : "");
}

/** One run: a rectangle where it has a background, and its text where it has any. */
function drawn({ column, width, text, style }: Run, top: number): string {
  const at = `x="${round(PADDING + column * CELL)}"`;
  const wide = round(width * CELL);
  const [front, back] = style.reverse ? [style.back, style.front] : [style.front, style.back];
  const parts: string[] = [];
  if (style.reverse || back !== undefined) {
    const fill = back === undefined ? ' class="ink"' : paint(back, "b");
    parts.push(`<rect ${at} y="${top}" width="${wide}" height="${LINE}"${fill}/>`);
  }
  if (text.trim() !== "" || style.underline) {
    const look = paint(front ?? "", "f", [
      ...(style.reverse && front === undefined ? ["paper"] : []),
      ...(style.bold ? ["w"] : []),
      ...(style.dim ? ["d"] : []),
      ...(style.italic ? ["i"] : []),
      ...(style.underline ? ["u"] : []),
    ]);
    const place = `${at} y="${top + FONT}" textLength="${wide}" lengthAdjust="spacingAndGlyphs"`;
    parts.push(`<text ${place}${look}>${escaped(text)}</text>`);
  }
  return parts.join("");
}

function palette(colors: string, own: { front: string; back: string; frame: string }): string {
  const named = colors.split(" ").map((color, index) => `.f${index},.b${index}{fill:#${color}}`);
  return `text,.ink{fill:${own.front}}.page,.paper{fill:${own.back}}` +
    `.page{stroke:${own.frame}}${named.join("")}`;
}

/** What is on a screen, as text with SGR sequences, as a picture. */
export function picture(
  capture: string,
  options: { readonly title: string; readonly columns: number },
): string {
  const lines = capture.replace(/\r/g, "").trimEnd().split("\n");
  const prompt = `\x1b[2m$\x1b[0m \x1b[1m${options.title}\x1b[0m`;
  let style = PLAIN;
  const body = [prompt, ...lines].map((line, index) => {
    const read = runs(line, style);
    style = read.style;
    return read.runs.map((run) => drawn(run, PADDING + index * LINE)).join("");
  });
  const width = Math.ceil(options.columns * CELL + 2 * PADDING);
  const height = body.length * LINE + 2 * PADDING;
  const light = palette(LIGHT, { front: "#1f2328", back: "#ffffff", frame: "#d1d9e0" });
  const dark = palette(DARK, { front: "#e6edf3", back: "#0d1117", frame: "#3d444d" });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" role="img" xml:space="preserve">`,
    `<title>${escaped(options.title)}</title>`,
    `<style>svg{color-scheme:light dark}text{white-space:pre;font:${FONT}px ui-monospace,` +
    `SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}` +
    `.w{font-weight:bold}.d{opacity:.7}.i{font-style:italic}.u{text-decoration:underline}` +
    `${light}@media(prefers-color-scheme:dark){${dark}}</style>`,
    `<rect class="page" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    ...body.filter((line) => line !== ""),
    "</svg>",
    "",
  ].join("\n");
}
