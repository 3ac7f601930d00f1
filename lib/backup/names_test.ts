/** Names of backups: read back as they were made, and taken from nothing else. */
import assert from "node:assert/strict";
import {
  backupFile,
  backupsAmong,
  isOrphanRecord,
  isPartial,
  parseBackupFile,
  partialFile,
  recordFile,
} from "./names.ts";

const AT = new Date("2026-03-14T10:15:07.900Z");
const FILE = "rxdx-two-20260314T101507Z.tar.age";

Deno.test("a name is read back, to the second", () => {
  assert.equal(backupFile("rxdx-two", AT), FILE);
  const name = parseBackupFile(FILE);
  assert.equal(name?.stack, "rxdx-two");
  assert.equal(name?.at.toISOString(), "2026-03-14T10:15:07.000Z");
  assert.equal(recordFile(FILE), "rxdx-two-20260314T101507Z.json");
});

Deno.test("what is being written looks like no backup", () => {
  const partial = partialFile(FILE);
  assert.equal(parseBackupFile(partial), undefined);
  assert.deepEqual(backupsAmong([partial, "notes.txt", recordFile(FILE)], "rxdx-two"), []);
  assert.ok(isPartial(partial, "rxdx-two"));
  assert.ok(!isPartial(partial, "rxdx"));
  assert.ok(!isPartial(FILE, "rxdx-two"));
});

Deno.test("other files, other stacks and impossible times are none", () => {
  for (
    const file of [
      "",
      "rxdx.tar.age",
      "rxdx-20260231T101507Z.tar.age",
      "rxdx-20260314T101507Z.tar.age.tmp-1-1",
      "../rxdx-20260314T101507Z.tar.age",
      "rxdx-20260314T1015Z.tar.age",
    ]
  ) assert.equal(parseBackupFile(file), undefined, file);
  const later = backupFile("rxdx", new Date("2026-03-15T00:00:00Z"));
  const files = ["rxdx-20260314T101507Z.tar.age", FILE, later];
  assert.deepEqual(backupsAmong(files, "rxdx").map((each) => each.file), [later, files[0]]);
});

Deno.test("a record whose backup is gone is an orphan", () => {
  assert.ok(isOrphanRecord(recordFile(FILE), "rxdx-two", []));
  assert.ok(!isOrphanRecord(recordFile(FILE), "rxdx-two", [FILE]));
  assert.ok(!isOrphanRecord(recordFile(FILE), "rxdx", []));
  assert.ok(!isOrphanRecord("notes.json", "rxdx-two", []));
});
