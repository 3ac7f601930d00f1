/**
 * Bytes from a raw terminal as keys. Buffered: a chunk may hold half a key or twenty, and a bracketed
 * paste is one event, whatever is in it. Pure but for its buffer; the dashboard and the wizard feed
 * it. Sequences: xterm's control sequences, with the variants of the Linux console and rxvt.
 */

/**
 * One key press. `name` is the printable character itself (`a`, `G`, `/`, `é`), or a name: up, down,
 * left, right, home, end, pageup, pagedown, insert, delete, enter, tab, backspace, esc, space, f1–f12,
 * with `ctrl+`, `alt+`, `shift+` in front where the terminal tells. A paste has the name `paste`; where
 * the mouse was asked for, `click`, `wheelup` and `wheeldown`.
 */
export interface Key {
  readonly name: string;
  /** What it would type: the character, or the pasted text. */
  readonly text?: string;
  /** Of a click: the row and column of the screen, from 0. */
  readonly row?: number;
  readonly column?: number;
}

/** Milliseconds after which a lone escape byte is the Esc key and not the beginning of another. */
export const ESCAPE_MS = 40;

const PASTE_BEGIN = "\x1b[200~";
const PASTE_END = "\x1b[201~";

/** Characters of a paste that are kept; more than any field takes. */
const MAX_PASTE = 64 * 1024;

const BY_LETTER: Readonly<Record<string, string>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  E: "clear",
  F: "end",
  H: "home",
  P: "f1",
  Q: "f2",
  R: "f3",
  S: "f4",
  Z: "shift+tab",
};

const BY_NUMBER: Readonly<Record<string, string>> = {
  "1": "home",
  "2": "insert",
  "3": "delete",
  "4": "end",
  "5": "pageup",
  "6": "pagedown",
  "7": "home",
  "8": "end",
  "11": "f1",
  "12": "f2",
  "13": "f3",
  "14": "f4",
  "15": "f5",
  "17": "f6",
  "18": "f7",
  "19": "f8",
  "20": "f9",
  "21": "f10",
  "23": "f11",
  "24": "f12",
};

const CONTROL: Readonly<Record<string, string>> = {
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  "\b": "backspace",
  "\x7f": "backspace",
  "\x00": "ctrl+space",
  "\x1c": "ctrl+\\",
  "\x1d": "ctrl+]",
  "\x1e": "ctrl+^",
  "\x1f": "ctrl+_",
};

