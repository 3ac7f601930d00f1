/**
 * The last lines of one container, in a ring of fixed size. Raw lines go in at any rate at almost no
 * cost; they are parsed when they are first looked at. Lines have sequence numbers that never
 * repeat, so a reader can tell what was overwritten. Owned by `log_ring_set.ts`.
 */
import type { OutputLine } from "../engine/frames.ts";
import { type LogLine, MAX_CHARACTERS, parseLogLine } from "./log_line.ts";

/** Room for the daemon's time stamp in front of the text. */
const KEPT_CHARACTERS = MAX_CHARACTERS + 40;

/** What a ring may hold; the oldest lines go when either is exceeded. */
export interface RingLimits {
  /** At least 1. */
  readonly lines: number;
  /** Over all lines kept, so that long lines cannot take the memory either. */
  readonly characters: number;
}

/** A bounded sequence of lines, oldest first. */
export class LogRing {
  readonly #limits: RingLimits;
  readonly #raw: (OutputLine | undefined)[];
  readonly #parsed: (LogLine | undefined)[];
  #first = 0;
  #end = 0;
  #characters = 0;

  constructor(limits: RingLimits) {
    this.#limits = limits;
    this.#raw = new Array<OutputLine | undefined>(limits.lines);
    this.#parsed = new Array<LogLine | undefined>(limits.lines);
  }

  /** Sequence number of the oldest line kept: that many were dropped. */
  get first(): number {
    return this.#first;
  }

  /** One past the newest line: the number of lines that ever came. */
  get end(): number {
    return this.#end;
  }

  push(line: OutputLine): void {
    const kept = line.text.length > KEPT_CHARACTERS
      ? { stream: line.stream, text: line.text.slice(0, KEPT_CHARACTERS) }
      : line;
    const slot = this.#end % this.#limits.lines;
    if (this.#end - this.#first === this.#limits.lines) this.#dropOldest();
    this.#raw[slot] = kept;
    this.#parsed[slot] = undefined;
    this.#characters += kept.text.length;
    this.#end += 1;
    while (this.#characters > this.#limits.characters && this.#end - this.#first > 1) {
      this.#dropOldest();
    }
  }

  /** The raw line with this sequence number; `undefined` when it is not kept. */
  raw(sequence: number): OutputLine | undefined {
    if (sequence < this.#first || sequence >= this.#end) return undefined;
    return this.#raw[sequence % this.#limits.lines];
  }

  /** The parsed line with this sequence number; `undefined` when it is not kept. */
  line(sequence: number): LogLine | undefined {
    const raw = this.raw(sequence);
    if (raw === undefined) return undefined;
    const slot = sequence % this.#limits.lines;
    return this.#parsed[slot] ??= parseLogLine(raw);
  }

  /** An independent copy: it stays as it is while this one goes on. Lines are shared, not copied. */
  copy(): LogRing {
    const copy = new LogRing(this.#limits);
    for (let slot = 0; slot < this.#limits.lines; slot++) {
      copy.#raw[slot] = this.#raw[slot];
      copy.#parsed[slot] = this.#parsed[slot];
    }
    copy.#first = this.#first;
    copy.#end = this.#end;
    copy.#characters = this.#characters;
    return copy;
  }

  #dropOldest(): void {
    const slot = this.#first % this.#limits.lines;
    this.#characters -= this.#raw[slot]?.text.length ?? 0;
    this.#raw[slot] = undefined;
    this.#parsed[slot] = undefined;
    this.#first += 1;
  }
}
