import assert from "node:assert/strict";
import fc from "fast-check";
import type { OutputLine } from "../engine/frames.ts";
import { LogRing } from "./log_ring.ts";
import { LogRingSet } from "./log_ring_set.ts";

function at(second: number, text: string): OutputLine {
  const stamp = new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString().replace(
    "Z",
    "000000Z",
  );
  return { stream: "stdout", text: `${stamp} ${text}` };
}

const NGINX = { service: "nginx", replica: 1 };
const BACKEND = { service: "backend", replica: 2 };

const ALL = Number.POSITIVE_INFINITY;

Deno.test("ring: keeps the newest lines, whole and in order, within both limits", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "grapheme", maxLength: 30 }), { maxLength: 80 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 100, max: 400 }),
      (texts, lines, bytes) => {
        const ring = new LogRing({ lines, bytes });
        const most = Math.floor(bytes / 3);
        texts.forEach((text, index) => {
          ring.push({ stream: "stdout", text });
          assert.equal(ring.end, index + 1);
          const kept = Array.from(
            { length: ring.end - ring.first },
            (_, at) => ring.beginning(ring.first + at, ALL) ?? "",
          );
          const expected = texts.slice(ring.first, ring.end)
            .map((each) => each.slice(0, most).toWellFormed());
          assert.deepEqual(kept, expected);
          assert.ok(kept.length >= 1 && kept.length <= lines);
          const size = kept.reduce((sum, each) => sum + new TextEncoder().encode(each).length, 0);
          assert.ok(size <= bytes);
          // Nothing goes without need: there was no slot, or no room for the longest it could be.
          if (ring.first > 0 && kept.length < lines) {
            const needed = texts.slice(ring.first - 1, ring.end)
              .reduce((sum, each) => sum + each.length * 3, 0);
            assert.ok(needed + most * 3 > bytes / 2);
          }
        });
        assert.equal(ring.beginning(ring.first - 1, ALL), undefined);
        assert.equal(ring.beginning(ring.end, ALL), undefined);
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("ring: which stream a line came from is kept", () => {
  const ring = new LogRing({ lines: 3, bytes: 1_000 });
  ring.push({ stream: "stderr", text: "a" });
  ring.push({ stream: "stdout", text: "b" });
  assert.deepEqual([ring.line(0)?.stream, ring.line(1)?.stream], ["stderr", "stdout"]);
});

Deno.test("ring: a line is parsed once, and anew when its place is taken", () => {
  const ring = new LogRing({ lines: 2, bytes: 10_000 });
  ring.push(at(0, "INFO:  a"));
  assert.equal(ring.line(0), ring.line(0));
  ring.push(at(1, "b"));
  ring.push(at(2, "ERROR:  c"));
  assert.equal(ring.line(0), undefined);
  assert.equal(ring.line(2)?.level, "error");
});

Deno.test("ring: one enormous line does not take the memory", () => {
  const ring = new LogRing({ lines: 10, bytes: 100_000 });
  ring.push({ stream: "stdout", text: "x".repeat(10_000_000) });
  assert.ok((ring.beginning(0, ALL)?.length ?? 0) < 10_000);
});

Deno.test("ring: a copy stays while the original goes on", () => {
  const ring = new LogRing({ lines: 2, bytes: 10_000 });
  ring.push(at(0, "a"));
  const copy = ring.copy();
  ring.push(at(1, "b"));
  ring.push(at(2, "c"));
  assert.equal(copy.end, 1);
  assert.equal(copy.line(0)?.text, "a");
});

Deno.test("set: lines of several containers merge in time order, whatever order they came in", () => {
  const set = new LogRingSet();
  set.push(NGINX, [at(1, "n1"), at(4, "n4"), at(5, "n5")]);
  set.push(BACKEND, [at(2, "b2"), at(3, "b3"), at(6, "b6")]);
  const texts = (count: number, skip = 0) =>
    set.page({}, count, skip).lines.map((each) => each.text);
  assert.deepEqual(texts(10), ["n1", "b2", "b3", "n4", "n5", "b6"]);
  assert.deepEqual(texts(2), ["n5", "b6"]);
  assert.deepEqual(texts(2, 3), ["b2", "b3"]);
  assert.deepEqual(set.page({}, 2, 99), { lines: [], skipped: 6 });
});

Deno.test("set: a flood of one service leaves another's lines alone, and is counted", () => {
  const set = new LogRingSet({ lines: 100, bytes: 1_000_000 });
  set.push(NGINX, [at(0, "quiet")]);
  set.push(BACKEND, Array.from({ length: 5_000 }, (_, index) => at(index + 1, `flood ${index}`)));
  assert.deepEqual(set.page({ service: "nginx" }, 10).lines.map((each) => each.text), ["quiet"]);
  assert.equal(set.dropped(), 4_900);
  assert.equal(set.dropped("nginx"), 0);
  assert.equal(set.received(), 5_001);
});

Deno.test("set: filters by service, level and text", () => {
  const set = new LogRingSet();
  set.push(NGINX, [at(1, "INFO:  one"), at(2, "ERROR:  Two"), at(3, "three")]);
  set.push(BACKEND, [at(4, "WARNING:  two and a half")]);
  const texts = (filter: Parameters<LogRingSet["page"]>[0]) =>
    set.page(filter, 10).lines.map((each) => each.text);
  assert.deepEqual(texts({ level: "warning" }), ["ERROR:  Two", "WARNING:  two and a half"]);
  assert.deepEqual(texts({ match: ({ text }) => text.includes("Two"), service: "nginx" }), [
    "ERROR:  Two",
  ]);
  assert.deepEqual(texts({ level: "info", service: "nginx" }).length, 3);
});

Deno.test("set: a frozen copy is what it was; the live one knows where to go on", () => {
  const set = new LogRingSet();
  set.push(NGINX, [at(1, "a")]);
  const frozen = set.freeze();
  set.push(NGINX, [at(2, "b")]);
  set.push(BACKEND, [at(3, "c")]);
  assert.equal(frozen.received(), 1);
  assert.equal(set.received() - frozen.received(), 2);
  assert.equal(set.newestStamp(NGINX), "2026-01-01T00:00:02.000000000Z");
  assert.equal(set.newestStamp({ service: "nginx", replica: 9 }), "");
});

Deno.test("set: the number of sources is bounded too", () => {
  const set = new LogRingSet({ lines: 1, bytes: 1_000 });
  for (let replica = 1; replica <= 500; replica++) {
    set.push({ service: "backend", replica }, [at(replica, "x")]);
  }
  assert.ok(set.page({}, 1_000).lines.length <= 40);
  assert.equal(set.page({}, 1).lines[0]?.source.replica, 500);
});
