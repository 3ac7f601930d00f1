/** Commands about secrets through the program's door, on a fake machine whose stack is stopped. */
import assert from "node:assert/strict";
import type { FakeHost } from "../../tests/support/fake_host.ts";
import { machineOf } from "../../tests/support/fake_host_machine.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import { SERVICES } from "../engine/compose.ts";
import { EXIT } from "../errors.ts";
import { readEnv } from "../render/env_codec.ts";
import { run } from "./app.ts";
import { namedSecrets } from "./secret_values.ts";

const DIR = "/opt/rxdx";

async function rxdx(host: FakeHost, ...argv: readonly string[]) {
  host.terminal.stdout = "";
  host.terminal.stderr = "";
  const code = await run(argv, host);
  host.verify();
  const { stdout, stderr } = host.terminal;
  return { code, stdout, stderr };
}

async function installed(): Promise<FakeHost> {
  const { host } = machineOf();
  const hashes = SERVICES.map((service) => `${service} hash-${service}\n`).join("");
  host.process.allow(["docker", "compose", REST], hashes);
  const { code, stderr } = await rxdx(host, "init", "--demo", "--no-start", "--yes");
  assert.equal(code, EXIT.ok, stderr);
  return host;
}

const envOf = async (host: FakeHost) => readEnv(await host.files.readText(`${DIR}/.env`) ?? "");

Deno.test("names: every wrong one at once, the near ones named, the order that of the list", () => {
  assert.deepEqual(namedSecrets(["smtp", "POSTGRES_PASSWORD", "smtp_password"]), [
    "POSTGRES_PASSWORD",
    "SMTP_PASSWORD",
  ]);
  assert.throws(
    () => namedSecrets(["SECRET_KEYS", "DATABASE_URL"]),
    /SECRET_KEYS.*did you mean SECRET_KEY\?\n"DATABASE_URL" is no secret/,
  );
});

Deno.test("secrets list has everything but values", async () => {
  const host = await installed();
  const { code, stdout } = await rxdx(host, "secrets", "list", "--json");
  assert.equal(code, EXIT.ok);
  const { secrets, unfinished } = JSON.parse(stdout) as {
    unfinished: string[];
    secrets: { name: string; set: boolean; strength: string | null; since_from: string | null }[];
  };
  assert.deepEqual(unfinished, []);
  const key = secrets.find((each) => each.name === "SECRET_KEY");
  assert.deepEqual([key?.set, key?.strength, key?.since_from], [true, "strong", "install"]);
  assert.equal(secrets.find((each) => each.name === "SMTP_PASSWORD")?.set, false);
  const text = (await rxdx(host, "secrets", "list")).stdout;
  for (const value of (await envOf(host)).values()) {
    if (value.length > 20) assert.ok(!`${stdout}${text}`.includes(value));
  }
  assert.ok(text.split("\n").every((line) => line.length <= 80), text);
});

Deno.test("a stopped stack gets new values in .env alone; the database's needs it running", async () => {
  const host = await installed();
  const before = await envOf(host);
  const { code, stdout, stderr } = await rxdx(host, "secrets", "rotate", "SECRET_KEY", "--yes");
  assert.equal(code, EXIT.ok, stderr);
  assert.match(stdout, /Rotated SECRET_KEY\..*\n.*hold from the next start/);
  assert.match(stderr, /ends every session/);
  const after = await envOf(host);
  assert.match(after.get("SECRET_KEY") ?? "", /^[0-9a-f]{64}$/);
  assert.notEqual(after.get("SECRET_KEY"), before.get("SECRET_KEY"));
  assert.equal(after.get("POSTGRES_PASSWORD"), before.get("POSTGRES_PASSWORD"));
  assert.equal(await host.files.stat(`${DIR}/.rxdx/rotation.json`), undefined);
  const record = await host.files.readText(`${DIR}/.rxdx/audit.jsonl`) ?? "";
  assert.match(record, /"secrets":"SECRET_KEY"/);
  const list = await rxdx(host, "secrets", "list", "--json");
  assert.match(list.stdout, /"name":\s*"SECRET_KEY"[^}]*"since_from":\s*"rotation"/);
  const again = await rxdx(host, "secrets", "rotate", "SECRET_KEY", "--yes", "--json");
  const { rotated, started, downtime_seconds } = JSON.parse(again.stdout) as {
    rotated: string[];
    started: boolean;
    downtime_seconds: number | null;
  };
  assert.deepEqual([rotated, started, downtime_seconds], [["SECRET_KEY"], false, null]);
  const refused = await rxdx(host, "secrets", "rotate", "POSTGRES_PASSWORD", "--yes");
  assert.equal(refused.code, EXIT.unhealthy);
  assert.match(refused.stderr, /postgres must run/);
});

