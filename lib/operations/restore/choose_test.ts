/** Which backup is meant: by nothing, name, time, file, directory; and what is never meant by accident. */
import assert from "node:assert/strict";
import { FakeHost } from "../../../tests/support/fake_host.ts";
import { SetupError } from "../../errors.ts";
import { chooseBackup, parseMoment } from "./choose.ts";

const OWN = { directory: "/opt/rxdx/backups", stack: "rxdx" };

function put(
  host: FakeHost,
  name: string,
  more: Record<string, unknown> = {},
  dir = OWN.directory,
) {
  host.files.put(`${dir}/${name}.tar.age`, "encrypted");
  host.files.put(
    `${dir}/${name}.json`,
    JSON.stringify({ schema: 1, file: `${name}.tar.age`, sha256: "00", recipients: [], ...more }),
  );
}

function machine(): FakeHost {
  const host = new FakeHost();
  put(host, "rxdx-20260312T020000Z");
  put(host, "rxdx-20260313T020000Z");
  put(host, "rxdx-20260314T020000Z", { before_restore: true });
  put(host, "other-20260314T030000Z");
  return host;
}

const chosen = async (...given: Parameters<typeof chooseBackup>) =>
  (await chooseBackup(...given)).file.replace(".tar.age", "");

const refused = async (code: string, ...given: Parameters<typeof chooseBackup>) => {
  await assert.rejects(
    chooseBackup(...given),
    (error) => error instanceof SetupError && error.code === code,
  );
};

Deno.test("the newest of this stack, and never the state that a restore has replaced", async () => {
  const host = machine();
  for (const wanted of [{}, { name: "latest" }, { at: "2026-03-14 12:00" }]) {
    assert.equal(await chosen(host, OWN, wanted), "rxdx-20260313T020000Z");
  }
  const named = { name: "rxdx-20260314T020000Z" };
  assert.equal(await chosen(host, OWN, named), "rxdx-20260314T020000Z");
});

Deno.test("by time: not younger, and none before the first", async () => {
  const host = machine();
  assert.equal(await chosen(host, OWN, { at: "2026-03-12" }), "rxdx-20260312T020000Z");
  assert.equal(await chosen(host, OWN, { at: "2026-03-13T01:59Z" }), "rxdx-20260312T020000Z");
  assert.equal(await chosen(host, OWN, { at: "2026-03-13 02:00" }), "rxdx-20260313T020000Z");
  await refused("no_backup", host, OWN, { at: "2026-03-11" });
  await refused("usage", host, OWN, { at: "yesterday" });
  await refused("usage", host, OWN, { at: "2026-03-11", name: "latest" });
});

Deno.test("a file, under any name; its record only where it is of that name", async () => {
  const host = machine();
  put(host, "rxdx-20260312T020000Z", {}, "/mnt");
  const file = await chooseBackup(host, undefined, { from: "/mnt/rxdx-20260312T020000Z.tar.age" });
  assert.equal(file.record?.sha256, "00");
  host.files.put("/mnt/copy.age", "encrypted");
  host.files.put("/mnt/copy.age.json", "{}");
  const renamed = await chooseBackup(host, undefined, { from: "/mnt/copy.age" });
  assert.deepEqual([renamed.file, renamed.record], ["copy.age", undefined]);
  await refused("usage", host, OWN, { from: "/mnt/copy.age", at: "2026-03-12" });
  await refused("no_backup", host, OWN, { from: "/mnt/none.age" });
  await refused("not_installed", host, undefined, {});
});

Deno.test("a directory with backups of several stacks has to be told which", async () => {
  const host = machine();
  await refused("usage", host, undefined, { from: OWN.directory });
  const wanted = { from: OWN.directory, name: "other-20260314T030000Z" };
  assert.equal(await chosen(host, undefined, wanted), "other-20260314T030000Z");
  await refused("no_backup", host, OWN, { from: "/opt" });
});

Deno.test("moments end with what was left out, in UTC unless said otherwise", () => {
  const iso = (text: string) => parseMoment(text).toISOString();
  assert.equal(iso("2026-03-14"), "2026-03-14T23:59:59.999Z");
  assert.equal(iso("2026-03-14 02:00"), "2026-03-14T02:00:59.999Z");
  assert.equal(iso("2026-03-14T02:00:05Z"), "2026-03-14T02:00:05.999Z");
  assert.equal(iso("2026-03-14T02:00+01:00"), "2026-03-14T01:00:59.999Z");
  for (const wrong of ["", "2026-13-01", "14.3.2026", "2026-03-14 25:00"]) {
    assert.throws(() => parseMoment(wrong), SetupError, wrong);
  }
});
