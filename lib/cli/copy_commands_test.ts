/** Copies to a directory through the program's door, on a fake machine: what needs no other machine. */
import assert from "node:assert/strict";
import { machineOf } from "../../tests/support/fake_host_machine.ts";
import type { FakeHost } from "../../tests/support/fake_host.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import { createHash } from "node:crypto";
import { SERVICES } from "../engine/compose.ts";
import { EXIT } from "../errors.ts";
import { run } from "./app.ts";

const DIR = "/opt/rxdx";
const NAS = "/mnt/nas";

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
  host.process.allow(["stat", "--dereference", REST], "1 10\n2 20\n");
  host.files.putDirectory(NAS, 0o700);
  const { code, stderr } = await rxdx(
    host,
    ...["init", "--demo", "--no-start", "--yes", "--set", `backups.copy_to=${NAS}`],
    ...settings.flatMap((each) => ["--set", each]),
  );
  assert.equal(code, EXIT.ok, stderr);
  return host;
}

function put(host: FakeHost, place: string, day: string, ok?: boolean, content = "encrypted") {
  const name = `rxdx-${day.replaceAll("-", "")}T020000Z`;
  const record = {
    schema: 1,
    file: `${name}.tar.age`,
    stack: "rxdx",
    at: `${day}T02:00:00.000Z`,
    bytes: content.length,
    sha256: createHash("sha256").update("encrypted").digest("hex"),
    recipients: [],
    ...(ok === undefined ? {} : { proof: { at: `${day}T02:01:00.000Z`, ok, seconds: 5 } }),
  };
  host.files.put(`${place}/${name}.tar.age`, content, { mode: 0o600 });
  host.files.put(`${place}/${name}.json`, JSON.stringify(record), { mode: 0o600 });
  return `${name}.tar.age`;
}

