import assert from "node:assert/strict";
import fc from "fast-check";
import { textWidth } from "../ansi_width.ts";
import { fieldView, textField, typed } from "./text_field.ts";

const press = (text: string, ...names: string[]) =>
  names.reduce(
    (field, name) => typed(field, Array.from(name).length === 1 ? { name, text: name } : { name }),
    textField(text),
  );

Deno.test("text field: typing goes in at the cursor, and the cursor moves", () => {
  assert.deepEqual(press("ac", "left", "b"), { text: "abc", cursor: 2 });
  assert.deepEqual(press("日本", "left", "backspace"), { text: "本", cursor: 0 });
  assert.deepEqual(press("abc", "home", "delete", "end", "d"), { text: "bcd", cursor: 3 });
  assert.deepEqual(press("one two", "ctrl+w"), { text: "one ", cursor: 4 });
  assert.deepEqual(press("one two", "home", "right", "ctrl+k"), { text: "o", cursor: 1 });
  assert.deepEqual(press("one two", "left", "ctrl+u"), { text: "o", cursor: 0 });
  assert.deepEqual(press("", "left", "backspace", "delete", "ctrl+w"), { text: "", cursor: 0 });
});

Deno.test("text field: a paste is one line without control characters", () => {
  const pasted = typed(textField("a"), { name: "paste", text: "b\r\nc\x1b[A\td\n" });
  assert.equal(pasted.text, "ab c[A d");
  assert.equal(typed(textField(""), { name: "paste", text: "x".repeat(5000) }).text.length, 1024);
});

Deno.test("text field: a key that means nothing leaves the very same field", () => {
  const field = textField("same");
  for (const name of ["up", "enter", "f5", "ctrl+g"]) assert.equal(typed(field, { name }), field);
});

Deno.test("text field: the visible part fits and holds the cursor; a masked one tells nothing", () => {
  assert.deepEqual(fieldView(textField("abc"), 10, false), {
    before: "abc",
    under: " ",
    after: "",
  });
  assert.deepEqual(fieldView(press("abcdef", "home"), 4, false), {
    before: "",
    under: "a",
    after: "bcd",
  });
  assert.deepEqual(fieldView(textField("secret"), 20, true).before, "••••••");
  fc.assert(fc.property(
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.nat(40),
    fc.integer({ min: 2, max: 30 }),
    fc.boolean(),
    (text, cursor, columns, masked) => {
      const field = { text, cursor: Math.min(cursor, Array.from(text).length) };
      const { before, under, after } = fieldView(field, columns, masked);
      assert.ok(textWidth(before + under + after) <= columns);
    },
  ));
});
