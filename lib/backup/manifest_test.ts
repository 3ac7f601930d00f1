/** The manifest read back, and every way in which a restored database can differ. */
import assert from "node:assert/strict";
import { type DatabaseSums, differences, parseManifest } from "./manifest.ts";

const SUMS: DatabaseSums = {
  tables: [
    { table: "public.users", rows: 3, digest: "17" },
    { table: "public.audit", rows: 0, digest: "0" },
  ],
  graphs: [{
    graph: "risk",
    vertices: 5,
    edges: 2,
    labels: [{ label: "Risk", kind: "v", rows: 5 }, { label: "R", kind: "e", rows: 2 }],
  }],
  sequences: [{ sequence: "public.users_id_seq", value: "9" }],
  large_objects: 0,
};
const [users, audit] = SUMS.tables;
const [risk] = SUMS.graphs;
assert.ok(users !== undefined && audit !== undefined && risk !== undefined);

Deno.test("the same is the same, and a sequence may have gone on", () => {
  assert.deepEqual(differences(SUMS, SUMS), []);
  const later = { ...SUMS, sequences: [{ sequence: "public.users_id_seq", value: "12" }] };
  assert.deepEqual(differences(SUMS, later), []);
});

Deno.test("whatever differs is told", () => {
  for (
    const [change, wanted] of [
      [{ tables: [users] }, ["public.audit is missing"]],
      [{ tables: [{ ...users, rows: 2 }, audit] }, ["public.users has 2 rows instead of 3"]],
      [{ tables: [{ ...users, digest: "18" }, audit] }, ["public.users has other content"]],
      [{ tables: [users, audit, { ...audit, table: "public.x" }] }, ["public.x is in no manifest"]],
      [{ graphs: [] }, ["graph risk is missing"]],
      [{ graphs: [{ ...risk, vertices: 4 }] }, ["graph risk: MATCH finds 4 vertices, not 5"]],
      [{ graphs: [{ ...risk, edges: Number.NaN }] }, ["graph risk: MATCH finds NaN edges, not 2"]],
      [{ graphs: [{ ...risk, labels: risk.labels.slice(1) }] }, [
        "graph risk: label Risk has no rows, not 5",
      ]],
      [{ graphs: [risk, { ...risk, graph: "new" }] }, ["graph new is in no manifest"]],
      [{ sequences: [] }, ["sequence public.users_id_seq is missing"]],
      [{ sequences: [{ sequence: "public.users_id_seq", value: "" }] }, [
        "sequence public.users_id_seq is at its start, before 9",
      ]],
      [{ large_objects: 2 }, ["large objects: 2 instead of 0"]],
    ] as const
  ) assert.deepEqual(differences(SUMS, { ...SUMS, ...change }), wanted);
});

Deno.test("a manifest is taken, and no other text", () => {
  const text = JSON.stringify({ schema: 1, kind: "rxdx-backup", ...SUMS, members: [] });
  assert.equal(parseManifest(text).graphs.length, 1);
  assert.throws(() => parseManifest("{"), /no JSON/);
  assert.throws(() => parseManifest("null"), /no manifest/);
  assert.throws(() => parseManifest('{"schema":1}'), /no manifest/);
  assert.throws(() => parseManifest(text.replace('"schema":1', '"schema":2')), /later version/);
  assert.throws(() => parseManifest('{"schema":1,"kind":"rxdx-backup"}'), /lacks tables/);
});
