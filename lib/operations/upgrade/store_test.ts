/** The files of a version are kept and put back; secrets stay where they are. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../../tests/support/fake_host.ts";
import { samplePlan } from "../../../tests/support/samples.ts";
import { newKeyPair } from "../../backup/age.ts";
import { withoutSecrets } from "../../render/merge.ts";
import { receiptPath, receiptText, sha256 } from "../../steps/receipt.ts";
import type { UpgradeRecord } from "../../upgrade/record.ts";
import {
  backupsForTheWayBack,
  noteUpgrade,
  readUnfinished,
  readUpgrade,
  upgradeFinding,
} from "./records.ts";
import { differingFiles, forgetVersion, keepCounts, keepVersion, readCounts } from "./store.ts";

const DIR = "/opt/rxdx";
const settings = samplePlan().answers.images;
const RECORD: UpgradeRecord = {
  schema: 1,
  started_at: "2026-03-14T10:15:00.000Z",
  phase: "preparing",
  from: { version: "1", setup: "0.1.0", images: {}, settings },
  to: { version: "2", setup: "0.1.0", images: {}, settings },
  touches_data: true,
};
const ENV = "POSTGRES_PASSWORD=canary-secret\nBACKEND_IMAGE=rxdx/backend:1\n";

Deno.test("files come back with text and mode, new ones go, secrets are kept nowhere", () =>
  withFakeHost({}, async (host) => {
    host.files.put(`${DIR}/.env`, ENV, { mode: 0o600 });
    host.files.put(`${DIR}/rxdx.yml`, "edited\n", { mode: 0o600 });
    host.files.put(`${DIR}/.rxdx/receipt.json`, "{}\n", { mode: 0o600 });
    host.files.put(`${DIR}/.rxdx/rendered/rxdx.yml`, "as applied\n", { mode: 0o600 });
    const paths = [".env", "rxdx.yml", "docker-compose.yml"];
    await keepVersion(host, DIR, RECORD, paths, new Map([["rxdx.yml", "as applied\n"]]));
    assert.deepEqual(await readUpgrade(host, DIR), RECORD);
    const kept = await host.files.readText(`${DIR}/.rxdx/upgrade/files/.env`) ?? "";
    assert.ok(!kept.includes("canary-secret") && kept.includes("rxdx/backend:1"));
    // What was applied is what it goes back to, not what was edited since.
    assert.deepEqual((await differingFiles(host, DIR, "upgrade")).map(({ path }) => path), [
      "rxdx.yml",
    ]);
    host.files.put(`${DIR}/.env`, ENV.replace(":1", ":2"), { mode: 0o644 });
    host.files.put(`${DIR}/rxdx.yml`, "as applied\n", { mode: 0o600 });
    host.files.put(`${DIR}/docker-compose.yml`, "new\n", { mode: 0o644 });
    const differing = await differingFiles(host, DIR, "upgrade");
    assert.deepEqual(differing.map(({ path, text, mode }) => [path, text, mode]), [
      [".env", ENV, 0o600],
      ["docker-compose.yml", undefined, 0o600],
    ]);
  }));

Deno.test("the receipt comes back with what has happened since and does not go back", () =>
  withFakeHost({}, async (host) => {
    const receipt = (env: string, nginxLoaded: string, certificate: string, built = ["1"]) =>
      receiptText({
        schema: 1,
        name: "rxdx",
        version: "0.1.0",
        createdAt: "",
        updatedAt: "",
        files: [
          { path: ".env", sha256: sha256(env) },
          { path: "nginx/ssl/cert.pem", sha256: certificate, made: true },
        ],
        directories: [],
        images: built,
        provenance: {},
        machine: [],
        nginxLoaded,
      });
    const rotated = ENV.replace("canary-secret", "rotated-secret");
    host.files.put(`${DIR}/.env`, ENV, { mode: 0o600 });
    host.files.put(`${DIR}/.rxdx/rendered/.env`, withoutSecrets(ENV), { mode: 0o600 });
    host.files.put(receiptPath(DIR), receipt(ENV, "old", "first"), { mode: 0o600 });
    await keepVersion(host, DIR, RECORD, [".env"], new Map());
    // Upgraded, then secrets were rotated and the certificate renewed.
    const newer = rotated.replace(":1", ":2");
    host.files.put(`${DIR}/.env`, newer, { mode: 0o600 });
    host.files.put(receiptPath(DIR), receipt(newer, "new", "renewed", ["1", "2"]), {
      mode: 0o600,
    });
    const back = await differingFiles(host, DIR, "upgrade");
    assert.deepEqual(back.map(({ path, text }) => [path, text]), [
      [".env", rotated],
      // Not a hand edit, nginx has still read the newer configuration, and what was built is there.
      [".rxdx/receipt.json", receipt(rotated, "new", "renewed", ["1", "2"])],
    ]);
    for (const { path, text, mode } of back) host.files.put(`${DIR}/${path}`, text ?? "", { mode });
    assert.deepEqual(await differingFiles(host, DIR, "upgrade"), [], "done twice is done once");
  }));

Deno.test("a directory without a record is of a run that was killed, and no upgrade", () =>
  withFakeHost({}, async (host) => {
    host.files.put(`${DIR}/.rxdx/upgrade/files/.env`, "left\n", { mode: 0o600 });
    assert.equal(await readUnfinished(host, DIR), undefined);
    await keepVersion(host, DIR, RECORD, [], new Map());
    assert.equal(await host.files.readText(`${DIR}/.rxdx/upgrade/files/.env`), undefined);
    const noted = await noteUpgrade(host, DIR, "upgrade", { phase: "swapping", copied: true });
    assert.deepEqual(await readUnfinished(host, DIR), noted);
    assert.equal(noted.copied, true);
  }));

Deno.test("who can open backups does not go back with rxdx.yml", () =>
  withFakeHost({}, async (host) => {
    const text = (replicas: number, recipients: string) =>
      `# ours\ndomain: rxdx.example.com\nresources:\n  backend:\n    replicas: ${replicas}\nbackups:\n` +
      `  recipients: [${recipients}]\n`;
    const [leaked, fresh] = [(await newKeyPair()).recipient, (await newKeyPair()).recipient];
    const both = ["rxdx.yml", ".rxdx/rendered/rxdx.yml"];
    const put = (content: string) => {
      for (const path of both) host.files.put(`${DIR}/${path}`, content, { mode: 0o600 });
    };
    put(text(1, leaked));
    await keepVersion(host, DIR, RECORD, ["rxdx.yml"], new Map());
    put(text(1, fresh));
    assert.deepEqual(await differingFiles(host, DIR, "upgrade"), [], "a rotation alone");
    put(text(2, fresh));
    const back = await differingFiles(host, DIR, "upgrade");
    assert.deepEqual(back.map(({ path }) => path).sort(), both.toSorted());
    for (const { path, text: then = "", mode } of back) {
      assert.ok(then.includes("# ours") && then.includes("replicas: 1") && then.includes(fresh));
      assert.ok(!then.includes(leaked));
      host.files.put(`${DIR}/${path}`, then, { mode });
    }
    assert.deepEqual(await differingFiles(host, DIR, "upgrade"), [], "done twice is done once");
  }));

Deno.test("a record that cannot be read is not taken for none, and is told", () =>
  withFakeHost({}, async (host) => {
    const put = (shelf: string, text: string) =>
      host.files.put(`${DIR}/.rxdx/${shelf}/record.json`, text, { mode: 0o600 });
    const unreadable = { code: "upgrade_unreadable", exit: 5 };
    for (const text of ["", "{", "null", JSON.stringify({ ...RECORD, schema: 2 })]) {
      put("upgrade", text);
      await assert.rejects(readUnfinished(host, DIR), unreadable, text);
      await assert.rejects(backupsForTheWayBack(host, DIR), unreadable, text);
      const finding = await upgradeFinding(host, DIR);
      assert.match(finding?.text ?? "", /\/upgrade\/record\.json tells of an upgrade/);
      assert.equal(finding?.fresh, false);
    }
    put("upgrade", JSON.stringify({ ...RECORD, backup: "a.tar.age" }));
    put("previous", "{");
    await assert.rejects(readUpgrade(host, DIR, "previous"), unreadable);
    put("previous", JSON.stringify({ ...RECORD, backup: "b.tar.age", safety: "c.tar.age" }));
    assert.deepEqual([...await backupsForTheWayBack(host, DIR)], [
      "a.tar.age",
      "b.tar.age",
      "c.tar.age",
    ]);
  }));

Deno.test("a version that was is unfinished only while a rollback is under way", () =>
  withFakeHost({}, async (host) => {
    const put = (phase: string) =>
      host.files.put(
        `${DIR}/.rxdx/previous/record.json`,
        JSON.stringify({ ...RECORD, phase }),
        { mode: 0o600 },
      );
    put("committed");
    assert.equal(await readUnfinished(host, DIR), undefined);
    put("rolling-back");
    assert.equal((await readUnfinished(host, DIR))?.phase, "rolling-back");
  }));

Deno.test("counts are kept without what nobody asks for", () =>
  withFakeHost({}, async (host) => {
    const counts = { tables: [{ table: "a", rows: 1, digest: "2" }], graphs: [] };
    await host.files.mkdir(`${DIR}/.rxdx/upgrade`, 0o700);
    await keepCounts(host, DIR, { ...counts, sequences: [] } as never);
    assert.deepEqual(await readCounts(host, DIR, "upgrade"), counts);
    assert.equal(await readCounts(host, DIR, "previous"), undefined);
  }));

Deno.test("killed anywhere while it is forgotten, no file of the install is taken for a new one", () =>
  withFakeHost({}, async (host) => {
    host.files.put(`${DIR}/.env`, ENV, { mode: 0o600 });
    host.files.put(`${DIR}/rxdx.yml`, "as applied\n", { mode: 0o600 });
    const remove = host.files.remove.bind(host.files);
    for (let kept = 0;; kept++) {
      await keepVersion(host, DIR, RECORD, [".env", "rxdx.yml"], new Map());
      await keepCounts(host, DIR, { tables: [], graphs: [] });
      let left = kept;
      host.files.remove = async (path, options) => {
        if (left-- === 0) throw new Error("killed");
        await remove(path, options);
      };
      const whole = await forgetVersion(host, DIR, "upgrade").then(() => true, () => false);
      host.files.remove = remove;
      if (whole) break;
      assert.ok(await readUnfinished(host, DIR) !== undefined, "the next run finds it");
      assert.deepEqual(await differingFiles(host, DIR, "upgrade"), [], `after ${kept} removals`);
      assert.ok(kept < 20);
    }
    assert.equal(await readUnfinished(host, DIR), undefined);
  }));

Deno.test("a kept file that is gone is an error, and no reason to remove the present one", () =>
  withFakeHost({}, async (host) => {
    host.files.put(`${DIR}/.env`, ENV, { mode: 0o600 });
    await keepVersion(host, DIR, RECORD, [".env"], new Map());
    await host.files.remove(`${DIR}/.rxdx/upgrade/files`, { recursive: true });
    await assert.rejects(differingFiles(host, DIR, "upgrade"), { code: "upgrade_files_gone" });
  }));
