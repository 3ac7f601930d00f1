/** What a proof writes down of a backup whose record was lost. */
import assert from "node:assert/strict";
import { type FakeHost, withFakeHost } from "../../../tests/support/fake_host.ts";
import type { Manifest } from "../../backup/manifest.ts";
import { isRebuilt, type KnownBackup, parseRecord } from "../../backup/record.ts";
import { SetupError } from "../../errors.ts";
import { noted, proving, readFailures } from "./outcome.ts";
import type { BackupScene } from "./scene.ts";

const DIRECTORY = "/opt/rxdx/backups";
const BACKUP: KnownBackup = {
  file: "rxdx-20260314T020000Z.tar.age",
  stack: "rxdx",
  at: new Date("2026-03-14T02:00:00Z"),
  size: 9,
};
const READ = { manifest: {} as Manifest, sha256: "a1".repeat(32) };

function sceneOf(host: FakeHost): BackupScene {
  const install = {
    dir: "/opt/rxdx",
    answers: { name: "rxdx", environment: "production", backups: { directory: "backups" } },
  };
  return { host, install, directory: DIRECTORY } as unknown as BackupScene;
}

const written = async (host: FakeHost) =>
  parseRecord(await host.files.readText(`${DIRECTORY}/rxdx-20260314T020000Z.json`));

Deno.test("the sum of the file that was proven is in the record that is written again", () =>
  withFakeHost({}, async (host) => {
    await host.files.mkdir(DIRECTORY, 0o700);
    await proving(sceneOf(host), BACKUP, ({ onRead }) => Promise.resolve(onRead(READ)));
    const record = await written(host);
    assert.equal(record?.proof?.ok, true);
    assert.equal(record?.proof?.application, "not asked");
    assert.equal(record?.sha256, READ.sha256);
    // One that an earlier version wrote without a sum gets it with the next proof.
    assert.ok(record);
    const without = { ...BACKUP, record: { ...record, sha256: "" } };
    await proving(sceneOf(host), without, ({ onRead }) => Promise.resolve(onRead(READ)));
    assert.equal((await written(host))?.sha256, READ.sha256);
    await proving(sceneOf(host), BACKUP, ({ onReady }) => Promise.resolve(onReady()));
    assert.equal((await written(host))?.proof?.application, "ready");
  }));

Deno.test("a proof measures what could have been lost: the time since the backup before", () =>
  withFakeHost({}, async (host) => {
    const minutes = [30, 0];
    for (const each of ["20260313T020000Z", "20260314T013000Z", "20260314T020000Z"]) {
      host.files.put(`${DIRECTORY}/rxdx-${each}.tar.age`, "x");
    }
    for (const before of minutes) {
      const at = new Date(BACKUP.at.getTime() - before * 60_000);
      const proof = await proving(sceneOf(host), { ...BACKUP, at }, () => Promise.resolve());
      assert.equal(proof.rpo_seconds, before === 0 ? 30 * 60 : 23.5 * 3_600);
    }
    assert.equal((await written(host))?.proof?.rpo_seconds, 30 * 60);
    const first = { ...BACKUP, at: new Date("2026-03-13T02:00:00Z") };
    const proof = await proving(sceneOf(host), first, () => Promise.resolve());
    assert.equal(proof.rpo_seconds, undefined, "there is none before the first");
    // What a restore has replaced, and what failed its proof, does not count.
    const record = await written(host);
    const useless = { proof: { at: "2026-03-14T01:31:00Z", ok: false, seconds: 1 } };
    host.files.put(
      `${DIRECTORY}/rxdx-20260314T013000Z.json`,
      JSON.stringify({ ...record, ...useless }),
    );
    assert.equal(
      (await proving(sceneOf(host), BACKUP, () => Promise.resolve())).rpo_seconds,
      86_400,
    );
    assert.ok(record?.proof);
    const kept = { ...BACKUP, record: { ...record, proof: { ...record.proof, rpo_seconds: 7 } } };
    assert.equal((await proving(sceneOf(host), kept, () => Promise.resolve())).rpo_seconds, 7);
  }));

Deno.test("a key that was typed wrong is no failure of the backups; the timer's own key is", () =>
  withFakeHost({}, async (host) => {
    await host.files.mkdir("/opt/rxdx/.rxdx", 0o700);
    const wrong = () =>
      Promise.reject(
        new SetupError({ code: "backup_wrong_key", message: "another key", hint: "", exit: 4 }),
      );
    await assert.rejects(noted(host, "/opt/rxdx", "verify", wrong, ["backup_wrong_key"]));
    assert.deepEqual(await readFailures(host, "/opt/rxdx"), []);
    await assert.rejects(noted(host, "/opt/rxdx", "verify", wrong));
    assert.equal((await readFailures(host, "/opt/rxdx"))[0]?.reason, "another key");
  }));