/** A whole control sequence: parameters, intermediates, final byte. */
const CSI = /^\x1b\[([0-?]*)[ -/]*([@-~])/;
const CSI_BEGUN = /^\x1b\[[0-?]*[ -/]*$/;
/** Before the letter of F1 to F5 on the Linux console. */
const CONSOLE_F = "\x1b[[";
/** A string for the terminal's ears (OSC, DCS, APC …): the answer to somebody's question. */
const STRING = /^\x1b[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)/;
const STRING_BEGUN = /^\x1b[\]P_^X][^\x07\x1b]{0,4096}\x1b?$/;
const SS3 = /^\x1bO([ -~])/;

/** xterm codes modifiers as 1 + (1 shift, 2 alt, 4 ctrl). */
function withModifiers(name: string, code: string | undefined): string {
  const bits = Number(code ?? "1") - 1;
  if (!(bits > 0)) return name;
  return (bits & 4 ? "ctrl+" : "") + (bits & 2 ? "alt+" : "") + (bits & 1 ? "shift+" : "") + name;
}

/** `undefined` for sequences that are no key: focus reports, mouse, answers to queries. */
function fromCsi(parameters: string, final: string): string | undefined {
  if (/^[<=>?]/.test(parameters)) return undefined;
  const [first = "", second] = parameters.split(";");
  const name = final === "~" ? BY_NUMBER[first] : BY_LETTER[final];
  return name === undefined ? undefined : withModifiers(name, second);
}

/** Buttons of the mouse as SGR numbers them; others, drags and releases are nothing to us. */
const MOUSE: Readonly<Record<string, string>> = {
  "0": "click",
  "64": "wheelup",
  "65": "wheeldown",
};

function fromMouse(parameters: string, final: string): Key | undefined {
  const [button = "", column = "", row = ""] = parameters.slice(1).split(";");
  const name = final === "M" ? MOUSE[button] : undefined;
  return name === undefined
    ? undefined
    : { name, row: Number(row) - 1, column: Number(column) - 1 };
}

function fromCharacter(character: string): Key {
  const named = CONTROL[character];
  if (named !== undefined) return { name: named };
  const code = character.charCodeAt(0);
  if (code < 0x20) return { name: `ctrl+${String.fromCharCode(code + 0x60)}` };
  return { name: character === " " ? "space" : character, text: character };
}

/** Collects bytes and gives keys. */
export class KeyDecoder {
  readonly #utf8 = new TextDecoder();
  #buffer = "";
  #paste: string | undefined;

  /** True when an escape byte waits for what follows: call {@link flush} after {@link ESCAPE_MS}. */
  get waiting(): boolean {
    return this.#buffer !== "" && this.#paste === undefined;
  }

  /** The keys that these bytes complete. */
  push(bytes: Uint8Array): Key[] {
    this.#buffer += this.#utf8.decode(bytes, { stream: true });
    const keys: Key[] = [];
    for (let key = this.#next(); key !== undefined; key = this.#next()) {
      if (key !== "ignored") keys.push(key);
    }
    return keys;
  }

  /** Nothing followed: what waits is the Esc key, alone or before other keys. */
  flush(): Key[] {
    if (!this.waiting) return [];
    const rest = this.#buffer.slice(1);
    this.#buffer = "";
    return [{ name: "esc" }, ...Array.from(rest, fromCharacter)];
  }

  #take(length: number): string {
    const taken = this.#buffer.slice(0, length);
    this.#buffer = this.#buffer.slice(length);
    return taken;
  }

  #next(): Key | "ignored" | undefined {
    if (this.#paste !== undefined) return this.#nextOfPaste(this.#paste);
    const buffer = this.#buffer;
    if (buffer === "") return undefined;
    if (!buffer.startsWith("\x1b")) {
      const [character = ""] = buffer;
      return fromCharacter(this.#take(character.length));
    }
    if (buffer.startsWith(PASTE_BEGIN)) {
      this.#take(PASTE_BEGIN.length);
      this.#paste = "";
      return "ignored";
    }
    if (buffer.startsWith(CONSOLE_F)) {
      const letter = buffer[CONSOLE_F.length];
      if (letter === undefined) return undefined;
      this.#take(CONSOLE_F.length + 1);
      const number = "ABCDE".indexOf(letter) + 1;
      return number === 0 ? "ignored" : { name: `f${number}` };
    }
    const csi = CSI.exec(buffer);
    if (csi !== null) {
      this.#take(csi[0].length);
      const [, parameters = "", final = ""] = csi;
      if (parameters.startsWith("<")) return fromMouse(parameters, final) ?? "ignored";
      const name = fromCsi(parameters, final);
      return name === undefined ? "ignored" : { name };
    }
    const ss3 = SS3.exec(buffer);
    if (ss3 !== null) {
      this.#take(ss3[0].length);
      const name = BY_LETTER[ss3[1] ?? ""];
      return name === undefined ? "ignored" : { name };
    }
    const string = STRING.exec(buffer);
    if (string !== null) {
      this.#take(string[0].length);
      return "ignored";
    }
    // Half a sequence, or the Esc key: only time tells.
    if (buffer.length === 1 || buffer === "\x1bO" || CSI_BEGUN.test(buffer)) return undefined;
    if (STRING_BEGUN.test(buffer)) return undefined;
    this.#take(1);
    if (buffer[1] === "\x1b") return { name: "esc" };
    const [character = ""] = this.#buffer;
    const key = fromCharacter(this.#take(character.length));
    return { ...key, name: `alt+${key.name}` };
  }

  #nextOfPaste(pasted: string): Key | undefined {
    const end = this.#buffer.indexOf(PASTE_END);
    if (end < 0) {
      // The end mark itself may be cut in two.
      const safe = Math.max(0, this.#buffer.length - PASTE_END.length);
      this.#paste = (pasted + this.#take(safe)).slice(0, MAX_PASTE);
      return undefined;
    }
    const text = (pasted + this.#take(end)).slice(0, MAX_PASTE);
    this.#take(PASTE_END.length);
    this.#paste = undefined;
    return { name: "paste", text };
  }
}
