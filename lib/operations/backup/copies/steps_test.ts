/** Records and retention at a place where the record here, or there, says less than the other. */
import assert from "node:assert/strict";
import { type FakeHost, withFakeHost } from "../../../../tests/support/fake_host.ts";
import type { TargetState } from "../../../backup/copies.ts";
import { recordFile } from "../../../backup/names.ts";
import type { BackupRecord } from "../../../backup/record.ts";
import type { SetupError } from "../../../errors.ts";
import type { Step } from "../../../steps/step.ts";
import type { BackupScene } from "../scene.ts";
import { backupAt } from "./fetch.ts";
import type { Place } from "./place.ts";
import { outdated, planCopies } from "./plan.ts";
import { readCopies } from "./state.ts";
import { copySteps } from "./steps.ts";

const DIR = "/opt/rxdx";
const NAS = "sftp://nas/rxdx";
/** SHA-256 of `x`, which is what every backup here holds. */
const SUM = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
const PROOF = { at: "2026-03-21T00:00:00Z", ok: true, seconds: 1 };
/** As a proof writes it where the record was lost. */
const REBUILT = { version: "", recipients: [] };

const fileOf = (time: string) => `rxdx-${time}Z.tar.age`;

function recordOf(file: string, more: Partial<BackupRecord> = {}): BackupRecord {
  const about = { file, stack: "rxdx", version: "1.0.0", sha256: SUM, recipients: ["age1x"] };
  return { schema: 1, ...about, proof: PROOF, ...more } as BackupRecord;
}

/** A place in memory, with what lies there by its name. */
function placeOf(there: Map<string, string>): Place {
  return {
    target: { kind: "sftp", text: NAS },
    list: () => Promise.resolve([...there].map(([name, { length: size }]) => ({ name, size }))),
    free: () => Promise.resolve(undefined),
    readText: (name: string) => Promise.resolve(there.get(name)),
    putText: (text: string, name: string) => Promise.resolve(void there.set(name, text)),
    sum: () => Promise.resolve(SUM),
    remove: (name: string) => Promise.resolve(void there.delete(name)),
  } as unknown as Place;
}

function sceneOf(host: FakeHost): BackupScene {
  const keep = { daily: 7, weekly: 4, monthly: 12 };
  const answers = { name: "rxdx", backups: { directory: "./backups", keep } };
  host.files.putDirectory(`${DIR}/.rxdx`, 0o700);
  const install = { dir: DIR, answers };
  return { host, install, directory: `${DIR}/./backups` } as unknown as BackupScene;
}

function putHere(host: FakeHost, file: string, record?: BackupRecord) {
  host.files.put(`${DIR}/./backups/${file}`, "x", { mode: 0o600 });
  if (record === undefined) return;
  const path = `${DIR}/./backups/${recordFile(file)}`;
  host.files.put(path, JSON.stringify(record), { mode: 0o600 });
}

function remember(host: FakeHost, copies: TargetState["copies"]) {
  const text = JSON.stringify({ schema: 1, targets: { [NAS]: { copies } } });
  host.files.put(`${DIR}/.rxdx/copies.json`, text, { mode: 0o600 });
}

async function run(steps: readonly Step[], ...ids: readonly string[]) {
  const signal = new AbortController().signal;
  const report = { detail: () => undefined, services: () => undefined };
  for (const step of steps.filter(({ id }) => ids.some((each) => id.startsWith(each)))) {
    if (!await step.isDone()) await step.run(report, signal);
  }
}

Deno.test("the record at the copy is told of a proof, and keeps what a lost one here no longer knows", () =>
  withFakeHost({}, async (host) => {
    const scene = sceneOf(host);
    const file = fileOf("20260320T020000");
    for (const sha256 of ["", SUM]) {
      const there = new Map([[file, "x"], [
        recordFile(file),
        JSON.stringify(recordOf(file, { proof: { ...PROOF, at: "2026-03-20T03:00:00Z" } })),
      ]]);
      const known = { at: PROOF.at, bytes: 1, sha256: SUM, proof_at: "2026-03-20T03:00:00Z" };
      remember(host, { [file]: known });
      putHere(host, file, recordOf(file, { ...REBUILT, sha256 }));
      const place = placeOf(there);
      const steps = copySteps({ scene, place }, await planCopies(scene, place), false);
      await run(steps, "copy-records");
      assert.deepEqual(JSON.parse(there.get(recordFile(file)) ?? ""), recordOf(file));
      // It is told once.
      assert.deepEqual((await planCopies(scene, place)).stale, []);
    }
  }));

