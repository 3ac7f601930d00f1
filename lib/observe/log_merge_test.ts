import assert from "node:assert/strict";
import fc from "fast-check";
import type { OutputLine } from "../engine/frames.ts";
import { mergeByTime } from "./log_merge.ts";

function stamped(nanosecond: number, text: string): OutputLine {
  const second = String(Math.floor(nanosecond / 1_000)).padStart(2, "0");
  const rest = String(nanosecond % 1_000).padStart(9, "0");
  return { stream: "stdout", text: `2026-01-31T08:15:${second}.${rest}Z ${text}` };
}

/** A log that counts what was asked of it. */
class Log {
  asked = 0;
  closed = false;
  readonly #batches: readonly (readonly OutputLine[])[];

  constructor(batches: readonly (readonly OutputLine[])[]) {
    this.#batches = batches;
  }

  async *read(): AsyncGenerator<readonly OutputLine[]> {
    try {
      for (const each of this.#batches) {
        this.asked += 1;
        yield await Promise.resolve(each);
      }
    } finally {
      this.closed = true;
    }
  }
}

async function merged(logs: readonly Log[]): Promise<{ source: number; text: string }[]> {
  const all: { source: number; text: string }[] = [];
  const streams = logs.map((log, source) => ({ source, batches: log.read() }));
  for await (const lines of mergeByTime(streams)) {
    for (const { source, line } of lines) all.push({ source, text: line.text });
  }
  return all;
}

const times = fc.array(fc.integer({ min: 0, max: 50_000 }), { maxLength: 60 })
  .map((each) => each.sort((a, b) => a - b));

Deno.test("merge: any logs, cut into any batches, come out in time order and complete", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(times, fc.integer({ min: 1, max: 7 })), { maxLength: 6 }),
      async (logs) => {
        const made = logs.map(([at, size], source) => {
          const lines = at.map((each, index) => stamped(each, `${source}-${index}`));
          const batches: OutputLine[][] = [[]];
          for (let from = 0; from < lines.length; from += size) {
            batches.push(lines.slice(from, from + size));
          }
          return { lines, log: new Log(batches) };
        });
        const found = (await merged(made.map(({ log }) => log))).map(({ text }) => text);
        const stamps = found.map((text) => text.slice(0, 30));
        assert.deepEqual(stamps, [...stamps].sort());
        assert.deepEqual(
          [...found].sort(),
          made.flatMap(({ lines }) => lines.map(({ text }) => text)).sort(),
        );
        // Each log for itself keeps its order, also where stamps are equal.
        for (const { lines } of made) {
          const own = new Set(lines.map(({ text }) => text));
          assert.deepEqual(found.filter((text) => own.has(text)), lines.map(({ text }) => text));
        }
      },
    ),
  );
});

Deno.test("merge: a line without a stamp stays behind the one before it", async () => {
  const long = new Log([[stamped(1, "long"), { stream: "stdout", text: "its rest" }]]);
  const other = new Log([[stamped(0, "first"), stamped(2, "last")]]);
  const texts = (await merged([other, long])).map(({ text }) => text.replace(/^2026\S+ /, ""));
  assert.deepEqual(texts, ["first", "long", "its rest", "last"]);
});

Deno.test("merge: no log is read further ahead than one batch, and all are closed early", async () => {
  const batch = (from: number) => Array.from({ length: 500 }, (_, at) => stamped(from + at, "x"));
  const busy = new Log(Array.from({ length: 100 }, (_, at) => batch(at * 500)));
  const quiet = new Log([[stamped(49_999, "quiet")], [stamped(50_000, "end")]]);
  const reading = mergeByTime([
    { source: 0, batches: busy.read() },
    { source: 1, batches: quiet.read() },
  ]);
  const first = await reading.next();
  assert.ok(first.done !== true && first.value.length <= 1_500);
  assert.ok(busy.asked <= 4, `${busy.asked} batches`);
  assert.equal(quiet.asked, 1);
  await reading.return(undefined);
  assert.deepEqual([busy.closed, quiet.closed], [true, true]);
});

Deno.test("merge: the failure of one log is the failure of all, and closes them", async () => {
  const good = new Log([[stamped(0, "a")], [stamped(9, "b")]]);
  async function* bad(): AsyncGenerator<OutputLine[]> {
    yield await Promise.resolve([stamped(1, "c")]);
    throw new Error("ECONNRESET");
  }
  const reading = mergeByTime([
    { source: 0, batches: good.read() },
    { source: 1, batches: bad() },
  ]);
  await assert.rejects(async () => {
    for await (const _ of reading);
  }, /ECONNRESET/);
  assert.equal(good.closed, true);
});
