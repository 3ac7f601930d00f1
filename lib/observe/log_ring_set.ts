/**
 * The logs of the whole stack: one ring per container, so that a service that floods cannot push out
 * the few lines of a quiet one, merged in time order only when somebody looks. The one mutable thing
 * behind the dashboard: at 10,000 lines a second a new value per line would be the whole cost.
 */
import type { OutputLine } from "../engine/frames.ts";
import type { LogLine } from "./log_line.ts";
import { type Level, rank } from "./log_line_level.ts";
import { LogRing, type RingLimits } from "./log_ring.ts";

/** Whose output a line is. A replaced container continues its predecessor's log. */
export interface LogSource {
  readonly service: string;
  /** Replica number as Compose counts, from 1. */
  readonly replica: number;
}

/** A line with its origin. */
export interface ShownLine extends LogLine {
  readonly source: LogSource;
}

/** Which lines are wanted. */
export interface LogFilter {
  readonly service?: string;
  /** This level and more serious ones; lines without a level count as `info`. */
  readonly level?: Level;
  /** Whatever else is wanted of a line. */
  readonly match?: (line: LogLine) => boolean;
}

/** Lines from newest to oldest after skipping some, returned oldest first. */
export interface LogPage {
  readonly lines: readonly ShownLine[];
  /** Lines that match and were skipped (fewer than asked for when there are not that many). */
  readonly skipped: number;
}

interface Entry {
  readonly source: LogSource;
  readonly ring: LogRing;
}

/** 2 MiB for four services. */
const DEFAULT_LIMITS: RingLimits = { lines: 2_000, bytes: 512 * 1024 };

/** `2026-01-31T08:15:00.123456789Z`: the daemon's stamps have a fixed width, so text order is time order. */
const STAMP_BYTES = 30;

/** Rings kept at most; those of replicas that were scaled away go first, as they are the oldest. */
const MAX_SOURCES = 40;

function keyOf(source: LogSource): string {
  return `${source.service}/${source.replica}`;
}

function matches(line: LogLine, { level, match }: LogFilter): boolean {
  if (level !== undefined && rank(line.level) < rank(level)) return false;
  return match === undefined || match(line);
}

/** A place in a ring, going from its newest line to its oldest. */
class Cursor {
  readonly source: LogSource;
  readonly #ring: LogRing;
  #at: number;
  /** Time of the line it stands at; `undefined` beyond the oldest. */
  stamp: string | undefined;

  constructor(source: LogSource, ring: LogRing) {
    this.source = source;
    this.#ring = ring;
    this.#at = ring.end - 1;
    this.stamp = ring.beginning(this.#at, STAMP_BYTES);
  }

  /** The line it stands at; goes on to the one before it. */
  take(): LogLine | undefined {
    const line = this.#ring.line(this.#at);
    this.#at -= 1;
    this.stamp = this.#ring.beginning(this.#at, STAMP_BYTES);
    return line;
  }
}

/** Rings by source, and a reader over all of them. */
export class LogRingSet {
  readonly #limits: RingLimits;
  readonly #entries = new Map<string, Entry>();

  constructor(limits: RingLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  push(source: LogSource, lines: readonly OutputLine[]): void {
    const { ring } = this.#entry(source);
    for (const line of lines) ring.push(line);
  }

  /** Lines that ever came, of one service or of all. */
  received(service?: string): number {
    return this.#sum(service, (ring) => ring.end);
  }

  /** Lines that were overwritten because newer ones came. */
  dropped(service?: string): number {
    return this.#sum(service, (ring) => ring.first);
  }

  /** The daemon's time stamp of a source's newest line; empty before the first. */
  newestStamp(source: LogSource): string {
    const ring = this.#entries.get(keyOf(source))?.ring;
    return ring?.beginning(ring.end - 1, STAMP_BYTES) ?? "";
  }

  /** A copy that stays as it is, to read and scroll in while lines keep coming. */
  freeze(): LogRingSet {
    const copy = new LogRingSet(this.#limits);
    for (const [key, { source, ring }] of this.#entries) {
      copy.#entries.set(key, { source, ring: ring.copy() });
    }
    return copy;
  }

  /**
   * The newest `count` matching lines after skipping `skip`, merged in time order. Walks back from
   * the ends of the rings, so the usual case touches only what is shown.
   */
  page(filter: LogFilter, count: number, skip = 0): LogPage {
    const lines: ShownLine[] = [];
    let skipped = 0;
    if (count <= 0) return { lines, skipped };
    for (const line of this.newestFirst(filter)) {
      if (skipped < skip) {
        skipped += 1;
        continue;
      }
      lines.push(line);
      if (lines.length >= count) break;
    }
    return { lines: lines.reverse(), skipped };
  }

  /** Every matching line that is kept, from the newest to the oldest. */
  *newestFirst(filter: LogFilter): Generator<ShownLine> {
    const cursors = [...this.#entries.values()]
      .filter(({ source }) => filter.service === undefined || source.service === filter.service)
      .map(({ source, ring }) => new Cursor(source, ring));
    for (;;) {
      let newest: Cursor | undefined;
      for (const cursor of cursors) {
        if (cursor.stamp === undefined) continue;
        if (newest?.stamp === undefined || cursor.stamp > newest.stamp) newest = cursor;
      }
      if (newest === undefined) return;
      const line = newest.take();
      if (line !== undefined && matches(line, filter)) yield { ...line, source: newest.source };
    }
  }

  #entry(source: LogSource): Entry {
    const key = keyOf(source);
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    if (this.#entries.size >= MAX_SOURCES) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    const entry = { source, ring: new LogRing(this.#limits) };
    this.#entries.set(key, entry);
    return entry;
  }

  #sum(service: string | undefined, of: (ring: LogRing) => number): number {
    let sum = 0;
    for (const { source, ring } of this.#entries.values()) {
      if (service === undefined || source.service === service) sum += of(ring);
    }
    return sum;
  }
}
