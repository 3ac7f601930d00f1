/** Names as people type them, and files that were cut or edited. */
import assert from "node:assert/strict";
import {
  datesText,
  parseDates,
  parsePending,
  pendingNames,
  ROLES,
  ROTATABLE,
  rotatableNamed,
} from "./rotation.ts";

Deno.test("names are understood short, in lower case and with hyphens", () => {
  assert.equal(rotatableNamed("postgres"), "POSTGRES_PASSWORD");
  assert.equal(rotatableNamed("secret-key"), "SECRET_KEY");
  assert.equal(rotatableNamed("ADMIN"), "ADMIN_PASSWORD");
  assert.equal(rotatableNamed("backup"), "BACKUP_KEY");
  assert.equal(rotatableNamed("DATABASE_URL"), undefined);
  for (const name of ROTATABLE) assert.equal(rotatableNamed(name), name);
});

Deno.test("every secret says who uses it and what a new value ends", () => {
  for (const name of ROTATABLE) {
    assert.ok(ROLES[name].usedBy.length > 0, name);
    assert.doesNotMatch(ROLES[name].ends, /\.$/);
  }
});

Deno.test("a file of pending values is read whole or not at all", () => {
  const pending = {
    schema: 1,
    at: "2026-03-14T10:15:00.000Z",
    values: { SECRET_KEY: "b", POSTGRES_PASSWORD: "a" },
    former: { SECRET_KEY: "" },
  };
  const text = JSON.stringify(pending);
  const parsed = parsePending(text);
  assert.deepEqual(parsed, pending);
  assert.deepEqual(parsed === undefined ? [] : pendingNames(parsed), [
    "POSTGRES_PASSWORD",
    "SECRET_KEY",
  ]);
  for (let length = 0; length < text.length; length++) {
    assert.equal(parsePending(text.slice(0, length)), undefined);
  }
  assert.equal(parsePending(JSON.stringify({ ...pending, values: { SECRET_KEY: 1 } })), undefined);
});

Deno.test("dates that cannot be read are unknown", () => {
  const dates = { SECRET_KEY: "2026-03-14T10:15:00.000Z" };
  assert.deepEqual(parseDates(datesText(dates)), dates);
  assert.deepEqual(parseDates('{"rotated":{"SECRET_KEY":"yesterday"}}'), {});
  assert.deepEqual(parseDates("{"), {});
  assert.deepEqual(parseDates(undefined), {});
});
