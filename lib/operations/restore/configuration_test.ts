/** The configuration of a backup, seen as if it lay in the directory, and written there. */
import assert from "node:assert/strict";
import { FakeHost } from "../../../tests/support/fake_host.ts";
import { SetupError } from "../../errors.ts";
import { sha256 } from "../../steps/receipt.ts";
import { checkEmpty, filesFor, placeStep, readFresh, withFiles } from "./configuration.ts";
import type { KeptFile } from "./open.ts";

const DIR = "/srv/rxdx";

function kept(text: string, link?: string): KeptFile {
  const file = { mode: 0o600, uid: 101, gid: 101, bytes: new TextEncoder().encode(text) };
  return link === undefined ? file : { ...file, link };
}

const ENV = "COMPOSE_PROJECT_NAME=rxdx\nSECRET_KEY=abc\n";

function backup(): Map<string, KeptFile> {
  return new Map([
    ["rxdx.yml", kept("schema: 1\n")],
    [".env", kept(ENV)],
    [".rxdx/alerts.json", kept("{}")],
    [
      ".rxdx/receipt.json",
      kept(JSON.stringify({ files: [{ path: ".env", sha256: sha256(ENV) }] })),
    ],
    ["nginx/ssl/cert.pem", kept("", "live/cert.pem")],
    ["nginx/ssl/live", kept("", "pairs/0a")],
    ["nginx/ssl/pairs/0a/cert.pem", kept("certificate")],
    ["nginx/ssl/out", kept("", "../../../../etc/passwd")],
    ["nginx/ssl/absolute", kept("", "/etc/passwd")],
    ["loop", kept("", "loop")],
  ]);
}

const textOf = (file: KeptFile | undefined) => new TextDecoder().decode(file?.bytes);

Deno.test("the project's name is free again, and its line no edit by hand", () => {
  const files = filesFor(backup());
  const env = textOf(files.get(".env"));
  assert.equal(env, "SECRET_KEY=abc\n");
  assert.ok(textOf(files.get(".rxdx/receipt.json")).includes(sha256(env)));
  assert.ok(!files.has(".rxdx/alerts.json"), "what was told of the old machine stays there");
});

Deno.test("the record of the server before is kept beside the new one, and sealed by it", () => {
  const text = '{"entry":1}\n{"entry":2}\n';
  const files = filesFor(
    new Map([
      ...backup(),
      [".rxdx/audit.jsonl", kept(text)],
      [".rxdx/audit.head", kept("2:ab\n")],
      [".rxdx/before/audit-0123456789ab.jsonl", kept("older\n")],
    ]),
  );
  const name = `.rxdx/before/audit-${sha256(text).slice(0, 12)}`;
  assert.equal(textOf(files.get(`${name}.jsonl`)), text);
  assert.equal(textOf(files.get(`${name}.head`)), "2:ab\n");
  assert.equal(textOf(files.get(".rxdx/before/audit-0123456789ab.jsonl")), "older\n");
  assert.ok(!files.has(".rxdx/audit.jsonl") && !files.has(".rxdx/audit.head"));
  const host = new FakeHost();
  const told = placeStep(host, DIR, "a1".repeat(32), files).facts?.()["record_before"] ?? "";
  assert.ok(told.includes(`${name}.jsonl ${sha256(text)}`), told);
  assert.ok(told.includes(`audit-0123456789ab.jsonl ${sha256("older\n")}`), told);
});

Deno.test("volumes that were taken over stay on the old server, unless only they are left", () => {
  const env =
    "POSTGRES_VOLUME=plant_pgdata\nPOSTGRES_VOLUME_EXTERNAL=true\nUPLOADS_VOLUME=x\nA=1\n";
  const yml = "volumes:\n  database: plant_pgdata # as it was\ndomain: rxdx.example.com\n";
  const files = new Map([["rxdx.yml", kept(yml)], [".env", kept(env)]]);
  const fresh = filesFor(files);
  assert.equal(textOf(fresh.get(".env")), "A=1\n");
  assert.match(textOf(fresh.get("rxdx.yml")), /database: "" # as it was\ndomain: rxdx/);
  const same = filesFor(files, false);
  assert.equal(textOf(same.get(".env")), env);
  assert.equal(textOf(same.get("rxdx.yml")), yml);
});

Deno.test("files, links and directories are seen before they are there", async () => {
  const host = new FakeHost();
  host.files.put(`${DIR}/own.txt`, "mine");
  host.files.put("/etc/passwd", "root");
  const { files } = withFiles(host, DIR, backup());
  assert.equal(await files.readText(`${DIR}/rxdx.yml`), "schema: 1\n");
  assert.equal(await files.readText(`${DIR}/nginx/ssl/cert.pem`), "certificate");
  assert.equal(await files.readText(`${DIR}/nginx/ssl/live/cert.pem`), "certificate");
  assert.equal(await files.readLink(`${DIR}/nginx/ssl/cert.pem`), "live/cert.pem");
  assert.equal((await files.stat(`${DIR}/nginx/ssl/live`))?.kind, "symlink");
  assert.equal((await files.stat(`${DIR}/nginx/ssl`))?.kind, "directory");
  assert.equal((await files.stat(`${DIR}/.env`))?.uid, 101);
  assert.ok((await files.list(DIR)).includes("own.txt"));
  assert.deepEqual(await files.list(`${DIR}/nginx/ssl/pairs`), ["0a"]);
  assert.equal(await files.readText(`${DIR}/own.txt`), "mine");
  for (const path of ["nginx/ssl/absolute", "loop", "nginx/ssl/out", "none"]) {
    assert.notEqual(await files.readText(`${DIR}/${path}`), "root", path);
  }
});

Deno.test("written once, over nothing; a kill in between begins anew", async () => {
  const host = new FakeHost();
  const files = filesFor(backup());
  await checkEmpty(host, DIR, files);
  const step = placeStep(host, DIR, "ab", files);
  assert.equal(await step.isDone(), false);
  const report = { detail: () => undefined, services: () => undefined };
  await step.run(report, new AbortController().signal);
  assert.equal(await step.isDone(), true);
  assert.deepEqual(await readFresh(host, DIR), { schema: 1, sha256: "ab", placed: true });
  assert.equal((await host.files.stat(`${DIR}/.env`))?.mode, 0o600);
  assert.equal(await host.files.readLink(`${DIR}/nginx/ssl/live`), "pairs/0a");
  await assert.rejects(
    checkEmpty(host, DIR, files),
    (error) => error instanceof SetupError && /rxdx\.yml, \.env/.test(error.message),
  );
});
