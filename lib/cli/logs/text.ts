/**
 * A log line as it is written on a terminal or into a pipe: time, service, mark, text. Long lines are
 * left to the terminal, which wraps them. Pure but for the width of the names, which grows with them;
 * called by `commands/logs.ts`.
 */
import { MAX_CHARACTERS } from "../../observe/log_line.ts";
import { clean } from "../../observe/log_line_clean.ts";
import { stampTime } from "../../observe/log_stamp.ts";
import { age, count } from "../../tui/widgets/format.ts";
import { levelMark, levelStyle } from "../../tui/widgets/level_style.ts";
import type { Palette } from "../../tui/widgets/palette.ts";
import { inServiceOrder } from "../../tui/widgets/service_order.ts";
import type { Timestamps } from "./options.ts";
import { saidIn, type SelectedLine } from "./line.ts";

/** How lines are written. */
export interface TextFormat {
  readonly prefix: boolean;
  readonly timestamps: Timestamps;
  /** The text as the container wrote it, control characters and all. */
  readonly raw: boolean;
  readonly colors: Palette;
  /** Services of the stack: a position is a colour. */
  readonly services: readonly string[];
}

const MINUTE_MS = 60_000;

/** `2026-01-31T08:15:` */
const MINUTE_LENGTH = 17;

/** Writes lines; knows which services have several replicas, and how wide the names are. */
export class LogText {
  readonly #format: TextFormat;
  readonly #positions: ReadonlyMap<string, number>;
  readonly #replicated = new Set<string>();
  readonly #names = new Map<string, string>();
  /** Name with colour and padding, by source; emptied whenever a name is new. */
  #written = new Map<object, string>();
  #width = 0;
  /** The minute that was written last, and its text: most lines are of the same. */
  #minute = "";
  #minuteText = "";

  constructor(format: TextFormat) {
    this.#format = format;
    this.#positions = new Map(inServiceOrder(format.services).map((name, at) => [name, at]));
  }

  /** Makes a source known; what is known before the first line is aligned from the first line on. */
  meet({ service, replica }: { readonly service: string; readonly replica: number }): void {
    const known = `${service}/${replica}`;
    if (this.#names.has(known)) return;
    this.#written = new Map();
    if (replica > 1 && !this.#replicated.has(service)) {
      this.#replicated.add(service);
      for (const key of this.#names.keys()) {
        if (key.startsWith(`${service}/`)) this.#names.set(key, key.replace("/", " "));
      }
    }
    this.#names.set(known, this.#replicated.has(service) ? `${service} ${replica}` : service);
    this.#width = Math.max(...[...this.#names.values()].map((each) => each.length));
  }

  /** One line with its line end. `now` is for relative times. */
  line(line: SelectedLine, now: number): string {
    const { prefix, raw, colors } = this.#format;
    const time = this.#time(line, now);
    const style = levelStyle(line.level, colors);
    const begin = time === "" ? "" : `${colors.muted(time)} `;
    return `${begin}${prefix ? this.#prefix(line) : ""}${
      raw ? saidIn(line) : style(line.text) + this.#cut(line)
    }\n`;
  }

  #prefix(line: SelectedLine): string {
    const style = levelStyle(line.level, this.#format.colors);
    return `${this.#name(line.source)} ${style(levelMark(line.level))} `;
  }

  #name(source: SelectedLine["source"]): string {
    const written = this.#written.get(source);
    if (written !== undefined) return written;
    const { service, replica } = source;
    this.meet(source);
    const name = this.#names.get(`${service}/${replica}`) ?? service;
    const position = this.#positions.get(service) ?? this.#positions.size;
    const text = this.#format.colors.service(position)(name.padEnd(this.#width));
    this.#written.set(source, text);
    return text;
  }

  #cut(line: SelectedLine): string {
    const more = line.whole.length - line.begin - MAX_CHARACTERS;
    return more <= 0
      ? ""
      : this.#format.colors.muted(` … ${count(more)} more characters; --raw shows them`);
  }

  #time(line: SelectedLine, now: number): string {
    switch (this.#format.timestamps) {
      case "off":
        return "";
      case "utc":
        return clean(line.stamp);
      case "relative":
        return `${age(now - line.at)} ago`.padStart(7);
      case "on":
        return this.#local(line.stamp);
    }
  }

  /** `2026-01-31 08:15:00.123` in the machine's zone: zones differ by whole minutes. */
  #local(stamp: string): string {
    if (this.#minute === "" || !stamp.startsWith(this.#minute)) {
      this.#minute = stamp.slice(0, MINUTE_LENGTH);
      const at = stampTime(stamp);
      if (Number.isNaN(at)) return "";
      const zone = new Date(at).getTimezoneOffset() * MINUTE_MS;
      this.#minuteText = new Date(at - zone).toISOString().slice(0, MINUTE_LENGTH)
        .replace("T", " ");
    }
    return this.#minuteText + stamp.slice(MINUTE_LENGTH, MINUTE_LENGTH + 6);
  }
}
