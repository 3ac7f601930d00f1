/** The state of a restore on disk: read back as written, and never guessed. */
import assert from "node:assert/strict";
import { parseLastRestore, parseRestoreState, type RestoreState } from "./restore_state.ts";

const STATE: RestoreState = {
  schema: 1,
  id: "0a1b2c3d",
  phase: "swap",
  file: "rxdx-20260314T020000Z.tar.age",
  parts: ["database", "uploads"],
  at: "2026-03-14T10:00:00.000Z",
};

Deno.test("what was written is read; none is none", () => {
  assert.deepEqual(parseRestoreState(JSON.stringify(STATE)), STATE);
  assert.equal(parseRestoreState(undefined), undefined);
});

Deno.test("what is no state is no reason to believe that there is none", () => {
  for (
    const wrong of [
      "",
      "{",
      "null",
      "[]",
      JSON.stringify({ ...STATE, schema: 2 }),
      JSON.stringify({ ...STATE, id: "x; DROP DATABASE rxdx" }),
      JSON.stringify({ ...STATE, phase: "later" }),
      JSON.stringify({ ...STATE, parts: "database" }),
    ]
  ) assert.throws(() => parseRestoreState(wrong), RangeError, wrong);
});

Deno.test("a record that cannot be read is none", () => {
  const last = { schema: 1, at: STATE.at, seconds: 12, downtime_seconds: 4 };
  assert.equal(parseLastRestore(JSON.stringify(last))?.seconds, 12);
  for (const text of [undefined, "", "{}", "null"]) assert.equal(parseLastRestore(text), undefined);
});
