/** What a restore would lose: told table by table, and never nothing where rows differ. */
import assert from "node:assert/strict";
import type { DatabaseSums, Manifest } from "../../backup/manifest.ts";
import { EXIT, SetupError } from "../../errors.ts";
import { lostOf, uploadsOrNone } from "./look.ts";
import type { UploadSums } from "../../backup/manifest.ts";

const table = (rows: number, digest: string, name = "public.risks") => ({
  table: name,
  rows,
  digest,
});

const NONE: UploadSums = { files: 0, bytes: 0, times: 0 };

function lost(
  now: readonly object[],
  then: readonly object[],
  present = NONE,
  uploads = NONE,
): string[] {
  return lostOf(
    { tables: now, graphs: [] } as unknown as DatabaseSums,
    present,
    { tables: then, graphs: [], uploads } as unknown as Manifest,
  );
}

Deno.test("what a restore would lose of a table", () => {
  assert.deepEqual(lost([table(3, "a")], [table(3, "a")]), []);
  assert.deepEqual(lost([table(5, "b")], [table(3, "a")]), [
    "public.risks: 2 rows more than in the backup",
  ]);
  assert.deepEqual(lost([table(3, "b")], [table(3, "a")]), ["public.risks: changes in its rows"]);
  assert.deepEqual(lost([table(2, "b")], [table(3, "a")]), [
    "public.risks: 1 row fewer than in the backup, others perhaps changed",
  ]);
  assert.deepEqual(lost([table(0, "")], [table(3, "a")]), [], "an empty table has nothing to lose");
  assert.deepEqual(lost([table(4, "c", "public.new")], []), ["public.new: all of its 4 rows"]);
});

Deno.test("what a restore would lose of the uploads: bytes tell where their number is the same", () => {
  const of = (now: UploadSums, then: UploadSums) => lost([], [], now, then);
  const then = { files: 3, bytes: 30 };
  assert.deepEqual(of({ files: 5, bytes: 9 }, then), ["uploads: 2 more than in the backup"]);
  assert.deepEqual(of({ files: 3, bytes: 31 }, then), [
    "uploads: 31 bytes instead of 30 in as many files",
  ]);
  assert.deepEqual(of({ files: 2, bytes: 20 }, then), [
    "uploads: 1 fewer than in the backup, others perhaps changed",
  ]);
  assert.deepEqual(of(then, then), []);
  assert.deepEqual(of(NONE, then), []);
  const timed = { ...then, times: 900 };
  assert.deepEqual(of(timed, timed), []);
  assert.deepEqual(of(timed, then), [], "a backup that has no times");
  assert.deepEqual(of({ ...then, times: 901 }, timed), [
    "uploads: some were written anew, in the same size",
  ]);
});

Deno.test("uploads that cannot be looked at are not none", async () => {
  const fails = (code: string) => () =>
    Promise.reject(new SetupError({ code, message: code, hint: "", exit: EXIT.apply }));
  assert.deepEqual(await uploadsOrNone(fails("no_uploads_volume")), NONE);
  await assert.rejects(uploadsOrNone(fails("uploads_failed")), /uploads_failed/);
});
