/** The key that opens the backups of a server goes with its data only where it opens nothing. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../tests/support/fake_host.ts";
import { samplePlan } from "../../tests/support/samples.ts";
import type { Install } from "./install.ts";
import { serverKeyPath } from "./backup/keys.ts";
import { keyStays } from "./uninstall_key.ts";

const DIR = "/opt/rxdx";

function installWith(backups: Partial<Install["answers"]["backups"]> = {}): Install {
  const { answers } = samplePlan();
  return {
    dir: DIR,
    answers: { ...answers, backups: { ...answers.backups, ...backups } },
  } as Install;
}

Deno.test("it goes where no backup was made, or none is left and none lies elsewhere", () =>
  withFakeHost({}, async (host) => {
    assert.equal(await keyStays(host, installWith()), false, "there is none");
    host.files.put(serverKeyPath(DIR), "AGE-SECRET-KEY-1\n", { mode: 0o600 });
    host.files.putDirectory(`${DIR}/backups`);
    assert.equal(await keyStays(host, installWith()), false);
    host.files.put(`${DIR}/backups/a.tar.age`, "x");
    assert.equal(await keyStays(host, installWith()), true);
  }));

Deno.test("it stays while backups may lie where nobody sees them now", () =>
  withFakeHost({}, async (host) => {
    host.files.put(serverKeyPath(DIR), "AGE-SECRET-KEY-1\n", { mode: 0o600 });
    assert.equal(await keyStays(host, installWith()), true, "no directory");
    assert.equal(await keyStays(host, installWith({ directory: "/mnt/nas" })), true, "not mounted");
    host.files.putDirectory("/mnt/nas");
    assert.equal(await keyStays(host, installWith({ directory: "/mnt/nas" })), true, "perhaps");
    host.files.putDirectory(`${DIR}/backups`);
    assert.equal(await keyStays(host, installWith({ copy_to: "/mnt/copies" })), true, "copies");
    const known = { schema: 1, targets: { "/mnt/copies": { copies: {} } } };
    host.files.put(`${DIR}/.rxdx/copies.json`, JSON.stringify(known));
    assert.equal(await keyStays(host, installWith()), true, "copies that were");
  }));