Deno.test("a copy that nobody remembers keeps its record where the one here was lost", () =>
  withFakeHost({}, async (host) => {
    const scene = sceneOf(host);
    const file = fileOf("20260320T020000");
    const there = new Map([[file, "x"], [recordFile(file), JSON.stringify(recordOf(file))]]);
    putHere(host, file, recordOf(file, REBUILT));
    const place = placeOf(there);
    const steps = copySteps({ scene, place }, await planCopies(scene, place), false);
    await run(steps, "copy-send", "copy-compare");
    assert.deepEqual(JSON.parse(there.get(recordFile(file)) ?? "").recipients, ["age1x"]);
    assert.equal((await readCopies(host, DIR)).targets[NAS]?.copies[file]?.sha256, SUM);
  }));

Deno.test("without a sum here, another file there stays: nobody can tell which is whole", () =>
  withFakeHost({}, async (host) => {
    const scene = sceneOf(host);
    const file = fileOf("20260320T020000");
    const there = new Map([[file, "y"]]);
    putHere(host, file, recordOf(file, { ...REBUILT, sha256: "" }));
    const place = { ...placeOf(there), sum: () => Promise.resolve("another") };
    const steps = copySteps({ scene, place }, await planCopies(scene, place), false);
    await assert.rejects(run(steps, "copy-send", "copy-compare"), /Both stay/);
    assert.equal(there.get(file), "y");
  }));

Deno.test("what a restore has replaced stands for no day at the copy either", () =>
  withFakeHost({}, async (host) => {
    const scene = sceneOf(host);
    const [newest, before, good] = [
      fileOf("20260329T020000"),
      fileOf("20260314T135900"),
      fileOf("20260314T020000"),
    ] as const;
    const there = new Map<string, string>();
    const restored = { before_restore: true as const };
    const put = (file: string, more: Partial<BackupRecord> = {}) => {
      there.set(file, "x").set(recordFile(file), JSON.stringify(recordOf(file, more)));
    };
    put(newest);
    put(before, restored);
    put(good);
    const place = placeOf(there);
    assert.deepEqual(await outdated(scene, place), [before], "by the record there");
    // Known from a version that did not write it down.
    const known = { at: PROOF.at, bytes: 1, sha256: SUM, proof_at: PROOF.at, proven: true };
    remember(host, { [newest]: known, [before]: known, [good]: known });
    assert.deepEqual(await outdated(scene, place), [before], "remembered without it");
    remember(host, {
      [newest]: { ...known, before_restore: false },
      [before]: { ...known, before_restore: true },
      [good]: { ...known, before_restore: false },
    });
    const silent = { ...place, readText: () => Promise.reject(new Error("not asked")) };
    assert.deepEqual(await outdated(scene, silent), [before], "remembered");
    putHere(host, before, recordOf(before, restored));
    remember(host, {});
    assert.deepEqual(await outdated(scene, place), [before], "by the record here");
  }));

Deno.test("a copy that was compared remembers what a restore has replaced", () =>
  withFakeHost({}, async (host) => {
    const scene = sceneOf(host);
    const [plain, before] = [fileOf("20260320T020000"), fileOf("20260320T120000")];
    putHere(host, plain, recordOf(plain));
    putHere(host, before, recordOf(before, { before_restore: true }));
    const place = placeOf(new Map([[plain, "x"], [before, "x"]]));
    await run(copySteps({ scene, place }, await planCopies(scene, place), false), "copy-");
    const copies = (await readCopies(host, DIR)).targets[NAS]?.copies;
    assert.equal(copies?.[plain]?.before_restore, false);
    assert.equal(copies?.[before]?.before_restore, true);
  }));

Deno.test("the newest at a place is never the state that a restore has replaced, unless it is named", async () => {
  const [old, newest] = [fileOf("20260314T020000"), fileOf("20260320T020000")];
  const record = JSON.stringify(recordOf(newest, { before_restore: true }));
  const there = new Map([[old, "x"], [newest, "x"], [recordFile(newest), record]]);
  const place = placeOf(there);
  assert.equal((await backupAt(place, undefined)).name, old);
  assert.equal((await backupAt(place, newest)).name, newest);
  there.delete(old);
  await assert.rejects(
    backupAt(place, undefined),
    (error: SetupError) => error.code === "no_backup" && error.hint?.includes(newest) === true,
  );
});
