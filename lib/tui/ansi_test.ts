import assert from "node:assert/strict";
import fc from "fast-check";
import stringWidth from "string-width";
import { clean } from "../observe/log_line_clean.ts";
import { clip, cutLine, fit, lineWidth, plain, skip } from "./ansi.ts";
import { characterWidth, textWidth } from "./ansi_width.ts";

/** Text as it is after cleaning, of every width. */
const text = fc.string({ unit: "binary", maxLength: 40 }).map(clean);
const mixed = fc.array(fc.constantFrom("a", " ", "é", "日", "🚀", "e\u0301", "─", "●"), {
  maxLength: 30,
}).map((parts) => parts.join(""));
const anyText = fc.oneof(text, mixed);

Deno.test("width: characters are as wide as string-width has them", () => {
  const different: string[] = [];
  // All of the first two planes, where everything but ideographs is; the rest in steps.
  for (let code = 0x20; code < 0x110000; code += code < 0x20000 ? 1 : 97) {
    // Surrogates stand for nothing alone; cleaning has taken away controls and format characters.
    if ((code >= 0xd800 && code < 0xe000) || (code >= 0x7f && code < 0xa0)) continue;
    const character = String.fromCodePoint(code);
    if (clean(character) !== character) continue;
    if (characterWidth(character) !== stringWidth(character)) different.push(code.toString(16));
  }
  assert.deepEqual(different, []);
});

Deno.test("width: a text is the sum of its characters, fast path or not", () => {
  fc.assert(fc.property(anyText, (value) => {
    const sum = Array.from(value).reduce((width, each) => width + characterWidth(each), 0);
    assert.equal(textWidth(value), sum);
  }));
});

Deno.test("fit: exactly the columns asked for, aligned either way", () => {
  fc.assert(fc.property(anyText, fc.nat(30), (value, columns) => {
    assert.equal(textWidth(fit(value, columns)), columns);
    assert.equal(textWidth(fit(value, columns, "right")), columns);
  }));
  assert.equal(fit("ab", 4), "ab  ");
  assert.equal(fit("ab", 4, "right"), "  ab");
});

Deno.test("clip: what fits is left alone, what does not ends in an ellipsis", () => {
  fc.assert(fc.property(anyText, fc.integer({ min: 1, max: 30 }), (value, columns) => {
    const clipped = clip(value, columns);
    assert.ok(textWidth(clipped) <= columns);
    if (textWidth(value) <= columns) assert.equal(clipped, value);
    else assert.ok(clipped.endsWith("…"));
  }));
  assert.equal(clip("日本語", 4), "日…");
  assert.equal(clip("日本語", 6), "日本語");
  assert.equal(clip("abc", 0), "");
});

Deno.test("clip: an enormous text costs no more than what is shown of it", () => {
  const enormous = "日".repeat(100_000);
  const begun = performance.now();
  for (let turn = 0; turn < 1_000; turn++) clip(enormous, 80);
  assert.ok(performance.now() - begun < 2_000);
});

Deno.test("skip: sideways by whole characters", () => {
  assert.equal(skip("abcdef", 2), "cdef");
  assert.equal(skip("日本語", 2), "本語");
  assert.equal(skip("ab", 9), "");
});

Deno.test("cutLine: styles stay, text is cut, the style ends", () => {
  const line = "\x1b[31mred\x1b[0m and \x1b[32mgreen\x1b[0m";
  assert.equal(plain(line), "red and green");
  assert.equal(lineWidth(line), 13);
  assert.equal(cutLine(line, 13), line);
  const cut = cutLine(line, 10);
  assert.equal(plain(cut), "red and gr");
  assert.ok(cut.endsWith("\x1b[0m"));
});
