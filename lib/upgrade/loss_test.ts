/** What would be lost is told by table and graph, and nothing is told twice. */
import assert from "node:assert/strict";
import { type Counts, isNothing, lossLines, lossOf } from "./loss.ts";

const table = (name: string, rows: number, digest = String(rows)) => ({
  table: name,
  rows,
  digest,
});
const THEN: Counts = {
  tables: [
    table("public.users", 3),
    table("public.requirements", 10),
    table("public.old", 2),
    table("risks._ag_label_vertex", 5),
    table("ag_catalog.ag_label", 4),
  ],
  graphs: [{ graph: "risks", vertices: 5, edges: 1 }],
};

Deno.test("the same is nothing", () => {
  assert.equal(isNothing(lossOf(THEN, THEN)), true);
  assert.match(lossLines(lossOf(THEN, THEN)).join(), /^nothing/);
});

Deno.test("rows, tables that came and went, rows that were changed, graphs", () => {
  const now: Counts = {
    tables: [
      table("public.users", 3, "other"),
      table("public.requirements", 14),
      table("public.approvals", 2),
      table("public.empty", 0),
      table("risks._ag_label_vertex", 9),
      table("ag_catalog.ag_label", 6),
    ],
    graphs: [{ graph: "risks", vertices: 9, edges: 0 }, { graph: "new", vertices: 1, edges: 0 }],
  };
  const loss = lossOf(THEN, now);
  assert.deepEqual([loss.rows, loss.vertices, loss.edges], [6, 5, 0]);
  assert.deepEqual(loss.changed, ["public.users"]);
  assert.deepEqual(lossLines(loss), [
    "public.requirements: +4 rows",
    "public.old: -2 rows",
    "public.approvals: +2 rows",
    "public.empty: an empty table of the new version",
    "graph risks: +4 vertices, -1 edges",
    "graph new: +1 vertices, 0 edges",
    "public.users: rows were changed",
  ]);
});
