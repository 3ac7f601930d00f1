/** Which log files go into a backup: the newest that fit, whatever they are called. */
import assert from "node:assert/strict";
import { newestWithin, parseFound } from "./logs.ts";

Deno.test("what find prints is read back, with blanks and line ends in names", () => {
  const text = "1700000000.5 10 app.log\x001699999999 20 a b/old\nname.log\x00nonsense\x00";
  assert.deepEqual(parseFound(text), [
    { modified: 1_700_000_000.5, size: 10, path: "app.log" },
    { modified: 1_699_999_999, size: 20, path: "a b/old\nname.log" },
  ]);
  assert.deepEqual(parseFound(""), []);
});

Deno.test("the newest come first; what does not fit is counted, smaller older ones still go", () => {
  const file = (path: string, size: number, modified: number) => ({ path, size, modified });
  const files = [file("old", 10, 1), file("new", 60, 3), file("large", 50, 2)];
  const { taken, leftOut } = newestWithin(files, 80);
  assert.deepEqual([taken.map((each) => each.path), leftOut], [["new", "old"], 1]);
  assert.deepEqual(newestWithin(files, 0), { taken: [], leftOut: 3 });
});
