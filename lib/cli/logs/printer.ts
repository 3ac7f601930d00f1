/**
 * Writes log lines as they come: first the past, of which perhaps only the end is wanted, then what is
 * new. Called by `commands/logs.ts`.
 */
import type { LoggedContainer } from "../../observe/log_history.ts";
import type { StampedLine } from "../../observe/log_merge.ts";
import { count } from "../../tui/widgets/format.ts";
import type { Palette } from "../../tui/widgets/palette.ts";
import { logJson } from "./json.ts";
import type { LogOptions } from "./options.ts";
import type { SelectedLine } from "./line.ts";
import { Selection } from "./selection.ts";
import { LogText } from "./text.ts";

/** What a printer needs. */
export interface PrinterOptions {
  readonly options: LogOptions;
  readonly json: boolean;
  readonly colors: Palette;
  readonly services: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly write: (text: string) => void;
  /** A remark beside the lines; `code` names it for programs. */
  readonly tell: (code: string, text: string) => void;
}

type Lines = readonly StampedLine<LoggedContainer>[];

/** Characters collected before they are written. */
const CHUNK = 64 * 1024;

/** Lines go in, text goes out. */
export class LogPrinter {
  readonly #given: PrinterOptions;
  readonly #selection: Selection;
  readonly #text: LogText;
  /** The last lines of the past, as a ring, while only they are wanted. */
  #kept: SelectedLine[] = [];
  #next = 0;
  #past = true;
  readonly #toldLimits = new Set<string>();

  constructor(given: PrinterOptions) {
    const { options, colors, services } = given;
    const { prefix, timestamps, raw } = options;
    this.#given = given;
    this.#selection = new Selection(options.match);
    this.#text = new LogText({ prefix, timestamps, raw, colors, services });
  }

  /** The containers whose lines will come: names are aligned from the first line on. */
  expect(containers: readonly LoggedContainer[]): void {
    for (const each of containers) this.#text.meet(each);
  }

  /** Lines of the past, in order. */
  history(lines: Lines): void {
    const selected = this.#selection.of(lines);
    const { tail } = this.#given.options;
    if (tail === undefined || !this.#past) {
      this.#write(selected);
      return;
    }
    if (tail === 0) return;
    for (const line of selected) {
      this.#kept[this.#next] = line;
      this.#next = (this.#next + 1) % tail;
    }
  }

  /** The past is over: what was kept of it is written. */
  historyEnds(): void {
    if (!this.#past) return;
    this.#past = false;
    const { tail } = this.#given.options;
    if (tail !== undefined) {
      const full = this.#kept.length === tail;
      this.#write(
        full ? [...this.#kept.slice(this.#next), ...this.#kept.slice(0, this.#next)] : this.#kept,
      );
    }
    this.#kept = [];
  }

  /** New lines, in order. */
  live(lines: Lines): void {
    this.#write(this.#selection.of(lines));
  }

  /** A remark beside the lines. */
  tell(code: string, text: string): void {
    this.#given.tell(code, text);
  }

  refused(name: string, reason: string): void {
    this.tell("logs_refused", `The logs of ${name} cannot be read: ${reason}`);
  }

  lost(reason: string): void {
    this.tell("connection_lost", `Docker is out of reach (${reason}); trying again.`);
  }

  back(): void {
    this.tell("connection_back", "Docker is back; following goes on where it stopped.");
  }

  #write(lines: readonly SelectedLine[]): void {
    const { json, options, write } = this.#given;
    const now = options.timestamps === "relative" ? this.#given.now() : 0;
    let text = "";
    for (const line of lines) {
      text += json ? logJson(line, options.raw) : this.#text.line(line, now);
      if (text.length < CHUNK) continue;
      write(text);
      text = "";
    }
    if (text !== "") write(text);
    this.#tellLimits();
  }

  /** An expression that is held back must not hide lines in silence. */
  #tellLimits(): void {
    for (const { source, characters } of this.#given.options.match.limited()) {
      if (this.#toldLimits.has(source)) continue;
      this.#toldLimits.add(source);
      this.tell(
        "expression_slow",
        `${source} is slow: it is matched against the first ${count(characters)} characters of a ` +
          "line only. Fewer .* make it faster.",
      );
    }
  }
}