const there = (host: FakeHost) =>
  Object.keys(host.files.tree(NAS)).map((path) => path.replace(/^.*\//, ""))
    .filter((name) => !name.endsWith(".json"));

Deno.test("what is kept and missing is copied, what failed its proof is not, a second run does nothing", async () => {
  const host = await installed();
  const good = put(host, `${DIR}/backups`, "2026-03-12", true);
  put(host, `${DIR}/backups`, "2026-03-13", false);
  const newest = put(host, `${DIR}/backups`, "2026-03-14");
  host.files.put(`${NAS}/.${newest}.partial`, "half");
  const done = await rxdx(host, "backup", "copy");
  assert.equal(done.code, EXIT.ok, done.stderr);
  assert.deepEqual(there(host), [good, newest]);
  const again = JSON.parse((await rxdx(host, "backup", "copy", "--json")).stdout);
  assert.deepEqual(again.targets[0].copied, []);
  const list = await rxdx(host, "backup", "list");
  assert.match(list.stdout, /20260314T020000Z\.tar\.age .* 1 {2}not proven$/m);
  assert.match(list.stdout, /1 {2}\/mnt\/nas: 2 copies, the last/);
  const whole = list.stdout.split("\n").filter((line) => !line.includes("failed"));
  for (const line of whole) assert.ok(line.length <= 80, line);
});

Deno.test("a copy that is known and gone is made again; one that nobody remembers is only compared", async () => {
  const host = await installed();
  const file = put(host, `${DIR}/backups`, "2026-03-14");
  await rxdx(host, "backup", "copy");
  await host.files.remove(`${NAS}/${file}`);
  await rxdx(host, "backup", "copy");
  assert.deepEqual(there(host), [file]);
  await host.files.remove(`${DIR}/.rxdx/copies.json`);
  const before = (await host.files.stat(`${NAS}/${file}`))?.modified;
  assert.equal((await rxdx(host, "backup", "copy")).code, EXIT.ok);
  assert.deepEqual((await host.files.stat(`${NAS}/${file}`))?.modified, before);
  assert.match((await rxdx(host, "backup", "list")).stdout, /1 copy/);
});

Deno.test("a backup that changed here is not passed on, and the whole copy there stays", async () => {
  const host = await installed();
  const file = put(host, `${DIR}/backups`, "2026-03-14");
  await rxdx(host, "backup", "copy");
  await host.files.remove(`${DIR}/.rxdx/copies.json`);
  host.files.put(`${DIR}/backups/${file}`, "eNcrypted", { mode: 0o600 });
  assert.equal((await rxdx(host, "backup", "copy")).code, EXIT.ok, "the one there is whole");
  host.files.put(`${DIR}/backups/${file}`, "eNcrypted and more", { mode: 0o600 });
  const { code, stdout } = await rxdx(host, "backup", "copy");
  assert.equal(code, EXIT.unhealthy);
  assert.match(stdout, /another file than was written \(SHA-256\); it was not passed on/);
  assert.equal(await host.files.readText(`${NAS}/${file}`), "encrypted");
  assert.deepEqual(there(host), [file]);
  // Without its record nobody can tell which of two is whole: neither is touched.
  await host.files.remove(`${DIR}/backups/${file.replace(".tar.age", ".json")}`);
  assert.match((await rxdx(host, "backup", "copy")).stdout, /Both stay/);
  assert.equal(await host.files.readText(`${NAS}/${file}`), "encrypted");
});

Deno.test("old copies go by the same rule; never the last verified, never another stack's, none by name", async () => {
  const host = await installed(
    "backups.keep.daily=1",
    "backups.keep.weekly=0",
    "backups.keep.monthly=0",
  );
  const verified = put(host, NAS, "2026-01-05", true);
  const old = put(host, NAS, "2026-01-06");
  host.files.put(`${NAS}/other-20260101T020000Z.tar.age`, "x");
  const newest = put(host, `${DIR}/backups`, "2026-03-14");
  await rxdx(host, "backup", "copy", newest);
  assert.ok(there(host).includes(old), "asked for by name: nothing is removed");
  await rxdx(host, "backup", "copy");
  assert.deepEqual(there(host), ["other-20260101T020000Z.tar.age", verified, newest]);
  host.files.putDirectory("/media/usb", 0o700);
  const archived = put(host, "/media/usb", "2026-01-07");
  assert.equal((await rxdx(host, "backup", "copy", "--to", "/media/usb")).code, EXIT.ok);
  assert.notEqual(await host.files.stat(`/media/usb/${archived}`), undefined);
});

Deno.test("a disk that is not mounted, the backups' own directory, a place that is not there", async () => {
  const host = await installed();
  put(host, `${DIR}/backups`, "2026-03-14");
  await rxdx(host, "backup", "copy");
  for (const path of Object.keys(host.files.tree(NAS))) await host.files.remove(path);
  const same = "1 10\n1 30\n";
  const other = machineAnswer(host, same);
  assert.match((await rxdx(host, "backup", "copy")).stdout, /it is not mounted/);
  assert.deepEqual(there(host), []);
  other("1 10\n1 10\n");
  assert.match((await rxdx(host, "backup", "copy")).stdout, /directory of the backups itself/);
  const none = await rxdx(host, "backup", "copy", "--to", "/mnt/none");
  assert.match(none.stdout, /no such directory[\s\S]*mount \/mnt\/none/);
  const failed = JSON.parse((await rxdx(host, "backup", "list", "--json")).stdout).targets[0];
  assert.match(failed.failure.reason, /directory of the backups itself/);
  const wrong = await rxdx(host, "backup", "copy", "--to", "s3://b/x", "--to", "nas");
  assert.equal(wrong.code, EXIT.usage);
  assert.match(wrong.stderr, /"s3:\/\/b\/x" must[\s\S]*"nas" must[\s\S]*rclone:s3:b\/x or \/nas/);
});

Deno.test("fetch: a fresh server, the newest or the one that is named, never over a backup", async () => {
  const { host } = machineOf();
  host.files.putDirectory(NAS, 0o700);
  const old = put(host, NAS, "2026-03-12", true);
  const newest = put(host, NAS, "2026-03-14");
  const got = await rxdx(host, "backup", "fetch", "--from", NAS);
  assert.equal(got.code, EXIT.ok, got.stderr);
  assert.match(got.stdout, /compared with the SHA-256 beside it\.\nSHA-256 [0-9a-f]{64}$/m);
  assert.match(got.stdout, /whoever can write there[\s\S]*one that you noted elsewhere/);
  assert.equal(await host.files.readText(`${DIR}/backups/${newest}`), "encrypted");
  assert.equal((await rxdx(host, "backup", "fetch", "--from", NAS)).code, EXIT.apply);
  const named = ["backup", "fetch", old, "--from", NAS, "--output", "/srv/back", "--json"];
  assert.equal(JSON.parse((await rxdx(host, ...named)).stdout).path, `/srv/back/${old}`);
  host.files.put(`${NAS}/${old}`, "eNcrypted");
  const bad = await rxdx(host, ...named.slice(0, 5), "--output", "/srv/third");
  assert.equal(bad.code, EXIT.unhealthy);
  assert.match(bad.stderr, /not the file that was copied there \(SHA-256\)/);
  assert.deepEqual(await host.files.list("/srv/third"), []);
  host.files.put(`${NAS}/other-20260101T020000Z.tar.age`, "x");
  const which = await rxdx(host, "backup", "fetch", "--from", NAS);
  assert.equal(which.code, EXIT.usage);
  assert.match(which.stderr, /several stacks lie there; which one/);
  assert.equal((await rxdx(host, "backup", "fetch", "x", "--from", NAS)).code, EXIT.usage);
  assert.equal((await rxdx(host, "backup", "fetch")).code, EXIT.usage);
});

Deno.test("fetch: what is known here is believed before the record beside a copy, which can be forged", async () => {
  const host = await installed();
  const file = put(host, `${DIR}/backups`, "2026-03-14");
  const record = file.replace(".tar.age", ".json");
  await rxdx(host, "backup", "copy");
  const forge = (content: string) => {
    const sha256 = createHash("sha256").update(content).digest("hex");
    const text = JSON.stringify({ schema: 1, file, sha256, recipients: [] });
    host.files.put(`${NAS}/${file}`, content);
    host.files.put(`${NAS}/${record}`, text);
  };
  let count = 0;
  const fetch = async () => {
    const output = `/srv/back-${++count}`;
    const ran = await rxdx(host, "backup", "fetch", "--from", NAS, "--output", output, "--json");
    return { ...ran, left: await host.files.list(output) };
  };
  forge("eNcrypted");
  const known = await fetch();
  assert.equal(known.code, EXIT.unhealthy, "by the record here");
  assert.match(known.stderr, /not the file that was copied there \(SHA-256\)/);
  assert.deepEqual(known.left, []);
  for (const each of [file, record]) await host.files.remove(`${DIR}/backups/${each}`);
  assert.equal((await fetch()).code, EXIT.unhealthy, "by what is remembered of the copy");
  host.files.put(`${NAS}/${file}`, "encrypted");
  const whole = await fetch();
  assert.equal(JSON.parse(whole.stdout).compared_with, "here");
  assert.deepEqual(whole.left, [file], "a record of another file is not brought along");
  await host.files.remove(`${DIR}/.rxdx/copies.json`);
  forge("eNcrypted");
  assert.equal(JSON.parse((await fetch()).stdout).compared_with, "beside");
  await host.files.remove(`${NAS}/${record}`);
  assert.equal(JSON.parse((await fetch()).stdout).compared_with, null);
});

Deno.test("fetch and copy tell what is wrong with a secret before anybody is asked", async () => {
  const host = await installed();
  host.files.put("/root/key", "secret", { mode: 0o644 });
  const from = ["--from", "sftp://b@nas/x", "--ssh-key", "/root/key"];
  const open = await rxdx(host, "backup", "fetch", ...from);
  assert.match(
    open.stderr,
    /SSH key \/root\/key can be read by others[\s\S]*chmod 600 \/root\/key/,
  );
  put(host, `${DIR}/backups`, "2026-03-14");
  const none = await rxdx(host, "backup", "copy", "--to", "rclone:b2:x");
  assert.match(none.stdout, /no configuration of rclone[\s\S]*rclone config --config/);
});

/** Answers `stat` otherwise from now on. */
function machineAnswer(host: FakeHost, first: string): (next: string) => void {
  let answer = first;
  const run = host.process.run;
  Object.assign(host.process, {
    run: (argv: readonly string[], options = {}) =>
      argv[0] === "stat"
        ? Promise.resolve({ argv, code: 0, stdout: answer, stderr: "" })
        : run(argv, options),
  });
  return (next) => answer = next;
}
