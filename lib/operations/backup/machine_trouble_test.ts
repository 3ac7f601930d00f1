/** A proof that fails for the machine's own reasons, and one that fails for those of the backup. */
import assert from "node:assert/strict";
import { type FakeHost, withFakeHost } from "../../../tests/support/fake_host.ts";
import { REST } from "../../../tests/support/fake_host_process.ts";
import { encrypted, type Key, newKeyPair } from "../../backup/age.ts";
import type { Manifest } from "../../backup/manifest.ts";
import { type KnownBackup, parseRecord } from "../../backup/record.ts";
import { TAR_END, tarHeader, tarPadding } from "../../backup/tar.ts";
import type { SetupError } from "../../errors.ts";
import type { ByteProcess } from "../../host/types.ts";
import type { Step } from "../../steps/step.ts";
import { applicationStep } from "./application.ts";
import { proving } from "./outcome.ts";
import type { BackupScene } from "./scene.ts";
import { verifySteps } from "./verify_steps.ts";

const FILE = "rxdx-20260314T020000Z.tar.age";
const RECORD = "/b/rxdx-20260314T020000Z.json";
const DISK = `pg_restore: error: COPY failed for table "evidence": ERROR:  could not extend file
"base/16389/17000": No space left on device\nHINT:  Check free disk space.`;
const GONE =
  "pg_restore: error: could not execute query: server closed the connection unexpectedly";

interface State {
  readonly Running: boolean;
  readonly OOMKilled: boolean;
  readonly ExitCode: number;
}
const WELL: State = { Running: true, OOMKilled: false, ExitCode: 0 };
const NO_MEMORY: State = { Running: false, OOMKilled: true, ExitCode: 137 };
const ended = (ExitCode: number): State => ({ Running: false, OOMKilled: false, ExitCode });

/** Of a container of the proof; `silent` is an engine that does not answer. */
type Look = State | "gone" | "silent";

function sceneOf(host: FakeHost, look: (name: string) => Look): BackupScene {
  const backend = { Image: "sha256:b", Config: {}, State: { Health: { Status: "healthy" } } };
  const service = {
    Labels: { "com.docker.compose.service": "backend" },
    Id: "own",
    State: "running",
  };
  const engine = {
    containers: () => Promise.resolve([service]),
    container: (name: string) => {
      if (name === "own") return Promise.resolve(backend);
      const State = look(name);
      if (State === "silent") return Promise.reject(new Error("ECONNREFUSED"));
      return Promise.resolve(State === "gone" ? undefined : { State });
    },
    exec: () => Promise.resolve({ code: 7, stdout: "", stderr: "" }),
  };
  const answers = {
    name: "rxdx",
    environment: "production",
    database: { user: "rxdx", name: "rxdx" },
    backups: { directory: "/b" },
  };
  const install = { dir: "/opt/rxdx", answers };
  return { host, engine, install, directory: "/b" } as unknown as BackupScene;
}

const report = { detail: () => undefined, services: () => undefined };

async function failureOf(step: Step | undefined): Promise<SetupError> {
  try {
    await step?.run(report, new AbortController().signal);
  } catch (error) {
    return error as SetupError;
  }
  return assert.fail("it did not fail");
}

/** A backup of which nothing but its dump is ever read. */
async function backupOf(host: FakeHost): Promise<{ backup: KnownBackup; key: Key }> {
  const { identity, recipient } = await newKeyPair();
  const dump = new TextEncoder().encode("PGDMP");
  const modified = new Date(0);
  const size = dump.length;
  const tar = async function* () {
    await Promise.resolve();
    yield tarHeader({ path: "database.dump.000000", size, mode: 0o600, modified });
    yield* [dump, tarPadding(size), TAR_END];
  };
  const chunks = await Array.fromAsync(
    await encrypted({ kind: "recipients", recipients: [recipient] }, tar()),
  );
  const bytes = new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
  await host.files.mkdir("/b", 0o700);
  await host.files.writeAtomic(`/b/${FILE}`, bytes, { mode: 0o600 });
  const record = {
    schema: 1,
    file: FILE,
    sha256: "",
    version: "0.1.0",
    recipients: [recipient],
    proof: { at: "2026-03-14T02:01:00.000Z", ok: true, seconds: 5 },
  };
  host.files.put(RECORD, JSON.stringify(record));
  const at = new Date("2026-03-14T02:00:00Z");
  return {
    backup: { file: FILE, stack: "rxdx", at, size: 9, record } as unknown as KnownBackup,
    key: { kind: "identities", identities: [identity] },
  };
}

