/** What is shown of a restore: complete, and within 80 columns whatever the names are. */
import assert from "node:assert/strict";
import { createColors } from "picocolors";
import type { Manifest } from "../backup/manifest.ts";
import { planText, restoredText, type RestorePlan } from "./restore_text.ts";

const C = createColors(false);
const NOW = new Date("2026-03-14T10:15:00Z");

const MANIFEST: Manifest = {
  schema: 1,
  kind: "rxdx-backup",
  stack: "rxdx",
  environment: "production",
  version: "0.1.0",
  at: "2026-03-14T02:00:00.000Z",
  finished_at: "2026-03-14T02:00:05.000Z",
  database: {
    name: "rxdx",
    user: "rxdx",
    version: "17.2",
    age_version: "1.6.0",
    wal_lsn: "0/1",
    bytes: 1,
  },
  images: {},
  uploads: { files: 5, bytes: 10 },
  tables: [{ table: "public.users", rows: 1234, digest: "1" }],
  graphs: [{ graph: "rxdx_graph", vertices: 10, edges: 4, labels: [] }],
  sequences: [],
  large_objects: 0,
  members: [],
};

const PLAN: RestorePlan = {
  chosen: {
    file: "rxdx-20260314T020000Z.tar.age",
    stack: "rxdx",
    at: new Date(MANIFEST.at),
    size: 3_000_000,
    path: "/opt/rxdx/backups/rxdx-20260314T020000Z.tar.age",
  },
  manifest: MANIFEST,
  parts: ["database", "uploads"],
  stack: "rxdx",
  dir: "/opt/rxdx",
  present: {
    amounts: { tables: 2, rows: 1300, vertices: 12, edges: 4, uploads: 6 },
    lost: ["public.users: 66 rows more than in the backup", "uploads: 1 more than in the backup"],
    empty: false,
  },
  safety: true,
  neededBytes: 2 ** 30,
  freeBytes: 2 ** 34,
  serves: true,
  last: undefined,
  notes: [],
};

Deno.test("the plan tells what is there, what comes, and what is lost", () => {
  const text = planText(PLAN, NOW, C);
  assert.match(text, /8 h 15 min ago; 2\.9 MiB; not proven/);
  assert.match(text, /rows +1,300 +1,234/);
  assert.match(text, /uploads +6 +5/);
  assert.match(text, /Lost +what was made or changed since 2026-03-14 02:00 UTC:/);
  assert.match(text, /66 rows more/);
  assert.match(text, /Downtime +about 5 s, at the end/);
});

Deno.test("one part speaks of that part alone", () => {
  const text = planText({ ...PLAN, parts: ["uploads"] }, NOW, C);
  assert.doesNotMatch(text, /rows/);
  assert.match(text, /uploads: 1 more/);
});

Deno.test("what is unusual is said: nothing lost, nothing readable, no backup, nobody served", () => {
  const lost = planText({ ...PLAN, present: { ...PLAN.present, lost: [] } }, NOW, C);
  assert.match(lost, /nothing that is not in the backup/);
  const damaged = { ...PLAN.present, unreadable: "invalid page in block 7" };
  const text = planText({ ...PLAN, present: damaged, safety: false, serves: false }, NOW, C);
  assert.match(text, /cannot be read: invalid page/);
  assert.match(text, /gone for good/);
  assert.match(text, /does not run; it is started afterwards/);
});

Deno.test("lines keep to 80 columns, many tables to a handful", () => {
  const long = "a-stack-with-a-name-that-is-as-long-as-some-are";
  const lost = Array.from({ length: 40 }, (_, n) => `public.table_${n}: changes in its rows`);
  const text = planText(
    {
      ...PLAN,
      stack: long,
      dir: `/srv/${long}`,
      present: { ...PLAN.present, lost },
      notes: [`the backup is of the stack ${long} (production), and more is to be said of it`],
    },
    NOW,
    C,
  );
  for (const line of text.split("\n")) assert.ok(line.length <= 80, `${line.length}: ${line}`);
  assert.match(text, /and 34 more/);
});

Deno.test("the count after the stop is downtime, and what it found is named", () => {
  const slow = { ...PLAN, present: { ...PLAN.present, lookMs: 40_000 } };
  assert.match(planText(slow, NOW, C), /Downtime +about 45 s, at the end/);
  assert.match(planText(slow, NOW, C), /written until then is backed up too/);
  const last = {
    schema: 1,
    at: MANIFEST.at,
    file: PLAN.chosen.file,
    backup_at: MANIFEST.at,
    parts: PLAN.parts,
    seconds: 9,
    downtime_seconds: 4.5,
  } as const;
  assert.match(planText({ ...PLAN, last }, NOW, C), /about 4\.5 s, as the last time/);
  const skipped = planText({ ...slow, safety: false }, NOW, C);
  assert.match(skipped, /Downtime +about 5 s/, "what may go is not counted again");
  const done = {
    result: { manifest: MANIFEST },
    last,
    before: "rxdx-20260314T101500Z.tar.age",
    late: ["public.users has 1301 rows instead of 1300"],
  };
  assert.match(
    restoredText(done, PLAN.chosen),
    /no other: what was written while this ran\.\n {2}public\.users has 1301/,
  );
});
