/** The certificate that apply sees to, as a step on a machine that fails wherever it can. */
import assert from "node:assert/strict";
import { type FakeHost, withFakeHost } from "../../../tests/support/fake_host.ts";
import { samplePlan } from "../../../tests/support/samples.ts";
import { keyMatches } from "../../tls/certificate.ts";
import { selfSigned } from "../../tls/self_signed.ts";
import { certificatePath, keyPath, readLive, sslPath } from "../../tls/store.ts";
import { certificateNeed, certificateStep } from "./wanted.ts";

const report = { detail: () => undefined, services: () => undefined };
const signal = new AbortController().signal;
const PLAN = samplePlan();
const WIDER = samplePlan({ answers: { aliases: ["new.example.com"] } });

async function run(host: FakeHost, plan = PLAN) {
  host.files.putDirectory(`${plan.dir}/nginx`);
  await certificateStep(host, plan).run(report, signal);
}

/** Where the key itself lies, behind the links. */
async function realKey(host: FakeHost): Promise<string> {
  const live = await host.files.readLink(`${sslPath(PLAN.dir)}/live`);
  return `${sslPath(PLAN.dir)}/${live}/key.pem`;
}

/** No pair at all, or one that fits, by the names that nginx reads. */
async function assertWhole(host: FakeHost) {
  const [certificate, key] = await Promise.all(
    [certificatePath(PLAN.dir), keyPath(PLAN.dir)].map((path) => host.files.readText(path)),
  );
  if (certificate === undefined || key === undefined) return;
  assert.ok(keyMatches(certificate, key), "the key is the certificate's");
}

Deno.test("the step makes a pair that serves the plan's names, the key for nginx alone", () =>
  withFakeHost({}, async (host) => {
    assert.equal(await certificateStep(host, PLAN).isDone(), false);
    await run(host);
    assert.equal(await certificateStep(host, PLAN).isDone(), true);
    const key = await host.files.stat(await realKey(host));
    assert.deepEqual([key?.mode, key?.uid, key?.gid], [0o600, 101, 101]);
    assert.equal(await host.files.readLink(keyPath(PLAN.dir)), "live/key.pem");
    const live = await readLive(host, PLAN.dir);
    assert.deepEqual([live?.hsts, live?.meta?.source], ["", "self-signed"]);
    const written = host.files.mutations.length;
    assert.equal(await certificateStep(host, PLAN).isDone(), true);
    assert.equal(host.files.mutations.length, written);
  }));

Deno.test("a key that nginx cannot read is laid down again; a name that came in is a new pair", () =>
  withFakeHost({}, async (host) => {
    await run(host);
    const path = await realKey(host);
    const key = await host.files.readText(path) ?? "";
    const certificate = await host.files.readText(certificatePath(PLAN.dir));
    host.files.put(path, key, { mode: 0o600, uid: 0, gid: 0 });
    assert.equal(await certificateNeed(host, PLAN), "nginx could not read its key");
    host.files.put(path, key, { mode: 0o644, uid: 101, gid: 101 });
    assert.equal(await certificateNeed(host, PLAN), "nginx could not read its key");
    await run(host);
    assert.equal(await certificateNeed(host, PLAN), undefined);
    assert.equal(await host.files.readText(certificatePath(PLAN.dir)), certificate, "the same one");
    assert.match(await certificateNeed(host, WIDER) ?? "", /does not name new\.example\.com/);
  }));

Deno.test("a certificate that warns of its end is made anew by apply, as the warning says", () =>
  withFakeHost({}, async (host) => {
    for (const [alerts, days] of [[{}, 30], [{ certificate_days: 60 }, 60]] as const) {
      const plan = samplePlan({ answers: { alerts } });
      await run(host, plan);
      const step = certificateStep(host, plan);
      // An hour of the 397 days lies before the moment it was made.
      host.clock.advance((397 - days - 1) * 86_400_000);
      assert.equal(await step.isDone(), true, `${days + 1} days left`);
      host.clock.advance(86_400_000);
      assert.equal(await step.isDone(), false, `${days} days left`);
    }
  }));

Deno.test("undo brings the former pair back, also two plain files as they were before", async () => {
  for (const plain of [false, true]) {
    await withFakeHost({}, async (host) => {
      if (plain) {
        const pair = await selfSigned({
          names: ["old.example.com"],
          now: host.clock.now(),
          serial: new Uint8Array(16),
        });
        host.files.put(certificatePath(PLAN.dir), pair.certificate);
        host.files.put(keyPath(PLAN.dir), pair.key, { mode: 0o600, uid: 101, gid: 101 });
      } else await run(host);
      const before = await readLive(host, PLAN.dir);
      const step = certificateStep(host, WIDER);
      await step.run(report, signal);
      assert.notEqual((await readLive(host, PLAN.dir))?.certificate, before?.certificate);
      await step.undo?.();
      const after = await readLive(host, PLAN.dir);
      assert.deepEqual([after?.certificate, after?.key], [before?.certificate, before?.key]);
    });
  }
});

Deno.test("killed at any write, key and certificate fit, and the next run comes to its end", async () => {
  let kills = 0;
  for (const from of ["nothing", "plain files", "a pair"]) {
    for (let number = 1;; number++) {
      let wasKilled = false;
      await withFakeHost({}, async (host) => {
        host.files.putDirectory(`${PLAN.dir}/nginx`);
        if (from === "a pair") await run(host);
        if (from === "plain files") {
          const pair = await selfSigned({
            names: ["x.org"],
            now: host.clock.now(),
            serial: new Uint8Array(16),
          });
          host.files.put(certificatePath(PLAN.dir), pair.certificate);
          host.files.put(keyPath(PLAN.dir), pair.key, { mode: 0o600, uid: 101, gid: 101 });
        }
        host.files.failAt(number, "kill");
        const killed = await certificateStep(host, WIDER).run(report, signal)
          .then(() => false, () => true);
        host.revive();
        await assertWhole(host);
        const again = certificateStep(host, WIDER);
        if (killed && !await again.isDone()) await again.run(report, signal);
        assert.equal(await again.isDone(), true, `${from}, killed at ${number}`);
        await assertWhole(host);
        wasKilled = killed;
      });
      if (!wasKilled) break;
      kills++;
    }
  }
  assert.ok(kills > 25, `${kills} kills`);
});

Deno.test("with letsencrypt whatever nginx can start with stays until the order is served", () =>
  withFakeHost({}, async (host) => {
    const acme = samplePlan({
      answers: { tls: { mode: "letsencrypt", accept_terms: true }, domain: "rxdx.example.org" },
    });
    assert.equal(await certificateNeed(host, acme), "there is none");
    await run(host, acme);
    assert.equal(await certificateNeed(host, acme), undefined);
    host.clock.advance(500 * 86_400_000);
    assert.equal(await certificateNeed(host, acme), undefined, "also one that has expired");
    host.files.put(await realKey(host), "torn", { mode: 0o600, uid: 101, gid: 101 });
    assert.equal(await certificateNeed(host, acme), "the key is another one's");
  }));

Deno.test("HSTS never goes with a self-signed certificate, and follows the answer with another", () =>
  withFakeHost({}, async (host) => {
    const strict = samplePlan({ answers: { tls: { hsts: "year" } } });
    await run(host, strict);
    assert.equal((await readLive(host, PLAN.dir))?.hsts, "");
    assert.equal(await certificateNeed(host, strict), undefined);
  }));
