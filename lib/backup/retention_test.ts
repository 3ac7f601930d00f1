/** What is kept of backups: examples, and promises that hold for whatever list and whatever numbers. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Candidate, decideKept, isoWeek } from "./retention.ts";

const day = (text: string, proven?: boolean): Candidate => ({
  at: new Date(`${text}T02:00:00Z`),
  ...(proven === undefined ? {} : { proven }),
});

Deno.test("weeks begin on Monday and belong to the year of their Thursday", () => {
  for (
    const [text, week] of [
      ["2026-01-01", "2026-W01"],
      ["2027-01-03", "2026-W53"],
      ["2027-01-04", "2027-W01"],
      ["2024-12-30", "2025-W01"],
      ["2026-03-14", "2026-W11"],
    ] as const
  ) assert.equal(isoWeek(new Date(`${text}T23:59:59Z`)), week, text);
});

Deno.test("the newest of each day, week and month", () => {
  const backups = [
    "2026-03-14",
    "2026-03-13",
    "2026-03-12",
    "2026-03-05",
    "2026-02-20",
    "2026-01-09",
  ]
    .map((text) => day(text));
  const kept = decideKept(backups, { daily: 2, weekly: 2, monthly: 3 });
  assert.deepEqual(kept.map(({ because }) => because), [
    ["newest", "day 2026-03-14", "week 2026-W11", "month 2026-03"],
    ["day 2026-03-13"],
    [],
    ["week 2026-W10"],
    ["month 2026-02"],
    ["month 2026-01"],
  ]);
});

Deno.test("what the way back of an upgrade needs stays while there is one", () => {
  const needed = { ...day("2026-03-12"), forRollback: true };
  const kept = decideKept([day("2026-03-14"), needed, day("2026-03-11")], {
    daily: 1,
    weekly: 0,
    monthly: 0,
  });
  assert.deepEqual(kept.map(({ because }) => because), [["newest", "day 2026-03-14"], [
    "rollback",
  ], []]);
});

Deno.test("what was made on the day of a change is still there after the night", () => {
  const at = (text: string): Candidate => ({ at: new Date(text) });
  const backups = ["2026-03-14T12:00Z", "2026-03-14T10:00Z", "2026-03-13T12:00Z"].map(at);
  const kept = decideKept(backups, { daily: 1, weekly: 0, monthly: 0 });
  assert.deepEqual(kept.map(({ because }) => because), [
    ["newest", "day 2026-03-14"],
    ["of the last 24 hours"],
    [],
  ]);
});

Deno.test("one that failed its proof stands for no day, and stays until a later one is proven", () => {
  const keep = { daily: 1, weekly: 0, monthly: 0 };
  const bad = day("2026-03-13", false);
  const reasons = (newest: Candidate) =>
    decideKept([newest, bad, day("2026-03-12", true)], keep).map(({ because }) => because);
  assert.deepEqual(reasons(day("2026-03-14")), [
    ["newest", "day 2026-03-14"],
    ["no later one is proven"],
    ["verified"],
  ]);
  assert.deepEqual(reasons(day("2026-03-14", true)), [
    ["newest", "verified", "day 2026-03-14"],
    [],
    [],
  ]);
});

const candidate: fc.Arbitrary<Candidate> = fc.record({
  at: fc.date({
    min: new Date("2024-01-01T00:00:00Z"),
    max: new Date("2027-12-31T00:00:00Z"),
    noInvalidDate: true,
  }),
  proven: fc.constantFrom(true, false, undefined),
}).map(({ at, proven }) => proven === undefined ? { at } : { at, proven });
const some = fc.uniqueArray(candidate, { selector: ({ at }) => at.getTime(), maxLength: 80 });
const keeping = fc.record({
  daily: fc.nat(10),
  weekly: fc.nat(10),
  monthly: fc.nat(10),
});

Deno.test("the newest and the last verified one are never removed", () => {
  fc.assert(fc.property(some, keeping, (backups, keep) => {
    const kept = decideKept(backups, keep);
    assert.equal(kept.length, backups.length);
    if (kept[0] !== undefined) assert.ok(kept[0].because.length > 0);
    const verified = kept.find(({ backup }) => backup.proven === true);
    if (verified !== undefined) assert.ok(verified.because.includes("verified"));
  }));
});

Deno.test("pruning twice removes nothing more, and the order of the list is nothing to it", () => {
  fc.assert(fc.property(some, keeping, (backups, keep) => {
    const stay = (list: readonly Candidate[]) =>
      decideKept(list, keep).filter(({ because }) => because.length > 0).map(({ backup }) =>
        backup
      );
    const once = stay(backups);
    assert.deepEqual(stay(once), once);
    assert.deepEqual(stay([...backups].reverse()), once);
  }));
});

Deno.test("every day, week and month that was asked for has its newest sound backup", () => {
  fc.assert(fc.property(some, keeping, (backups, keep) => {
    const kept = decideKept(backups, keep);
    const sound = kept.filter(({ backup }) => backup.proven !== false);
    for (
      const [count, periodOf] of [
        [keep.daily, (at: Date) => at.toISOString().slice(0, 10)],
        [keep.weekly, isoWeek],
        [keep.monthly, (at: Date) => at.toISOString().slice(0, 7)],
      ] as const
    ) {
      const periods = [...new Set(sound.map(({ backup }) => periodOf(backup.at)))].slice(0, count);
      for (const period of periods) {
        const first = sound.find(({ backup }) => periodOf(backup.at) === period);
        assert.ok((first?.because.length ?? 0) > 0, period);
      }
    }
    const most = keep.daily + keep.weekly + keep.monthly + 2;
    const stayed = sound.filter(({ because }) =>
      because.some((why) => why !== "of the last 24 hours")
    ).length;
    assert.ok(stayed <= most, `${stayed} of at most ${most}`);
  }));
});

Deno.test("what a restore has replaced stands for no day, and stays for seven", () => {
  const replaced = (text: string): Candidate => ({ ...day(text), beforeRestore: true });
  const backups = [
    day("2026-03-20"),
    replaced("2026-03-19"),
    day("2026-03-18"),
    replaced("2026-03-13"),
  ];
  const kept = decideKept(backups, { daily: 2, weekly: 0, monthly: 0 });
  assert.deepEqual(kept.map(({ because }) => because), [
    ["newest", "day 2026-03-20"],
    ["before a restore"],
    ["day 2026-03-18"],
    [],
  ]);
});
