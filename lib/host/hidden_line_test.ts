import assert from "node:assert/strict";
import { HiddenLine } from "./hidden_line.ts";

Deno.test("a hidden line ends with enter; what follows stays for the next", () => {
  const line = new HiddenLine();
  assert.equal(line.push("pass"), undefined);
  assert.deepEqual(line.push("wörd\rnext\n"), { line: "passwörd", rest: "next\n" });
});

Deno.test("a hidden line can be edited blindly", () => {
  assert.deepEqual(new HiddenLine().push("ax\x7fb\n"), { line: "ab", rest: "" });
  assert.deepEqual(new HiddenLine().push("wrong\x15right\n"), { line: "right", rest: "" });
  assert.deepEqual(new HiddenLine().push("a\x1b\x01b\n"), { line: "ab", rest: "" });
  assert.deepEqual(new HiddenLine().push("\x04"), { line: undefined, rest: "" });
  assert.deepEqual(new HiddenLine().push("a\x04\n"), { line: "a", rest: "" });
});
