/** Backups and tests of alerts, by their age. */
import assert from "node:assert/strict";
import { judgeAlertTest, judgeBackups, testedAt } from "./upkeep.ts";

const now = new Date("2026-03-14T10:15:00Z");
const ago = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
const backups = (state: Parameters<typeof judgeBackups>[0], enabled = true, keys = 1) =>
  judgeBackups(state, { enabled, now, hours: 30, keys });

Deno.test("backups: none, old, not proven, well, switched off", () => {
  assert.deepEqual([backups({}).state, backups({}).detail], ["warn", "no backup has been made"]);
  assert.match(backups({ lastAt: ago(40) }).detail, /40 h ago, which is too long/);
  assert.match(backups({ lastAt: ago(3) }).detail, /none was ever restored/);
  assert.match(backups({ lastAt: ago(3), provenAt: ago(2_000) }).detail, /none was lately/);
  assert.equal(backups({ lastAt: ago(3), provenAt: ago(100) }).state, "ok");
  assert.equal(backups({ lastAt: ago(3) }, false).state, "warn");
  assert.equal(backups({ lastAt: ago(3), provenAt: ago(100), lastIsBad: true }).state, "fail");
  const lost = backups({ lastAt: ago(3), provenAt: ago(100) }, true, 0);
  assert.match(lost.detail, /when this server is lost, nothing opens it/);
  const failure = { at: ago(1), what: "verify", reason: "no room" };
  assert.match(
    backups({ lastAt: ago(3), failures: [failure] }).detail,
    /a later test failed 60 min ago: no room/,
  );
  const create = { at: ago(2), what: "create", reason: "it does not run" };
  const both = backups({ lastAt: ago(3), failures: [failure, create] });
  assert.match(
    both.detail,
    /a later test failed 60 min ago: no room; a later backup failed 2 h ago: it does not run/,
  );
  assert.equal(both.hint, "rxdx-setup backup create; rxdx-setup backup verify");
});

Deno.test("alerts: tested never, lately, long ago", () => {
  assert.equal(judgeAlertTest(undefined, now).state, "warn");
  assert.equal(judgeAlertTest(ago(24), now).state, "ok");
  assert.equal(judgeAlertTest(ago(24 * 100), now).state, "warn");
});

Deno.test("the time of the last test is read from whatever is there", () => {
  assert.equal(testedAt('{"tested_at":"2026-03-01T09:00:00Z"}')?.getUTCDate(), 1);
  for (
    const text of [undefined, "", "null", "{}", '{"tested_at":null}', '{"tested_at":"x"}', "{"]
  ) {
    assert.equal(testedAt(text), undefined);
  }
});
