/** What `scale` takes: one service and its number. */
import assert from "node:assert/strict";
import { wantedNumber } from "./commands/scale.ts";

Deno.test("which service, and how many", () => {
  assert.equal(wantedNumber(["backend=4"]), 4);
  for (
    const [words, message] of [
      [[], /which service/],
      [["backend"], /whole number from 1 to 32/],
      [["backend=0"], /whole number/],
      [["backend=33"], /whole number/],
      [["backend=2.5"], /whole number/],
      [["nginx=2"], /nginx runs once/],
      [["backnd=2"], /did you mean backend/],
      [["backend=2", "backend=3"], /which service/],
    ] as const
  ) assert.throws(() => wantedNumber(words), message);
});