Deno.test("a test of a backup that fails and then succeeds takes no backup's failure away", () =>
  withFakeHost({}, async (host) => {
    const dir = "/opt/rxdx";
    await host.files.mkdir(`${dir}/.rxdx`, 0o700);
    const fail = (what: "create" | "verify", message: string) => {
      const error = new SetupError({ code: "disk_full", message, hint: "", exit: 5 });
      return assert.rejects(noted(host, dir, what, () => Promise.reject(error)));
    };
    const known = async () =>
      (await readFailures(host, dir)).map(({ what, reason }) => `${what}: ${reason}`);
    await fail("create", "no room");
    host.clock.advance(7 * 3_600_000);
    await fail("verify", "It is full:\nERROR");
    assert.deepEqual(await known(), ["verify: It is full", "create: no room"]);
    host.clock.advance(60_000);
    await fail("create", "still no room");
    assert.deepEqual(await known(), ["create: still no room", "verify: It is full"]);
    await noted(host, dir, "verify", () => Promise.resolve());
    assert.deepEqual(await known(), ["create: still no room"]);
    await noted(host, dir, "verify", () => Promise.resolve());
    assert.deepEqual(await known(), ["create: still no room"]);
    await noted(host, dir, "create", () => Promise.resolve());
    assert.deepEqual(await known(), []);
    assert.deepEqual(Object.keys(host.files.tree(dir)), [], "nothing is left of it");
  }));

Deno.test("a failure from when there was room for one is read, and anything else is none", () =>
  withFakeHost({}, async (host) => {
    const known = (text: string) => {
      host.files.put("/opt/rxdx/.rxdx/backups.json", text);
      return readFailures(host, "/opt/rxdx");
    };
    const failure = { failed_at: "2026-03-14T02:00:00.000Z", what: "create", reason: "no room" };
    assert.deepEqual(await known(JSON.stringify({ schema: 1, ...failure })), [failure]);
    assert.deepEqual(
      await known(JSON.stringify({ schema: 1, failures: [null, {}, failure] })),
      [failure],
    );
    for (const text of ["", "null", "{}", "[]", '{"schema":2,"failures":[]}', '{"schema":1}']) {
      assert.deepEqual(await known(text), [], text);
    }
  }));

Deno.test("a sum that was written with the backup is never replaced by what was read", () =>
  withFakeHost({}, async (host) => {
    await host.files.mkdir(DIRECTORY, 0o700);
    const sha256 = "b2".repeat(32);
    const record = { schema: 1, file: BACKUP.file, sha256, recipients: ["age1x"] };
    const known = { ...BACKUP, record } as unknown as KnownBackup;
    await assert.rejects(proving(sceneOf(host), known, ({ onRead }) => {
      onRead(READ);
      const error = { code: "backup_not_proven", message: "other", hint: "", exit: 6 } as const;
      return Promise.reject(new SetupError(error));
    }));
    assert.equal((await written(host))?.sha256, sha256);
    assert.equal((await written(host))?.proof?.ok, false);
  }));

Deno.test("a lost record is read back from the manifest: who can open it, and that a restore replaced it", () =>
  withFakeHost({}, async (host) => {
    await host.files.mkdir(DIRECTORY, 0o700);
    const manifest = {
      stack: "rxdx",
      environment: "production",
      version: "0.1.0",
      at: "2026-03-14T02:00:00.123Z",
      database: { bytes: 1000 },
      tables: [{ table: "public.users", rows: 2, digest: "1" }, {
        table: "a.b",
        rows: 3,
        digest: "2",
      }],
      graphs: [],
      uploads: { files: 4, bytes: 5 },
      recipients: ["age1x", "age1y"],
      before_restore: true,
    } as unknown as Manifest;
    const read = { manifest, sha256: "c3".repeat(32) };
    await proving(sceneOf(host), BACKUP, ({ onRead }) => Promise.resolve(onRead(read)));
    const record = await written(host);
    assert.ok(record);
    assert.equal(isRebuilt(record), false);
    assert.deepEqual(
      [record.recipients, record.before_restore, record.rows, record.uploads, record.bytes],
      [["age1x", "age1y"], true, 5, 4, 9],
    );
  }));