Deno.test("killed at each step: nothing else may be done, and the next run ends it", async () => {
  for (const point of ["after:rotation-pending", "before:write-files", "after:write-files"]) {
    const host = await installed();
    const before = await envOf(host);
    host.failAtPoint(point, "kill");
    await rxdx(host, "secrets", "rotate", "SECRET_KEY", "--yes").catch(() => undefined);
    host.revive();
    const pending = JSON.parse(await host.files.readText(`${DIR}/.rxdx/rotation.json`) ?? "") as {
      values: { SECRET_KEY: string };
      former: { SECRET_KEY: string };
    };
    assert.equal(pending.former.SECRET_KEY, before.get("SECRET_KEY"));
    const other = await rxdx(host, "apply", "--yes");
    assert.equal(other.code, EXIT.apply, other.stderr);
    assert.match(other.stderr, /rotation of SECRET_KEY.*did not come to its end/);
    const uninstall = await rxdx(host, "uninstall", "--yes");
    assert.match(uninstall.stderr, /did not come to its end/);
    const another = await rxdx(host, "secrets", "rotate", "SMTP_PASSWORD", "--yes");
    assert.equal(another.code, EXIT.apply);
    const again = await rxdx(host, "secrets", "rotate", "--yes");
    assert.equal(again.code, EXIT.ok, again.stderr);
    assert.equal((await envOf(host)).get("SECRET_KEY"), pending.values.SECRET_KEY, point);
    assert.equal(await host.files.stat(`${DIR}/.rxdx/rotation.json`), undefined);
  }
});

/** Every document of an output, in their order. */
const documents = (stdout: string) =>
  stdout.split(/(?<=^\}\n)/m).map((each) =>
    JSON.parse(each) as { rotated: string[]; recovery?: { recipient: string } }
  );

Deno.test("a recovery key is shown first, and is rotated when the last document says so", async () => {
  const host = await installed();
  host.failAtPoint("before:write-files", "throw");
  const failed = await rxdx(host, "secrets", "rotate", "BACKUP_RECIPIENT", "--yes", "--json");
  assert.notEqual(failed.code, EXIT.ok);
  assert.deepEqual(documents(failed.stdout).map((each) => each.rotated), [[]], failed.stdout);
  host.revive();
  const { code, stdout } = await rxdx(
    host,
    "secrets",
    "rotate",
    "BACKUP_RECIPIENT",
    "--yes",
    "--json",
  );
  assert.equal(code, EXIT.ok);
  const [first, last, ...more] = documents(stdout);
  assert.deepEqual([first?.rotated, last?.rotated, more], [[], ["BACKUP_RECIPIENT"], []]);
  assert.equal(last?.recovery, undefined);
  const configuration = await host.files.readText(`${DIR}/rxdx.yml`) ?? "";
  assert.ok(configuration.includes(first?.recovery?.recipient ?? "none"));
});

