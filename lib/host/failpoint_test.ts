/** Failpoints do nothing unless one is named, and then only at that point. */
import assert from "node:assert/strict";
import { failpointFrom } from "./failpoint.ts";

Deno.test("without a setting nothing happens anywhere", () => {
  for (const setting of [undefined, ""]) failpointFrom(setting)("before:start");
});

Deno.test("a named point throws where it is named, and nowhere else", () => {
  const failpoint = failpointFrom("after:write-files=throw");
  failpoint("before:write-files");
  failpoint("after:write");
  assert.throws(() => failpoint("after:write-files"), /failpoint after:write-files/);
});
