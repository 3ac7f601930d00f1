/**
 * The last lines of one container, in a block of memory of fixed size. Raw lines go in at any rate at
 * almost no cost, as bytes: at 10,000 lines a second, keeping them as strings would let the garbage
 * collector's heap grow without need. They are decoded and parsed when they are first looked at. Lines
 * have sequence numbers that never repeat, so a reader can tell what was overwritten. Owned by
 * `log_ring_set.ts`.
 */
import type { OutputLine } from "../engine/frames.ts";
import { type LogLine, MAX_CHARACTERS, parseLogLine } from "./log_line.ts";

/** Room for the daemon's time stamp in front of the text. */
const KEPT_CHARACTERS = MAX_CHARACTERS + 40;

/** UTF-8 needs at most three bytes for one UTF-16 unit. */
const BYTES_PER_UNIT = 3;

/** What a ring may hold; the oldest lines go when there is no room for the newest. */
export interface RingLimits {
  /** At least 1. */
  readonly lines: number;
  /** Over all lines kept, so that long lines cannot take the memory either; at least 3. */
  readonly bytes: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A bounded sequence of lines, oldest first. */
export class LogRing {
  readonly #limits: RingLimits;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  /** By slot: where a line begins, how many bytes it has, which stream it came from. */
  readonly #starts: Uint32Array<ArrayBuffer>;
  readonly #lengths: Uint32Array<ArrayBuffer>;
  readonly #isError: Uint8Array<ArrayBuffer>;
  #parsed: (LogLine | undefined)[] = [];
  /** Where the next line goes. */
  #head = 0;
  #first = 0;
  #end = 0;

  constructor(limits: RingLimits) {
    this.#limits = limits;
    this.#bytes = new Uint8Array(limits.bytes);
    this.#starts = new Uint32Array(limits.lines);
    this.#lengths = new Uint32Array(limits.lines);
    this.#isError = new Uint8Array(limits.lines);
  }

  /** Sequence number of the oldest line kept: that many were dropped. */
  get first(): number {
    return this.#first;
  }

  /** One past the newest line: the number of lines that ever came. */
  get end(): number {
    return this.#end;
  }

  push({ text, stream }: OutputLine): void {
    const most = Math.min(KEPT_CHARACTERS, Math.floor(this.#limits.bytes / BYTES_PER_UNIT));
    const kept = text.length > most ? text.slice(0, most) : text;
    this.#makeRoom(kept.length * BYTES_PER_UNIT);
    const slot = this.#end % this.#limits.lines;
    const { written } = encoder.encodeInto(kept, this.#bytes.subarray(this.#head));
    this.#starts[slot] = this.#head;
    this.#lengths[slot] = written;
    this.#isError[slot] = stream === "stderr" ? 1 : 0;
    this.#head += written;
    this.#end += 1;
  }

  /** The first `count` bytes of a raw line as text; `undefined` when it is not kept. */
  beginning(sequence: number, count: number): string | undefined {
    if (sequence < this.#first || sequence >= this.#end) return undefined;
    const slot = sequence % this.#limits.lines;
    const start = this.#starts[slot] ?? 0;
    const length = Math.min(count, this.#lengths[slot] ?? 0);
    return decoder.decode(this.#bytes.subarray(start, start + length));
  }

  /** The parsed line with this sequence number; `undefined` when it is not kept. */
  line(sequence: number): LogLine | undefined {
    if (sequence < this.#first || sequence >= this.#end) return undefined;
    const slot = sequence % this.#limits.lines;
    const known = this.#parsed[slot];
    if (known !== undefined) return known;
    const text = this.beginning(sequence, Number.POSITIVE_INFINITY) ?? "";
    const stream = this.#isError[slot] === 1 ? "stderr" : "stdout";
    return this.#parsed[slot] = parseLogLine({ stream, text });
  }

  /** An independent copy: it stays as it is while this one goes on. */
  copy(): LogRing {
    const copy = new LogRing(this.#limits);
    copy.#bytes.set(this.#bytes);
    copy.#starts.set(this.#starts);
    copy.#lengths.set(this.#lengths);
    copy.#isError.set(this.#isError);
    copy.#parsed = [...this.#parsed];
    copy.#head = this.#head;
    copy.#first = this.#first;
    copy.#end = this.#end;
    return copy;
  }

  /** Drops the oldest lines until a slot is free and `count` bytes are, all in one piece. */
  #makeRoom(count: number): void {
    if (this.#head + count > this.#limits.bytes) {
      // Lines between here and the end of the block are older than those at its beginning.
      while (this.#end > this.#first && this.#oldestStart() >= this.#head) this.#dropOldest();
      this.#head = 0;
    }
    const until = this.#head + count;
    while (this.#end > this.#first) {
      const start = this.#oldestStart();
      const inTheWay = start >= this.#head && start < until;
      if (!inTheWay && this.#end - this.#first < this.#limits.lines) return;
      this.#dropOldest();
    }
  }

  #oldestStart(): number {
    return this.#starts[this.#first % this.#limits.lines] ?? 0;
  }

  #dropOldest(): void {
    this.#parsed[this.#first % this.#limits.lines] = undefined;
    this.#first += 1;
  }
}
