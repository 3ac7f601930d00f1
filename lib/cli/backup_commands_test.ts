/** Commands about backups through the program's door, on a fake machine: what needs no database. */
import assert from "node:assert/strict";
import type { FakeHost } from "../../tests/support/fake_host.ts";
import { machineOf } from "../../tests/support/fake_host_machine.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import type { BackupRecord } from "../backup/record.ts";
import { SERVICES } from "../engine/compose.ts";
import { EXIT } from "../errors.ts";
import { run } from "./app.ts";

const DIR = "/opt/rxdx";

async function rxdx(host: FakeHost, ...argv: readonly string[]) {
  host.terminal.stdout = "";
  host.terminal.stderr = "";
  const code = await run(argv, host);
  host.verify();
  const { stdout, stderr } = host.terminal;
  return { code, stdout, stderr };
}

async function installed(...settings: readonly string[]): Promise<FakeHost> {
  const { host } = machineOf();
  const hashes = SERVICES.map((service) => `${service} hash-${service}\n`).join("");
  host.process.allow(["docker", "compose", REST], hashes);
  const { code, stderr } = await rxdx(
    host,
    "init",
    "--demo",
    "--no-start",
    "--yes",
    ...settings.flatMap((each) => ["--set", each]),
  );
  assert.equal(code, EXIT.ok, stderr);
  return host;
}

/** A backup of the day, as it lies on disk; `ok` tells how its proof ended. */
function put(host: FakeHost, day: string, ok?: boolean): string {
  const name = `rxdx-${day.replaceAll("-", "")}T020000Z`;
  const record: BackupRecord = {
    schema: 1,
    file: `${name}.tar.age`,
    stack: "rxdx",
    environment: "production",
    version: "0.1.0",
    at: `${day}T02:00:00.000Z`,
    seconds: 3,
    bytes: 9,
    sha256: "00",
    recipients: [],
    database_bytes: 1,
    tables: 1,
    rows: 1,
    graphs: 1,
    uploads: 0,
    ...(ok === undefined ? {} : { proof: { at: `${day}T02:01:00.000Z`, ok, seconds: 5 } }),
  };
  host.files.put(`${DIR}/backups/${name}.tar.age`, "encrypted", { mode: 0o600 });
  host.files.put(`${DIR}/backups/${name}.json`, JSON.stringify(record), { mode: 0o600 });
  return name;
}

