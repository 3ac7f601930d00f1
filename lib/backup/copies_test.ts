/** What is remembered of copies, and that nonsense is remembered as nothing. */
import assert from "node:assert/strict";
import { NO_COPIES, parseCopies, standingOf } from "./copies.ts";

const copy = (at: string) => ({ at, bytes: 1, sha256: "00", proof_at: "" });
const state = {
  schema: 1,
  targets: {
    "/mnt/nas": {
      copies: {
        "rxdx-20260301T020000Z.tar.age": copy("2026-03-01T02:01:00Z"),
        "rxdx-20260302T020000Z.tar.age": copy("2026-03-02T02:01:00Z"),
      },
      failure: { at: "2026-03-03T02:00:00Z", reason: "full", hint: "df -h" },
    },
  },
} as const;

Deno.test("a target stands as it was left; one that is not known stands empty", () => {
  const found = standingOf(parseCopies(JSON.stringify(state)), "/mnt/nas");
  assert.deepEqual(found.files, [
    "rxdx-20260302T020000Z.tar.age",
    "rxdx-20260301T020000Z.tar.age",
  ]);
  assert.equal(found.lastAt?.toISOString(), "2026-03-02T02:01:00.000Z");
  assert.equal(found.failure?.reason, "full");
  assert.deepEqual(standingOf(NO_COPIES, "/mnt/nas"), { target: "/mnt/nas", files: [] });
});

Deno.test("a file that is none of ours means that nothing is known", () => {
  for (const text of [undefined, "", "{", "null", "[]", '{"schema":2,"targets":{}}', "{}"]) {
    assert.deepEqual(parseCopies(text), NO_COPIES, text);
  }
  assert.deepEqual(parseCopies('{"schema":1,"targets":{"a":null,"b":{"copies":1}}}'), NO_COPIES);
});
