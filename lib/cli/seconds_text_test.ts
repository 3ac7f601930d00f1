/** Seconds in words. */
import assert from "node:assert/strict";
import { secondsText } from "./seconds_text.ts";

Deno.test("seconds as people say them", () => {
  assert.equal(secondsText(4.24), "4.2 s");
  assert.equal(secondsText(89.96), "90 s");
  assert.equal(secondsText(150), "2.5 min");
});
