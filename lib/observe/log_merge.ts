/**
 * Several logs as one, in the order of the daemon's nanosecond stamps. Holds one batch of each log at a
 * time and asks for the next only when it is used up, so that a log of any size takes little memory.
 * Pure but for the streams it is given; used by `log_history.ts`.
 */
import type { OutputLine } from "../engine/frames.ts";
import { sortStamp } from "./log_stamp.ts";

/** A line with its origin and the stamp that it sorts by. */
export interface StampedLine<S> {
  readonly source: S;
  /** As the daemon gave it: with its stamp in front, if it has one. */
  readonly line: OutputLine;
  /** `2026-01-31T08:15:00.123456789Z`: of fixed width and in UTC, so text order is time order. */
  readonly stamp: string;
}

/** One log: lines in batches, each in the order it was written. */
export interface LineStream<S> {
  readonly source: S;
  readonly batches: AsyncIterable<readonly OutputLine[]>;
}

/** Lines given on at once, at most; a batch that is longer by the lines of one stream is possible. */
const BATCH = 1_000;

/** Where the merge stands in one log. */
class Cursor<S> {
  readonly source: S;
  readonly #iterator: AsyncIterator<readonly OutputLine[]>;
  #batch: readonly OutputLine[] = [];
  #at = 0;
  #line: OutputLine | undefined;
  stamp = "";

  constructor(stream: LineStream<S>) {
    this.source = stream.source;
    this.#iterator = stream.batches[Symbol.asyncIterator]();
  }

  /** The line it stands at; `undefined` at the end of a batch. */
  get line(): OutputLine | undefined {
    return this.#line;
  }

  /** Goes to the next line of the batch. */
  advance(): void {
    const line = this.#batch[this.#at++];
    this.#line = line;
    // The rest of a line that was too long has no stamp: it stays behind its beginning.
    if (line !== undefined) this.stamp = sortStamp(line.text) || this.stamp;
  }

  /** Waits for the next batch; false at the end of the log. */
  async refill(): Promise<boolean> {
    for (;;) {
      const step = await this.#iterator.next();
      if (step.done === true) return false;
      if (step.value.length === 0) continue;
      this.#batch = step.value;
      this.#at = 0;
      this.advance();
      return true;
    }
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/** Merges logs by time; lines of one log keep their order whatever their stamps say. */
export async function* mergeByTime<S>(
  streams: readonly LineStream<S>[],
): AsyncGenerator<StampedLine<S>[]> {
  const all = streams.map((each) => new Cursor(each));
  try {
    const filled = await Promise.all(all.map((each) => each.refill()));
    let open = all.filter((_, index) => filled[index]);
    let merged: StampedLine<S>[] = [];
    while (open.length > 0) {
      let first = open[0];
      let next: Cursor<S> | undefined;
      for (const cursor of open) {
        if (first === undefined || cursor === first) continue;
        if (cursor.stamp < first.stamp) {
          next = first;
          first = cursor;
        } else if (next === undefined || cursor.stamp < next.stamp) next = cursor;
      }
      if (first === undefined) break;
      // A run: as long as no other log is older.
      const until = next?.stamp;
      for (let { line } = first; line !== undefined; { line } = first) {
        merged.push({ source: first.source, line, stamp: first.stamp });
        first.advance();
        if (until !== undefined && first.stamp > until) break;
      }
      if (first.line !== undefined) continue;
      if (merged.length >= BATCH) {
        yield merged;
        merged = [];
      }
      const exhausted = first;
      if (!await exhausted.refill()) open = open.filter((each) => each !== exhausted);
    }
    if (merged.length > 0) yield merged;
  } finally {
    await Promise.all(all.map((each) => each.close()));
  }
}