Deno.test("what cannot be had without a terminal names the ways", async () => {
  const host = await installed();
  for (
    const [argv, code, says] of [
      [["rotate"], EXIT.usage, /Say which secrets/],
      [["rotate", "SMTP_PASSWORD"], EXIT.usage, /no terminal/],
      [["rotate", "SECRET_KEY"], EXIT.usage, /give --yes/],
      [["rotate", "SECRET_KEY", "--adopt"], EXIT.usage, /takes no names/],
      [["rotate", "SECRET_KEY", "--secrets-file", "/nowhere"], EXIT.answers, /no such file/],
      [["rotate", "SECRET_KEY", "SMTP_PASSWORD", "--stdin"], EXIT.usage, /exactly one/],
      [["rotate", "SECRET_KEY", "BACKUP_RECIPIENT", "--yes"], EXIT.usage, /by itself/],
    ] as const
  ) {
    const said = await rxdx(host, "secrets", ...argv);
    assert.equal(said.code, code, `${argv.join(" ")}: ${said.stderr}`);
    assert.match(said.stderr, says, argv.join(" "));
  }
  assert.equal(await host.files.stat(`${DIR}/.rxdx/rotation.json`), undefined);
});

Deno.test("an edited .env that stays has the new value, or the rotation takes everything back", async () => {
  for (const spelled of ["export SECRET_KEY=", "SECRET_KEY =", " SECRET_KEY=", undefined]) {
    const host = await installed();
    const text = await host.files.readText(`${DIR}/.env`) ?? "";
    const edited = spelled === undefined
      ? text.replace(/^SECRET_KEY=.*\n/m, "")
      : text.replace(/^SECRET_KEY=/m, spelled);
    await host.files.writeAtomic(`${DIR}/.env`, edited, { mode: 0o600 });
    const before = readEnv(edited).get("SECRET_KEY");
    const argv = ["secrets", "rotate", "SECRET_KEY", "--yes", "--hand-edits", "keep"];
    const { code, stderr } = await rxdx(host, ...argv);
    const after = (await envOf(host)).get("SECRET_KEY");
    if (spelled !== undefined) {
      assert.equal(code, EXIT.ok, stderr);
      assert.ok(after !== undefined && after !== before, spelled);
      continue;
    }
    assert.equal(code, EXIT.apply, stderr);
    assert.match(stderr, /no line for SECRET_KEY/);
    assert.equal(await host.files.readText(`${DIR}/.env`), edited);
    assert.equal(await host.files.stat(`${DIR}/.rxdx/rotation.json`), undefined);
  }
});

Deno.test("keys of backups are made here: one that is given is refused, and stands nowhere", async () => {
  const host = await installed();
  host.terminal.input = () => Promise.resolve("AGE-SECRET-KEY-1QQQQTYPED7SECRETVALUE\n");
  for (const name of ["BACKUP_KEY", "BACKUP_RECIPIENT"]) {
    const said = await rxdx(host, "secrets", "rotate", name, "--stdin", "--yes");
    assert.equal(said.code, EXIT.usage, said.stderr);
    assert.match(said.stderr, new RegExp(`${name} is made here`));
    const audit = await host.files.readText(`${DIR}/.rxdx/audit.jsonl`) ?? "";
    assert.ok(!`${said.stdout}${said.stderr}${audit}`.includes("TYPED7"));
  }
});

Deno.test("--adopt gives up no password of the administrator that stands in no .env", async () => {
  const host = await installed();
  const pending = { schema: 1, at: "2026-03-14T10:15:00.000Z", values: { ADMIN_PASSWORD: "new" } };
  const path = `${DIR}/.rxdx/rotation.json`;
  const text = JSON.stringify({ ...pending, former: { ADMIN_PASSWORD: "" } });
  await host.files.writeAtomic(path, text, { mode: 0o600 });
  const { code, stderr } = await rxdx(host, "secrets", "rotate", "--adopt", "--yes");
  assert.equal(code, EXIT.apply, stderr);
  assert.match(stderr, /rotation of ADMIN_PASSWORD.*did not come to its end/);
  assert.equal(await host.files.readText(path), text);
});
