import assert from "node:assert/strict";
import fc from "fast-check";
import { type Key, KeyDecoder } from "./keys.ts";

const encoder = new TextEncoder();

function keys(...chunks: readonly string[]): Key[] {
  const decoder = new KeyDecoder();
  return chunks.flatMap((chunk) => decoder.push(encoder.encode(chunk)));
}

const names = (...chunks: readonly string[]) => keys(...chunks).map((each) => each.name);

Deno.test("keys: characters, and several in one chunk", () => {
  assert.deepEqual(keys("aG/"), [
    { name: "a", text: "a" },
    { name: "G", text: "G" },
    { name: "/", text: "/" },
  ]);
  assert.deepEqual(keys(" é日🚀").map((each) => each.text), [" ", "é", "日", "🚀"]);
  assert.deepEqual(names("\r\t\x7f\x03\x1a\x00 "), [
    "enter",
    "tab",
    "backspace",
    "ctrl+c",
    "ctrl+z",
    "ctrl+space",
    "space",
  ]);
});

Deno.test("keys: the sequences of xterm, the Linux console, rxvt and tmux", () => {
  const table: readonly (readonly [string, string])[] = [
    ["\x1b[A", "up"],
    ["\x1b[B", "down"],
    ["\x1b[C", "right"],
    ["\x1b[D", "left"],
    ["\x1bOA", "up"],
    ["\x1bOH", "home"],
    ["\x1b[H", "home"],
    ["\x1b[F", "end"],
    ["\x1b[1~", "home"],
    ["\x1b[4~", "end"],
    ["\x1b[7~", "home"],
    ["\x1b[8~", "end"],
    ["\x1b[5~", "pageup"],
    ["\x1b[6~", "pagedown"],
    ["\x1b[3~", "delete"],
    ["\x1b[Z", "shift+tab"],
    ["\x1b[1;5C", "ctrl+right"],
    ["\x1b[5;3~", "alt+pageup"],
    ["\x1bOP", "f1"],
    ["\x1b[[A", "f1"],
    ["\x1b[[D", "f4"],
    ["\x1b[24~", "f12"],
    ["\x1bx", "alt+x"],
  ];
  for (const [sequence, name] of table) assert.deepEqual(names(sequence), [name]);
});

Deno.test("keys: what is no key is swallowed whole: focus, mouse, answers of the terminal", () => {
  // What an editor asked before and the line was slow to answer: r and D would be keys.
  assert.deepEqual(names("\x1b]11;rgb:0000/0000/0000\x07q"), ["q"]);
  assert.deepEqual(names("\x1b]10;rgb:Dr", "ff/ffff\x1b", "\\q"), ["q"]);
  assert.deepEqual(names("\x1bP1$r0m\x1b\\", "\x1b_Gi=1;OK\x1b\\q"), ["q"]);
  assert.deepEqual(names("\x1b[I\x1b[O\x1b[<2;3;4M\x1b[?62;4c\x1b[12;40Rq").at(-1), "q");
  assert.deepEqual(names("\x1b[I\x1b[<2;3;4M\x1b[<0;3;4m\x1b[?62;4c"), []);
});

Deno.test("keys: Esc alone waits, then is a key", () => {
  const decoder = new KeyDecoder();
  assert.deepEqual(decoder.push(encoder.encode("\x1b")), []);
  assert.equal(decoder.waiting, true);
  assert.deepEqual(decoder.flush(), [{ name: "esc" }]);
  assert.equal(decoder.waiting, false);
  assert.deepEqual(decoder.flush(), []);
  assert.deepEqual(names("\x1b\x1b[A"), ["esc", "up"]);
});

Deno.test("keys: a paste is one event, whatever is in it and wherever it is cut", () => {
  const pasted = "q\x1b[A\x03\nrm -rf";
  const whole = `\x1b[200~${pasted}\x1b[201~x`;
  for (let cut = 0; cut <= whole.length; cut++) {
    assert.deepEqual(keys(whole.slice(0, cut), whole.slice(cut)), [
      { name: "paste", text: pasted },
      { name: "x", text: "x" },
    ]);
  }
});

Deno.test("keys: an endless paste keeps the memory bounded", () => {
  const decoder = new KeyDecoder();
  decoder.push(encoder.encode("\x1b[200~"));
  for (let turn = 0; turn < 100; turn++) decoder.push(encoder.encode("x".repeat(10_000)));
  const [paste] = decoder.push(encoder.encode("\x1b[201~"));
  assert.equal(paste?.text?.length, 64 * 1024);
});

Deno.test("keys: the same keys however the bytes are cut", () => {
  const part = fc.constantFrom(
    "a",
    "é",
    "日",
    "🚀",
    "\x1b[A",
    "\x1b[1;5C",
    "\x1bOH",
    "\r",
    "\x1b[6~",
    " ",
  );
  fc.assert(fc.property(
    fc.array(part, { maxLength: 12 }),
    fc.array(fc.nat(5), { maxLength: 40 }),
    (parts, cuts) => {
      const bytes = encoder.encode(parts.join(""));
      const decoder = new KeyDecoder();
      const found: Key[] = [];
      let at = 0;
      for (const cut of [...cuts, bytes.length]) {
        found.push(...decoder.push(bytes.subarray(at, at + cut)));
        at += cut;
      }
      assert.deepEqual(found, keys(parts.join("")));
    },
  ));
});

Deno.test("keys: no bytes are too strange", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 10 }), (chunks) => {
    const decoder = new KeyDecoder();
    for (const chunk of chunks) decoder.push(chunk);
    decoder.flush();
    const [key] = decoder.push(encoder.encode("\x1b[201~\x1b[201~q")).slice(-1);
    assert.ok(key === undefined || key.name.length > 0);
  }));
});

Deno.test("keys: a click and the wheel have their place", () => {
  assert.deepEqual(keys("\x1b[<0;3;4M\x1b[<64;1;1M"), [
    { name: "click", row: 3, column: 2 },
    { name: "wheelup", row: 0, column: 0 },
  ]);
});
