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
      // Where it lands when AGE's schema is first in the search path.
      table("ag_catalog.notes", 1),
    ],
    graphs: [{ graph: "risks", vertices: 9, edges: 0 }, { graph: "new", vertices: 1, edges: 0 }],
  };
  const loss = lossOf(THEN, now);
  assert.deepEqual([loss.rows, loss.vertices, loss.edges], [7, 5, 0]);
  assert.deepEqual(loss.changed, ["public.users"]);
  assert.deepEqual(lossLines(loss), [
    "public.requirements: +4 rows",
    "public.old: -2 rows",
    "public.approvals: +2 rows",
    "public.empty: an empty table of the new version",
    "ag_catalog.notes: +1 rows",
    "graph risks: +4 vertices, -1 edges",
    "graph new: +1 vertices, 0 edges",
    "public.users: rows were changed",
  ]);
});

Deno.test("changes in the rows of a graph are none of its counts, and are told", () => {
  const now: Counts = {
    ...THEN,
    tables: THEN.tables.map((each) =>
      each.table.startsWith("risks.") ? { ...each, digest: "edited" } : each
    ),
  };
  const loss = lossOf(THEN, now);
  assert.equal(isNothing(loss), false);
  assert.deepEqual(lossLines(loss), ["risks._ag_label_vertex: rows were changed"]);
});

Deno.test("one vertex removed and one made: the label is named, since the counts are the same", () => {
  const graphs = [{ graph: "Odd graph", vertices: 5, edges: 0 }];
  const at = (label: string, rows: number, digest = String(rows)) =>
    table(`"Odd graph"."${label}"`, rows, digest);
  const then: Counts = { tables: [at("A", 3), at("B", 2)], graphs };
  assert.deepEqual(lossLines(lossOf(then, { tables: [at("A", 2), at("B", 3)], graphs })), [
    '"Odd graph"."A": rows were changed',
    '"Odd graph"."B": rows were changed',
  ]);
});
