import assert from "node:assert/strict";
import fc from "fast-check";
import { lineWidth, plain } from "../ansi.ts";
import { textWidth } from "../ansi_width.ts";
import { age, bytes, count, duration, percent, plural, shortBytes, timeOfDay } from "./format.ts";
import { bar, sparkline } from "./meters.ts";
import { palette } from "./palette.ts";
import { label, row } from "./row.ts";
import { type Column, layoutColumns, tableRow, tableTitle } from "./table.ts";
import { fit } from "../ansi.ts";
import { wrapIndented, wrapWords } from "./wrap_words.ts";

Deno.test("format: bytes never need more than four digits", () => {
  assert.equal(bytes(0), "0 B");
  assert.equal(bytes(1023), "1023 B");
  assert.equal(bytes(1024), "1 KiB");
  assert.equal(bytes(1536), "1.5 KiB");
  assert.equal(bytes(12.34 * 1024 ** 2), "12.3 MiB");
  assert.equal(bytes(1024 ** 2 - 1), "1.0 MiB");
  assert.equal(shortBytes(888 * 1024), "888K");
  fc.assert(fc.property(fc.double({ min: 0, max: 1e18, noNaN: true }), (value) => {
    assert.match(bytes(value), /^(?:\d{1,4}|\d{1,2}\.\d) [KMGTP]?i?B$/);
    assert.ok(shortBytes(value).length <= 5);
  }));
});

Deno.test("format: ages and durations", () => {
  assert.deepEqual([0, 59_999, 60_000, 3_600_000, 90_000_000].map(age), [
    "0s",
    "59s",
    "1m",
    "1h",
    "1d",
  ]);
  assert.deepEqual(
    [-5, 42_000, 312_000, 11_040_000, 12 * 86_400_000 + 3 * 3_600_000].map(duration),
    ["0s", "42s", "5m 12s", "3h 04m", "12d 3h"],
  );
});

