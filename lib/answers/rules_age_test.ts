/** Recipients of age: the format's own examples, and every slip of the pen in one. */
import assert from "node:assert/strict";
import { isAgeRecipient } from "./rules_age.ts";

const GOOD = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

Deno.test("a recipient is taken, and no other text", () => {
  assert.ok(isAgeRecipient(GOOD));
  assert.ok(isAgeRecipient("age1t4qgkq9zs5en3e9vu97gpvqnts62vmkjhtmvyq3kedp5fekppcws83jslm"));
  for (
    const text of [
      "",
      "age1",
      GOOD.toUpperCase(),
      `${GOOD} `,
      GOOD.slice(0, -1),
      "ssh-ed25519 AAAA",
    ]
  ) {
    assert.ok(!isAgeRecipient(text), text);
  }
});

Deno.test("one wrong character anywhere is found", () => {
  for (let at = 0; at < GOOD.length; at++) {
    const other = GOOD[at] === "q" ? "p" : "q";
    const text = GOOD.slice(0, at) + other + GOOD.slice(at + 1);
    assert.ok(!isAgeRecipient(text), text);
  }
});
