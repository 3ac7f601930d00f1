/** A new key of this server comes first, and no former one goes: nobody knows what still needs it. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../../tests/support/fake_host.ts";
import { newKeyPair } from "../../backup/age.ts";
import { SetupError } from "../../errors.ts";
import type { Step } from "../../steps/step.ts";
import {
  keysFor,
  recipientStep,
  rotateServerKeyStep,
  serverKey,
  serverKeys,
  serverKeyStep,
} from "./keys.ts";
import { damaged } from "./read.ts";

const DIR = "/opt/rxdx";
const signal = new AbortController().signal;
const run = (step: Step) =>
  step.run({ detail: () => undefined, services: () => undefined }, signal);

Deno.test("every former key stays behind the new one", () =>
  withFakeHost({}, async (host) => {
    await host.files.mkdir(`${DIR}/.rxdx`, 0o700);
    await run(serverKeyStep(host, DIR));
    const first = await serverKey(host, DIR);
    assert.ok(first);
    const [second, third, fourth] = [await newKeyPair(), await newKeyPair(), await newKeyPair()];
    const step = rotateServerKeyStep(host, DIR, second.identity);
    assert.equal(await step.isDone(), false);
    await run(step);
    assert.equal(await step.isDone(), true);
    assert.deepEqual(await serverKeys(host, DIR), [second, first]);
    const key = await keysFor(host, DIR, {});
    assert.deepEqual(key, { kind: "identities", identities: [second.identity, first.identity] });
    // Killed behind the write: the same key is not put in a second time.
    await run(step);
    assert.deepEqual(await serverKeys(host, DIR), [second, first]);
    // Nobody can say that no backup needs one: its disk may not be mounted, its record may be lost.
    await run(rotateServerKeyStep(host, DIR, third.identity));
    assert.deepEqual(await serverKeys(host, DIR), [third, second, first]);
    await run(rotateServerKeyStep(host, DIR, fourth.identity));
    assert.deepEqual(await serverKeys(host, DIR), [fourth, third, second, first]);
    assert.equal((await host.files.stat(`${DIR}/.rxdx/backup.key`))?.mode, 0o600);
  }));

Deno.test("a key that the operator names is tried alone, so that a proof speaks of it", () =>
  withFakeHost({}, async (host) => {
    await host.files.mkdir(`${DIR}/.rxdx`, 0o700);
    await run(serverKeyStep(host, DIR));
    const own = await newKeyPair();
    await host.files.writeAtomic("/opt/rxdx/key.txt", `# mine\n${own.identity}\n`, { mode: 0o600 });
    assert.deepEqual(await keysFor(host, DIR, { identityFile: "/opt/rxdx/key.txt" }), {
      kind: "identities",
      identities: [own.identity],
    });
  }));

Deno.test("what was applied stays applied when a recovery key comes in, and what was not does not", () =>
  withFakeHost({}, async (host) => {
    const kept = `${DIR}/.rxdx/rendered/rxdx.yml`;
    const configuration = "schema: 1\nname: rxdx\n";
    await host.files.mkdir(`${DIR}/.rxdx/rendered`, 0o700);
    for (const path of [`${DIR}/rxdx.yml`, kept]) {
      await host.files.writeAtomic(path, configuration, { mode: 0o600 });
    }
    const pair = await newKeyPair();
    await run(recipientStep(host, DIR, pair));
    const text = await host.files.readText(`${DIR}/rxdx.yml`);
    assert.match(text ?? "", new RegExp(pair.recipient));
    assert.equal(await host.files.readText(kept), text);
    await host.files.writeAtomic(kept, configuration, { mode: 0o600 });
    await run(recipientStep(host, DIR, await newKeyPair()));
    assert.equal(await host.files.readText(kept), configuration);
  }));

Deno.test("a mistyped key is refused, and stands in no message", () =>
  withFakeHost({}, async (host) => {
    await host.files.mkdir(DIR, 0o700);
    const { identity } = await newKeyPair();
    const last = identity.at(-1) === "Q" ? "P" : "Q";
    const mistyped = identity.slice(0, -1) + last;
    await host.files.writeAtomic("/opt/rxdx/key.txt", `${mistyped}\n`, { mode: 0o600 });
    await assert.rejects(keysFor(host, DIR, { identityFile: "/opt/rxdx/key.txt" }), (error) => {
      assert.ok(error instanceof SetupError);
      assert.equal(error.code, "backup_key_unreadable");
      assert.doesNotMatch(
        JSON.stringify([error.message, error.hint, error.cause]),
        /SECRET-KEY-1[A-Z0-9]/,
      );
      return true;
    });
    const told = damaged("a.tar.age", `Invalid checksum in ${mistyped}`);
    assert.equal(told.message, "a.tar.age is damaged: Invalid checksum in ********.");
  }));

Deno.test("a value that is no key is refused as the server's, kept nowhere and shown to nobody", () =>
  withFakeHost({}, async (host) => {
    await host.files.mkdir(`${DIR}/.rxdx`, 0o700);
    await run(serverKeyStep(host, DIR));
    const before = await serverKeys(host, DIR);
    for (const value of ["AGE-SECRET-KEY-1QQQQTYPED7SECRETVALUE", "hunter2-typed7-secret", ""]) {
      await assert.rejects(run(rotateServerKeyStep(host, DIR, value)), (error) => {
        assert.ok(error instanceof SetupError);
        assert.equal(error.code, "backup_key_unreadable");
        assert.match(error.hint ?? "", /secrets rotate BACKUP_KEY/);
        assert.equal(error.cause, undefined);
        assert.doesNotMatch(`${error.message} ${error.hint} ${error.stack}`, /typed7/i);
        return true;
      });
      assert.deepEqual(await serverKeys(host, DIR), before);
    }
  }));
