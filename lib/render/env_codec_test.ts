/** The `.env` codec against itself; `tests/e2e/env_codec_test.ts` holds it against the real Compose. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { readEnv, unreadLines, writeAssignment } from "./env_codec.ts";

/** Values that broke one encoding or another. */
const HOSTILE = [
  "",
  " ",
  "plain",
  "two words",
  " leading and trailing ",
  "$HOME",
  "${HOME}",
  "$$",
  "$(id)",
  "`id`",
  "a$b${c:-d}e",
  '"',
  "'",
  "\"double\" and 'single'",
  "\\",
  "\\\\",
  "\\n",
  "ends with a backslash\\",
  "line\nbreak",
  "\r\n",
  "\ttab",
  "#comment",
  "a #comment",
  "a#b",
  "=",
  "a=b=c",
  "export X=1",
  "!history!",
  "*",
  "~",
  "%PATH%",
  "{json: [1, 2]}",
  '["https://x"]',
  "ключ ✓ 🔑",
  "\u2028",
  "\x01\x7f",
  "\uFEFF",
];

Deno.test("37 hostile values come back unchanged, alone and in one file", () => {
  for (const value of HOSTILE) {
    const line = writeAssignment("NAME", value);
    assert.ok(!/[\n\r]/.test(line), `one line: ${JSON.stringify(line)}`);
    assert.equal(readEnv(line).get("NAME"), value, JSON.stringify(value));
  }
  const text = HOSTILE.map((value, index) => writeAssignment(`V${index}`, value)).join("\n");
  const values = readEnv(text);
  assert.equal(values.size, HOSTILE.length);
  for (const [index, value] of HOSTILE.entries()) assert.equal(values.get(`V${index}`), value);
});

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.array(fc.constantFrom(...HOSTILE, ..."\"'\\$#= \n\r\tnrt{}".split("")), { maxLength: 12 })
    .map((parts) => parts.join("")),
);

Deno.test("any text comes back unchanged (10,000 runs)", () => {
  fc.assert(
    fc.property(anyText, (value) => {
      assert.equal(readEnv(writeAssignment("NAME", value)).get("NAME"), value);
    }),
    { numRuns: 10_000 },
  );
});

Deno.test("a value never leaks into the lines around it (2,000 runs)", () => {
  fc.assert(
    fc.property(anyText, anyText, (first, second) => {
      const text = [
        "# a comment with \" and ' in it",
        writeAssignment("FIRST", first),
        "",
        writeAssignment("SECOND", second),
        "THIRD=3",
        "",
      ].join("\n");
      assert.deepEqual([...readEnv(text)], [["FIRST", first], ["SECOND", second], ["THIRD", "3"]]);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("ordinary values are written without quotes, so that people can read them", () => {
  for (const value of ["rxdx", "8443", "registry.example.com/rxdx:1.2", "a@b.org", "1.5"]) {
    assert.equal(writeAssignment("NAME", value), `NAME=${value}`);
  }
});

const BY_HAND: readonly (readonly [string, Record<string, string>])[] = [
  ["A=1\nB=2\n", { A: "1", B: "2" }],
  ["A=1\r\nB=2\r\n", { A: "1", B: "2" }],
  ["export A=1", { A: "1" }],
  ["  A = 1  ", { A: "1" }],
  ["A='single $NOT \"touched\" \\n'", { A: 'single $NOT "touched" \\n' }],
  ["A=value # comment", { A: "value" }],
  ["A=value#no-comment", { A: "value#no-comment" }],
  ["A=# only a comment", { A: "" }],
  ["A=", { A: "" }],
  ['A="quoted" # comment', { A: "quoted" }],
  ['A="with \\"quotes\\" and \\$dollar"', { A: 'with "quotes" and $dollar' }],
  ['A="two\nlines"\nB=2', { A: "two\nlines", B: "2" }],
  ["# A=1", {}],
  ["no assignment", {}],
  ["1A=1", {}],
  ["A=1\nA=2", { A: "2" }],
  ["A=a=b", { A: "a=b" }],
  ["", {}],
];

Deno.test("what people write by hand is read as Compose reads it", () => {
  for (const [text, values] of BY_HAND) {
    assert.deepEqual(Object.fromEntries(readEnv(text)), values, JSON.stringify(text));
  }
});

Deno.test("a large hostile file is read in a moment", () => {
  const text = 'A="'.repeat(20_000) + "\\".repeat(50_000);
  const began = performance.now();
  readEnv(text);
  assert.ok(performance.now() - began < 1000, `${performance.now() - began} ms`);
});

Deno.test("lines that would be lost are named, and what they say is not", () => {
  const text = [
    "# a comment",
    "A=1",
    "B: secret",
    "",
    "export C='x # y'",
    'D="several',
    'lines"',
    "A=2",
    'E="never closed',
    "just words",
  ].join("\r\n");
  assert.deepEqual(unreadLines(text), [
    { line: 3, why: "no assignment" },
    { line: 8, why: "given twice" },
    { line: 9, why: "quote not closed" },
    { line: 10, why: "no assignment" },
  ]);
});

Deno.test("whatever is written is read as it stands", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" }), { maxLength: 5 }), (values) => {
      const text = values.map((value, index) => writeAssignment(`V${index}`, value)).join("\n");
      assert.deepEqual(unreadLines(text.replaceAll("\0", "")), []);
    }),
  );
});
