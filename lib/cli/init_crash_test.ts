/**
 * `init` and a bad day: the power goes, or the disk fills up, at every single change it makes. Each
 * file is whole, no secret that was on disk is ever lost, and running it again comes to its end.
 */
import assert from "node:assert/strict";
import { type Machine, machineOf } from "../../tests/support/fake_host_machine.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import { EXIT } from "../errors.ts";
import { readEnv } from "../render/env_codec.ts";
import { SECRET_NAMES } from "../secrets/secrets.ts";
import { readCertificate } from "../tls/certificate.ts";
import { run } from "./app.ts";

const DIR = "/opt/rxdx";
const ARGV = [
  "init",
  "--no-start",
  "--yes",
  "--set",
  "domain=rxdx.example.com",
  "--set",
  "images.source=registry",
  "--set",
  "images.registry=r.example.com/rxdx",
  "--set",
  "images.tag=1.2.0",
];

function machine(seed: number): Machine {
  const made = machineOf({}, { seed });
  made.host.process.allow(["docker", "compose", REST], "nginx hash\n");
  return made;
}

const secretsOf = (tree: Readonly<Record<string, string>>) => {
  const values = readEnv(tree[`${DIR}/.env`] ?? "");
  return SECRET_NAMES.map((name) => values.get(name) ?? "");
};

/** What an undisturbed run leaves behind, and how many changes it makes. */
async function undisturbed(): Promise<{ paths: string[]; changes: number }> {
  const { host } = machine(1);
  assert.equal(await run(ARGV, host), EXIT.ok, host.terminal.stderr);
  return { paths: stable(host.files.tree(DIR)), changes: host.files.mutations.length };
}

/** Paths without the journals and what a killed process could not clear away. */
function stable(tree: Readonly<Record<string, string>>): string[] {
  return Object.keys(tree).filter((path) => !/\/journal\/|\.tmp-|\/replaced\//.test(path))
    // A pair is named after its certificate, which is another one each time.
    .map((path) => path.replace(/\/pairs\/[0-9a-f]{16}\//, "/pairs/ID/"));
}

const GOOD = await undisturbed();

Deno.test(`killed at each of its ${GOOD.changes} changes, init converges and loses no secret`, async () => {
  assert.ok(GOOD.changes > 30);
  for (let number = 1; number <= GOOD.changes; number++) {
    const { host } = machine(number);
    host.files.failAt(number, "kill");
    // The fake cannot end this process: the error arrives at the door as a bug, which is not judged.
    await run(ARGV, host);
    host.revive();
    const atDeath = host.files.tree(DIR);
    host.clock.advance(60_000);
    host.terminal.stderr = "";
    assert.equal(await run(ARGV, host), EXIT.ok, `after ${number}: ${host.terminal.stderr}`);
    const after = host.files.tree(DIR);
    assert.deepEqual(stable(after), GOOD.paths, `after ${number}`);
    if (`${DIR}/.env` in atDeath) {
      assert.deepEqual(secretsOf(after), secretsOf(atDeath), `secrets after ${number}`);
    }
    for (const secret of secretsOf(after).slice(0, 3)) assert.ok(secret.length >= 43);
    assert.ok(
      readCertificate(await host.files.readText(`${DIR}/nginx/ssl/cert.pem`) ?? "") !== undefined,
    );
    host.verify();
  }
});

for (const failure of ["ENOSPC", "EIO", "EACCES"] as const) {
  Deno.test(`${failure} at each of its changes: exit 5 with the reason, no trace, and a re-run ends well`, async () => {
    for (let number = 1; number <= GOOD.changes; number++) {
      const { host } = machine(number);
      // It stays so for good: nothing else can be written either.
      host.files.failAt(number, failure, 10_000);
      const code = await run(ARGV, host);
      const { stderr, stdout } = host.terminal;
      assert.doesNotMatch(stderr, /This is a bug|\n\s+at /, `at ${number}: ${stderr}`);
      if (code !== EXIT.ok) {
        assert.equal(code, EXIT.apply, `at ${number}: ${stderr}`);
        assert.match(stderr, /✗ Cannot \w+ \S+: /, `at ${number}`);
        assert.doesNotMatch(stdout, /The files are written/);
      }
      for (const [path, text] of Object.entries(host.files.tree(DIR))) {
        if (path.endsWith(".jsonl")) continue;
        assert.ok(text === "" || text.endsWith("\n"), `${path} is whole (${number})`);
      }
      const before = host.files.tree(DIR);
      host.revive();
      host.clock.advance(60_000);
      assert.equal(await run(ARGV, host), EXIT.ok, host.terminal.stderr);
      assert.deepEqual(stable(host.files.tree(DIR)), GOOD.paths, `after ${number}`);
      if (`${DIR}/.env` in before) {
        assert.deepEqual(secretsOf(host.files.tree(DIR)), secretsOf(before));
      }
      host.verify();
    }
  });
}
