/** What a restore would lose: told table by table, and never nothing where rows differ. */
import assert from "node:assert/strict";
import type { DatabaseSums, Manifest } from "../../backup/manifest.ts";
import { lostOf } from "./look.ts";

const table = (rows: number, digest: string, name = "public.risks") => ({
  table: name,
  rows,
  digest,
});

function lost(now: readonly object[], then: readonly object[], uploads = [0, 0]): string[] {
  const [present = 0, before = 0] = uploads;
  return lostOf(
    { tables: now, graphs: [] } as unknown as DatabaseSums,
    present,
    { tables: then, graphs: [], uploads: { files: before, bytes: 0 } } as unknown as Manifest,
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
  assert.deepEqual(lost([], [], [3, 1]), ["uploads: 2 more than in the backup"]);
});