interface Case {
  readonly code: number;
  readonly said?: string;
  readonly look?: Look;
  /** What a later look finds. */
  readonly later?: Look;
  readonly log?: string;
}

/** How the proof of it ended, and what its record says afterwards of the one before. */
async function restored({ code, said = "", look = WELL, later = look, log = "" }: Case) {
  let found: { error: SetupError; ok: boolean | undefined } | undefined;
  await withFakeHost({}, async (host) => {
    const { backup, key } = await backupOf(host);
    const looks = [look];
    const scene = sceneOf(host, () => looks.shift() ?? later);
    host.process.allow(["docker", "exec", "--interactive", /-scratch-/, "pg_restore", REST], {
      code,
      stderr: said,
    });
    host.process.allow(["docker", "logs", /tail/, /-scratch-/], { stderr: log });
    let error: SetupError | undefined;
    await proving(scene, backup, async () => {
      const step = verifySteps(scene, { backup, key }).find(({ id }) => id === "verify-restore");
      error = await failureOf(step);
      throw error;
    }).catch(() => undefined);
    assert.ok(error);
    found = { error, ok: parseRecord(await host.files.readText(RECORD))?.proof?.ok };
  });
  assert.ok(found);
  return found;
}

Deno.test("what befell the machine while it restored says nothing of the backup, whose proof stays", async () => {
  const dead = "container 1f2e is not running";
  const cases: readonly (readonly [Case, string, RegExp])[] = [
    [{ code: 1, said: DISK }, "disk_full", /no room on Docker's disk:[\s\S]*could not extend file/],
    [
      { code: 126, said: "OCI runtime exec failed: write /run/x: no space left on device" },
      "disk_full",
      /no space left/,
    ],
    [
      { code: 1, said: GONE, log: 'PANIC:  could not write to file "x": No space left on device' },
      "disk_full",
      /PANIC/,
    ],
    [
      { code: 137, look: NO_MEMORY },
      "proof_not_possible",
      /scratch database had too little memory \(its limit is 768m\)/,
    ],
    [{ code: 1, said: GONE, look: { ...WELL, OOMKilled: true } }, "proof_not_possible", /memory/],
    [{ code: 1, said: GONE, later: NO_MEMORY }, "proof_not_possible", /memory/],
    [
      {
        code: 1,
        said: GONE,
        log: "LOG:  server process (PID 77) was terminated by signal 9: Killed",
      },
      "proof_not_possible",
      /too little memory for the scratch database/,
    ],
    [{ code: 1, said: "pg_restore: error: out of memory" }, "proof_not_possible", /memory/],
    [
      {
        code: 1,
        said: 'ERROR:  could not resize shared memory segment "/PostgreSQL.1" to 67145056 bytes: ' +
          "No space left on device",
      },
      "proof_not_possible",
      /memory/,
    ],
    [{ code: 1, said: dead, look: ended(137) }, "proof_not_possible", /ended \(exit code 137\)/],
    [{ code: 255, look: ended(0) }, "proof_not_possible", /ended \(exit code 0\)/],
    [{ code: 137, look: "gone" }, "proof_not_possible", /was removed/],
    [{ code: 1, said: "x", look: "silent" }, "proof_not_possible", /Docker does not answer/],
    [{ code: 137 }, "proof_not_possible", /a program in .* was ended \(exit code 137\)/],
    [{ code: 255 }, "proof_not_possible", /exit code 255/],
    [{ code: 1, said: "unexpected EOF" }, "proof_not_possible", /Docker ended it/],
  ];
  for (const [each, code, says] of cases) {
    const { error, ok } = await restored(each);
    assert.equal(error.code, code, JSON.stringify(each));
    assert.equal(error.exit, 5);
    assert.match(error.message, says);
    assert.equal(ok, true, "an earlier proof stays");
  }
});

Deno.test("what pg_restore says of the archive is the backup's own fault", async () => {
  const row = 'CONTEXT:  COPY evidence, line 1: "No space left on device"';
  for (
    const said of [
      "pg_restore: error: could not read from input file: end of file",
      `pg_restore: error: COPY failed: ERROR:  duplicate key value\n${row}`,
      GONE,
    ]
  ) {
    const { error, ok } = await restored({ code: 1, said, log: `2026-03-14 UTC [1] ${row}` });
    assert.equal(error.code, "backup_not_proven", said);
    assert.match(error.message, /did not restore to what it was taken from:\npg_restore: error/);
    assert.equal(ok, false);
  }
  const crash = await restored({ code: 139 });
  assert.equal(crash.error.code, "backup_not_proven", "a crash may come of what is in it");
  assert.match(crash.error.message, /exit code 139/);
});

/** A psql that answers nothing but that it is done, or one that ends instead. */
function psql(answers: boolean): ByteProcess {
  const text = answers ? "--rxdx-end--\n" : "";
  return {
    write: () => Promise.resolve(),
    end: () => Promise.resolve(),
    output: ReadableStream.from([new TextEncoder().encode(text)]),
    ended: () => Promise.resolve({ code: answers ? 0 : 2, stderr: "" }),
    kill: () => undefined,
  };
}

/** How asking the application ended. */
async function asked(
  look: (name: string) => Look,
  log = "Traceback",
  answers = true,
): Promise<SetupError> {
  let error: SetupError | undefined;
  await withFakeHost({}, async (fake) => {
    const process = { run: fake.process.run, pipe: () => psql(answers) };
    const host = Object.create(fake, { process: { value: process } }) as FakeHost;
    fake.process.allow(["docker", "run", REST]);
    fake.process.allow(["docker", "logs", /tail/, "scratch-backend"], log);
    fake.process.allow(["docker", "logs", /tail/, "scratch"]);
    const manifest = { database: { user: "rxdx", name: "rxdx" } } as Manifest;
    const ready = () => assert.fail("it is not ready");
    error = await failureOf(applicationStep(sceneOf(host, look), "scratch", () => manifest, ready));
  });
  assert.ok(error);
  return error;
}

const application = (state: Look, database: Look = WELL) => (name: string) =>
  name === "scratch" ? database : state;

Deno.test("an application that the machine ended says nothing of the backup", async () => {
  const cases: readonly (readonly [(name: string) => Look, RegExp])[] = [
    [application(NO_MEMORY), /The application of the proof had too little memory .*512m/],
    [application({ ...WELL, OOMKilled: true }), /too little memory/],
    [application("gone"), /was removed/],
    [application(ended(137)), /ended \(exit code 137\)/],
    [application(ended(0)), /ended \(exit code 0\)/],
    [application(WELL, NO_MEMORY), /The scratch database had too little memory/],
    [application(ended(3), ended(137)), /The scratch database was ended/],
    [application("silent"), /Docker does not answer/],
  ];
  for (const [look, says] of cases) {
    const error = await asked(look);
    assert.equal(error.code, "proof_not_possible", String(says));
    assert.match(error.message, says);
  }
  const full = await asked(application(ended(3)), "DiskFullError: No space left on device");
  assert.equal(full.code, "disk_full");
});

Deno.test("one that is not ready in time, or gave up by itself, is the backup's fault", async () => {
  for (const state of [WELL, ended(3)]) {
    const error = await asked(application(state));
    assert.equal(error.code, "backup_not_proven");
    assert.match(error.message, /not ready on the restored database:\nTraceback/);
  }
});

Deno.test("a question that was refused is the machine's where the scratch database is gone", async () => {
  const gone = await asked(application(WELL, ended(137)), "", false);
  assert.equal(gone.code, "proof_not_possible");
  const refused = await asked(application(WELL), "", false);
  assert.equal(refused.code, "database_query_failed");
});