const here = (host: FakeHost) =>
  Object.keys(host.files.tree(`${DIR}/backups`)).map((path) => path.replace(/^.*\//, ""));

Deno.test("backup list: none, and then each with its proof", async () => {
  const host = await installed();
  assert.match(
    (await rxdx(host, "backup", "list")).stdout,
    /There is no backup in .*backup create/,
  );
  put(host, "2026-03-13", true);
  const bad = put(host, "2026-03-14", false);
  host.files.put(`${DIR}/backups/.${bad}.tar.age.partial`, "half");
  const { stdout } = await rxdx(host, "backup", "list");
  assert.match(stdout, /^rxdx-20260314T020000Z\.tar\.age .* failed its proof/m);
  assert.match(stdout, /^rxdx-20260313T020000Z\.tar\.age .* proven/m);
  assert.doesNotMatch(stdout, /partial/);
  const json = JSON.parse((await rxdx(host, "backup", "list", "--json")).stdout);
  assert.deepEqual(json.backups.map((each: { proof: { ok: boolean } }) => each.proof.ok), [
    false,
    true,
  ]);
});

Deno.test("backup prune: asks, removes both files, leaves the proven one and other stacks'", async () => {
  const host = await installed("backups.keep.daily=1", "backups.keep.weekly=0");
  await rxdx(host, "config", "set", "backups.keep.monthly=0");
  const proven = put(host, "2026-01-05", true);
  put(host, "2026-03-10");
  const newest = put(host, "2026-03-14");
  host.files.put(`${DIR}/backups/other-20260101T020000Z.tar.age`, "x");
  const shown = await rxdx(host, "backup", "prune", "--dry-run");
  assert.match(shown.stdout, /^- rxdx-20260310T020000Z\.tar\.age$/m);
  assert.match(shown.stdout, /rxdx-20260105T020000Z\.tar\.age {2}verified/);
  assert.equal((await rxdx(host, "backup", "prune")).code, EXIT.usage);
  assert.equal(here(host).length, 7, "nothing is gone yet");
  const done = await rxdx(host, "backup", "prune", "--yes", "--json");
  assert.deepEqual(JSON.parse(done.stdout).removed, ["rxdx-20260310T020000Z.tar.age"]);
  assert.deepEqual(here(host), [
    "other-20260101T020000Z.tar.age",
    `${proven}.json`,
    `${proven}.tar.age`,
    `${newest}.json`,
    `${newest}.tar.age`,
  ]);
  assert.match((await rxdx(host, "backup", "prune", "--yes")).stdout, /Nothing to remove/);
});

Deno.test("backup prune --json: says what was decided under the lock, not before", async () => {
  const host = await installed("backups.keep.daily=1", "backups.keep.weekly=0");
  await rxdx(host, "config", "set", "backups.keep.monthly=0");
  const [first, second] = [put(host, "2026-03-10"), put(host, "2026-03-14")];
  // The timer makes one while this run waits for its turn.
  const tryLock = host.files.tryLock.bind(host.files);
  let third = "";
  host.files.tryLock = (path) => {
    third ||= put(host, "2026-03-15");
    return tryLock(path);
  };
  const { stdout } = await rxdx(host, "backup", "prune", "--yes", "--json");
  const { kept, removed, to_remove } = JSON.parse(stdout);
  assert.deepEqual(kept.map((each: { file: string }) => each.file), [`${third}.tar.age`]);
  assert.deepEqual(removed, [second, first].map((name) => `${name}.tar.age`));
  assert.deepEqual(to_remove, []);
  assert.deepEqual(here(host), [`${third}.json`, `${third}.tar.age`]);
});

Deno.test("backup key: shown once, its public half kept, its secret half nowhere", async () => {
  const host = await installed();
  const made = JSON.parse((await rxdx(host, "backup", "key", "--json")).stdout);
  assert.match(made.identity, /^AGE-SECRET-KEY-1/);
  const files = JSON.stringify(host.files.tree("/"));
  assert.ok(files.includes(made.recipient));
  assert.ok(!files.includes(made.identity));
  const again = await rxdx(host, "backup", "key");
  assert.equal(again.code, EXIT.usage, "a further key is asked about");
  assert.doesNotMatch(again.stdout, /AGE-SECRET-KEY/);
  assert.equal((await rxdx(host, "backup", "key", "--yes")).code, EXIT.ok);
  const text = host.files.tree(DIR)[`${DIR}/rxdx.yml`] ?? "";
  assert.equal(text.match(/age1\w{58}/g)?.length, 2);
});

Deno.test("backup schedule: what is installed, and what is not", async () => {
  const host = await installed();
  const timer = async () => (await rxdx(host, "backup", "schedule")).stdout.split("\n")[1];
  assert.match(await timer() ?? "", /none: neither systemd nor cron is here; install cron, then/);
  host.files.put("/proc/1/comm", "systemd\n");
  assert.match(await timer() ?? "", /timer {5}none; rxdx-setup apply installs it/);
  host.files.put("/etc/systemd/system/rxdx-backup.timer", "");
  const json = JSON.parse((await rxdx(host, "backup", "schedule", "--json")).stdout);
  assert.deepEqual([json.enabled, json.scheduled_by, json.schedule], [
    true,
    "systemd",
    "0 2 * * *",
  ]);
});

Deno.test("wrong uses are told with what to do", async () => {
  const host = await installed();
  const none = await rxdx(host, "backup", "verify");
  assert.equal(none.code, EXIT.prerequisite);
  assert.match(none.stderr, /There is no backup[\s\S]*rxdx-setup backup create/);
  put(host, "2026-03-14");
  assert.match(
    (await rxdx(host, "backup", "verify", "rxdx-1")).stderr,
    /There is no backup rxdx-1/,
  );
  assert.equal((await rxdx(host, "backup", "verify", "a", "b")).code, EXIT.usage);
  assert.match((await rxdx(host, "backup", "verify")).stderr, /There is no .*backup\.key/);
  host.files.put(`${DIR}/.rxdx/backup.key`, "AGE-SECRET-KEY-1QQQQ\n", { mode: 0o600 });
  assert.match((await rxdx(host, "backup", "verify")).stderr, /holds no age identity/);
  host.files.put("/root/pass", "secret\n", { mode: 0o644 });
  const open = await rxdx(host, "backup", "create", "--passphrase-file", "/root/pass");
  assert.equal(open.code, EXIT.usage);
  assert.match(open.stderr, /can be read by others[\s\S]*chmod 600/);
});

Deno.test("a backup without a database fails, and that is written down", async () => {
  const host = await installed();
  const down = await rxdx(host, "backup", "create");
  assert.equal(down.code, EXIT.unhealthy, down.stderr);
  assert.match(down.stderr, /database does not run/);
  const failure = host.files.tree(DIR)[`${DIR}/.rxdx/backups.json`] ?? "";
  const [created] = JSON.parse(failure).failures;
  assert.equal(created.what, "create");
  assert.match((await rxdx(host, "backup", "list")).stdout, /The last create failed at/);
  const verified = { failed_at: "2026-03-14T09:00:00.000Z", what: "verify", reason: "no room" };
  host.files.put(
    `${DIR}/.rxdx/backups.json`,
    JSON.stringify({ schema: 1, failures: [verified, created] }),
  );
  const { stdout } = await rxdx(host, "backup", "list");
  assert.match(stdout, /The last verify failed at 2026-03-14T09:00:00\.000Z: no room\n.* create /);
  const json = JSON.parse((await rxdx(host, "backup", "list", "--json")).stdout);
  assert.deepEqual(json.failure, { at: verified.failed_at, what: "verify", reason: "no room" });
  assert.deepEqual(json.failures.map((each: { what: string }) => each.what), ["verify", "create"]);
});

Deno.test("backup restore: wrong uses, and a configuration that is there", async () => {
  const host = await installed();
  const none = await rxdx(host, "backup", "restore");
  assert.equal(none.code, EXIT.prerequisite);
  assert.match(none.stderr, /There is no backup in/);
  const name = put(host, "2026-03-14");
  for (
    const [words, says] of [
      [["--only", "mail"], /--only mail: there is no such part/],
      [["--only", "configuration"], /There is a stack in .*empty directory only/s],
      [["--set", "ports.https=8443"], /There is a stack in .*empty directory only/s],
      [["a", "b"], /One backup at a time/],
      [[name, "--at", "2026-03-14"], /two backups/],
      [["--at", "soon"], /--at soon is no time/],
    ] as const
  ) {
    const { code, stderr } = await rxdx(host, "backup", "restore", ...words);
    assert.equal(code, EXIT.usage, stderr);
    assert.match(stderr, says);
  }
  const last = { schema: 1, at: "2026-03-15T01:00:00.000Z", file: `${name}.tar.age` };
  host.files.put(
    `${DIR}/.rxdx/last-restore.json`,
    JSON.stringify({
      ...last,
      backup_at: last.at,
      parts: ["database"],
      seconds: 4,
      downtime_seconds: 2,
    }),
  );
  const done = await rxdx(host, "backup", "restore", "--name", "other");
  assert.match(
    done.stderr,
    /database of rxdx-\S+ were last put back into it at 2026-03-15T01:00:00\.000Z\./,
  );
  const elsewhere = await rxdx(host, "backup", "restore", "--dir", "/srv/none");
  assert.equal(elsewhere.code, EXIT.prerequisite);
  assert.match(elsewhere.stderr, /said where the backup is[\s\S]*--from/);
  assert.deepEqual(Object.keys(host.files.tree("/srv")), [], "nothing was made");
});

Deno.test("backup restore: an interrupted one is not finished before somebody agrees", async () => {
  const host = await installed();
  const name = put(host, "2026-03-14");
  const state = (phase: string) => ({
    schema: 1,
    id: "0a1b2c3d",
    phase,
    file: "rxdx-20260301T020000Z.tar.age",
    parts: ["database"],
    at: "2026-03-14T09:00:00.000Z",
  });
  const path = `${DIR}/.rxdx/restore.json`;
  host.files.put(path, JSON.stringify(state("start")), { mode: 0o600 });
  const before = host.files.tree(DIR);
  const { code, stderr } = await rxdx(host, "backup", "restore", name);
  assert.equal(code, EXIT.usage, stderr);
  assert.match(stderr, /20260301T020000Z\.tar\.age is restored and in place[^]*--take-back/);
  assert.match(stderr, /no terminal to ask on/);
  assert.deepEqual(host.files.tree(DIR), before, "nothing was changed, the note is kept");
});