Deno.test("format: counts, shares, words, times", () => {
  assert.deepEqual([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
  assert.deepEqual([0, 0.04, 12.34, 99.96, 250].map(percent), [
    "0.0 %",
    "0.0 %",
    "12.3 %",
    "100 %",
    "250 %",
  ]);
  assert.equal(plural(1, "problem"), "1 problem");
  assert.equal(plural(0, "problem"), "0 problems");
  assert.equal(timeOfDay(Date.UTC(2026, 0, 1, 23, 30, 5), 60), "00:30:05");
});

Deno.test("bar: something is never nothing, nearly full is not full, the width is kept", () => {
  const text = (share: number) => {
    const { taken, free } = bar(share, 10);
    return taken + free;
  };
  assert.equal(text(0), "──────────");
  assert.equal(text(0.001), "━─────────");
  assert.equal(text(0.999), "━━━━━━━━━─");
  assert.equal(text(1), "━━━━━━━━━━");
  assert.equal(text(Number.NaN), "──────────");
  fc.assert(fc.property(fc.double(), fc.nat(20), (share, columns) => {
    const { taken, free } = bar(share, columns);
    assert.equal(taken.length + free.length, columns);
  }));
});

Deno.test("sparkline: newest at the right, flat when quiet, full height at the highest", () => {
  assert.equal(sparkline([0, 1, 2], 5, 20), "  ▁▁▂");
  assert.equal(sparkline([0, 50, 100], 3, 20), "▁▅█");
  assert.equal(sparkline([1, 2, 3, 100], 2, 20), "▁█");
  assert.equal(sparkline([], 3, 20), "   ");
});

Deno.test("row: exactly as wide as asked; the least important leaves first", () => {
  const { plain: as } = palette(false);
  const labels = [label("name", as), label("middle", as, 2), label("last", as, 1)];
  assert.equal(row(labels, [], 30), "name   middle   last          ");
  assert.equal(row(labels, [], 12), "name   last ");
  assert.equal(row(labels, [label("r", as, 3)], 23), "name   middle   last   ");
  assert.equal(row([label("Logs", as)], [label("on", as)], 14, { fill: "─" }), "Logs ────── on");
  fc.assert(fc.property(
    fc.array(fc.tuple(fc.string({ maxLength: 12 }), fc.nat(4)), { maxLength: 6 }),
    fc.array(fc.tuple(fc.constantFrom("日本", "●", "ab", ""), fc.nat(4)), { maxLength: 4 }),
    fc.integer({ min: 1, max: 60 }),
    fc.boolean(),
    (left, right, columns, rule) => {
      const make = (parts: [string, number][]) =>
        parts.map(([text, drop]) =>
          label(text.replace(/[^ -~日本●]/g, "?"), palette(true).ok, drop)
        );
      const line = row(make(left), make(right), columns, rule ? { fill: "─" } : {});
      assert.equal(lineWidth(line), columns, JSON.stringify(plain(line)));
    },
  ));
});

Deno.test("table: columns leave by importance, one takes what is left", () => {
  const column = (title: string, width: number, drop: number, growTo?: number): Column<string> => ({
    title,
    width,
    drop,
    ...(growTo === undefined ? {} : { growTo }),
    cell: (item, columns) => fit(item + title, columns),
  });
  const all = [column("A", 3, 0), column("B", 5, 2), column("C", 4, 1, 8)];
  const titles = (columns: number) =>
    layoutColumns(all, columns, 1).map((each) => [each.title, each.width]);
  assert.deepEqual(titles(14), [["A", 3], ["B", 5], ["C", 4]]);
  assert.deepEqual(titles(16), [["A", 3], ["B", 5], ["C", 6]]);
  assert.deepEqual(titles(40), [["A", 3], ["B", 5], ["C", 8]]);
  assert.deepEqual(titles(13), [["A", 3], ["C", 8]]);
  assert.deepEqual(titles(4), [["A", 3]]);
  const kept = layoutColumns(all, 14, 1);
  assert.equal(tableTitle(kept, 1, (text) => text), "A   B     C   ");
  assert.equal(tableRow(kept, 1, "x"), "xA  xB    xC  ");
});

Deno.test("wrapWords: no line is too wide and nothing is lost", () => {
  assert.deepEqual(wrapWords("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrapWords("", 7), [""]);
  fc.assert(fc.property(
    fc.array(fc.constantFrom("a", "word", "日本語", "x".repeat(30)), { maxLength: 12 }),
    fc.integer({ min: 2, max: 20 }),
    (words, columns) => {
      const lines = wrapWords(words.join(" "), columns);
      for (const line of lines) assert.ok(textWidth(line) <= columns);
      assert.equal(lines.join("").replaceAll(" ", ""), words.join(""));
    },
  ));
});

Deno.test("lines of a list: continued under their words, no word cut, a long one kept whole", () => {
  assert.deepEqual(wrapIndented("✓ backend      running, healthy, for 64 s", 30), [
    "✓ backend      running,",
    "          healthy, for 64 s",
  ]);
  assert.deepEqual(wrapIndented("  → a command that is long", 18), [
    "  → a command that",
    "    is long",
  ]);
  assert.deepEqual(wrapIndented("  recreate backend (its definition changed)", 24), [
    "  recreate backend (its",
    "    definition changed)",
  ]);
  assert.deepEqual(wrapIndented("plain words only", 11), ["plain words", "only"]);
  assert.equal(wrapIndented("x".repeat(50), 20).join(""), "x".repeat(50));
  fc.assert(fc.property(fc.string(), fc.integer({ min: 6, max: 60 }), (text, columns) => {
    for (const line of wrapIndented(text, columns)) assert.ok(textWidth(line) <= columns + 2);
  }));
});

Deno.test("palette: without colour there is not one escape sequence", () => {
  const colors = palette(false);
  const styles = [colors.strong, colors.muted, colors.ok, colors.warn, colors.bad, colors.critical];
  for (const style of [...styles, colors.key, colors.service(3)]) assert.equal(style("x"), "x");
  assert.equal(palette(true).bad("x"), "\x1b[31mx\x1b[0m");
});
