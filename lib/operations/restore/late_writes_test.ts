/** What is written between the backup of the present state and the stop is in a backup before it is replaced. */
import assert from "node:assert/strict";
import { lateWritesStep, writtenSince } from "./late_writes.ts";
import type { Held } from "./look.ts";

const held = (rows: number, digest: string, bytes = 10, times = 900): Held => ({
  tables: [{ table: "public.risks", rows, digest }],
  graphs: [],
  sequences: [{ sequence: "public.ids", value: String(rows) }],
  large_objects: 0,
  uploads: { files: 1, bytes, times },
});

const REPORT = { detail: () => undefined, services: () => undefined };
const { signal } = new AbortController();

async function run(known: Held | undefined, now: Held) {
  let backups = 0;
  let found: readonly string[] = [];
  const step = lateWritesStep({
    parts: ["database", "uploads"],
    known: () => known,
    now: () => Promise.resolve(now),
    backUp: () => Promise.resolve(void backups++),
  }, (written) => found = written);
  if (!await step.isDone()) await step.run(REPORT, signal);
  return { backups, found, facts: step.facts?.() };
}

Deno.test("rows and uploads of the last minutes are backed up once more, with the application stopped", async () => {
  assert.deepEqual(await run(held(1, "a"), held(1, "a")), { backups: 0, found: [], facts: {} });
  const row = await run(held(1, "a"), held(2, "b"));
  assert.equal(row.backups, 1);
  assert.deepEqual(row.found, ["public.risks has 2 rows instead of 1"]);
  assert.deepEqual(row.facts, { written_meanwhile: "1" });
  assert.equal((await run(held(1, "a"), held(1, "b"))).backups, 1, "a row that was changed");
  assert.equal((await run(held(1, "a"), held(1, "a", 11))).backups, 1, "a file that grew");
  assert.equal((await run(held(1, "a"), held(1, "a", 10, 901))).backups, 1, "one of the same size");
  assert.equal((await run(undefined, held(9, "c"))).backups, 0, "--skip-backup: it may go");
});

Deno.test("only what is replaced counts", () => {
  assert.deepEqual(writtenSince(held(1, "a"), held(2, "b"), ["uploads"]), []);
  assert.deepEqual(writtenSince(held(1, "a"), held(1, "a", 11), ["database"]), []);
});

Deno.test("a backup that fails keeps the exchange from happening", async () => {
  const step = lateWritesStep({
    parts: ["database"],
    known: () => held(1, "a"),
    now: () => Promise.resolve(held(2, "b")),
    backUp: () => Promise.reject(new Error("no room")),
  });
  await assert.rejects(step.run(REPORT, signal), /no room/);
});
