/** Backups that are missing, old, failed or bad, and the ones that are well. */
import assert from "node:assert/strict";
import { type BackupFindings, backupProblems } from "./judge_backup.ts";

const NOW = new Date("2026-03-14T10:00:00Z");
const ago = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);
const codes = (found: Partial<BackupFindings>) =>
  backupProblems({ wanted: true, hours: 36, ...found }, NOW)
    .map(({ code, severity }) => `${code} ${severity}`);

Deno.test("a backup that is old, or missing for as long, is told", () => {
  assert.deepEqual(codes({ lastAt: ago(30) }), []);
  assert.deepEqual(codes({ lastAt: ago(37) }), ["backup_old warning"]);
  assert.deepEqual(codes({ installedAt: ago(2) }), []);
  assert.deepEqual(codes({ installedAt: ago(40) }), ["backup_old warning"]);
  assert.deepEqual(codes({ installedAt: ago(400), lastAt: ago(1) }), []);
  assert.deepEqual(codes({ lastAt: ago(400), hours: 0 }), []);
  assert.deepEqual(codes({ lastAt: ago(400), wanted: false }), []);
});

Deno.test("a failure is told until the next success, and a bad backup above it", () => {
  const failure = { at: ago(1), what: "verify", reason: "no room" };
  const failures = [failure];
  assert.deepEqual(codes({ lastAt: ago(2), failures }), ["backup_failed warning"]);
  assert.deepEqual(codes({ lastAt: ago(2), failures, lastIsBad: true }), ["backup_bad critical"]);
  assert.deepEqual(codes({ lastAt: ago(50), failures }), [
    "backup_failed warning",
    "backup_old warning",
  ]);
});

Deno.test("a backup that failed and a test that failed are two problems, each over by its own success", () => {
  const create = { at: ago(8), what: "create", reason: "it does not run" };
  const verify = { at: ago(1), what: "verify", reason: "no room" };
  const told = (found: Partial<BackupFindings>) =>
    backupProblems({ wanted: true, hours: 36, lastAt: ago(9), ...found }, NOW)
      .map(({ code, subject, message, hint }) => [code, subject, message, hint]);
  assert.deepEqual(told({ failures: [verify, create] }), [
    [
      "backup_failed",
      "verify",
      "The last test of a backup failed at 2026-03-14T09:00:00.000Z: no room",
      "rxdx-setup backup verify",
    ],
    [
      "backup_failed",
      "create",
      "The last backup failed at 2026-03-14T02:00:00.000Z: it does not run",
      "rxdx-setup backup create",
    ],
  ]);
  // What the machine did later is not why it is bad.
  const bad = { lastIsBad: true, lastBadReason: "users has 2 rows instead of 3" };
  assert.deepEqual(
    told({ failures: [verify, create], ...bad }).map(([code, , text]) => [code, text]),
    [
      [
        "backup_bad",
        "The newest backup was restored as a test, and was not whole: users has 2 rows instead of 3",
      ],
      ["backup_failed", "The last backup failed at 2026-03-14T02:00:00.000Z: it does not run"],
    ],
  );
});

Deno.test("a copy that failed is told for each place; an old one only where backups went on", () => {
  const failure = { at: ago(1).toISOString(), reason: "it is full", hint: "df -h" };
  const told = (
    copies: NonNullable<BackupFindings["copies"]>,
    more: Partial<BackupFindings> = {},
  ) =>
    backupProblems({ wanted: true, hours: 36, lastAt: ago(2), copies, ...more }, NOW)
      .map(({ code, subject, hint }) => [code, subject, hint]);
  assert.deepEqual(told([{ target: "/a", failure }, { target: "/b", failure }]), [
    ["copy_failed", "/a", "df -h"],
    ["copy_failed", "/b", "df -h"],
  ]);
  assert.deepEqual(told([{ target: "/a", lastAt: ago(30) }]), []);
  assert.deepEqual(told([{ target: "/a", lastAt: ago(40) }]), [
    ["copy_old", "/a", "rxdx-setup backup copy"],
  ]);
  assert.deepEqual(told([{ target: "/a", lastAt: ago(40) }], { lastAt: ago(40), hours: 50 }), []);
  assert.deepEqual(told([{ target: "/a", lastAt: ago(400) }], { hours: 0 }), []);
  assert.deepEqual(told([{ target: "/a" }]), [], "the next run makes the first one");
});
