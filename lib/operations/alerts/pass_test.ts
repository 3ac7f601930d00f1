/** One look and what follows: what is sent, kept, tried again; two at once, a damaged file, a full disk. */
import assert from "node:assert/strict";
import { FakeHost } from "../../../tests/support/fake_host.ts";
import { CANARIES } from "../../../tests/support/samples.ts";
import { SetupError } from "../../errors.ts";
import { parseState } from "../../notify/state.ts";
import type { StatusProblem } from "../../observe/status.ts";
import { writeAssignment } from "../../render/env_codec.ts";
import { type Install, needInstall } from "../install.ts";
import { type AlertPass, alertPass, type Found } from "./pass.ts";
import { withoutSecrets } from "./scene.ts";
import { lookAtAlerts } from "./status.ts";

const DIR = "/opt/rxdx";
const STATE = `${DIR}/.rxdx/alerts.json`;
const HOOK = "https://chat.example.com/hooks/canary-hook-5a1e";
const MINUTE = 60_000;
const never = new AbortController().signal;

const POSTGRES: StatusProblem = {
  code: "service_not_running",
  subject: "rxdx-postgres-1",
  severity: "critical",
  message: "rxdx-postgres-1 has stopped.",
  hint: "rxdx-setup start",
};

interface Scene {
  readonly host: FakeHost;
  readonly install: Install;
}

async function scene(alerts: string, uid = 0): Promise<Scene> {
  const host = new FakeHost({ uid });
  host.files.putDirectory("/run");
  host.files.putDirectory("/etc/systemd/system");
  host.process.allow(["crontab", "-l"], { code: 1 });
  host.files.put(
    `${DIR}/rxdx.yml`,
    "domain: rxdx.example.com\nemail: { host: smtp.example.com, from: rxdx@example.com, user: rxdx }\n" +
      `alerts: ${alerts}\n`,
  );
  const env = Object.entries(CANARIES).map(([name, value]) => writeAssignment(name, value));
  host.files.put(`${DIR}/.env`, env.map((line) => line.trimEnd() + "\n").join(""), { mode: 0o600 });
  host.net.web(HOOK, { status: 204 });
  return { host, install: await needInstall(host, DIR) };
}

const both = `{ email: [ops@example.com], webhook: "${HOOK}" }`;

/** Looks five minutes later. */
async function pass(
  { host, install }: Scene,
  problems: readonly StatusProblem[],
): Promise<AlertPass> {
  host.clock.advance(5 * MINUTE);
  const found: Found = {
    state: problems.length === 0 ? "healthy" : "degraded",
    problems: withoutSecrets(host, install, problems),
    complete: true,
  };
  return await alertPass(host, install, found, never) ?? assert.fail("somebody else was at it");
}

Deno.test("two looks, one message a channel; two good ones, its end; all in one thread", async () => {
  const it = await scene(both);
  const { host } = it;
  assert.deepEqual((await pass(it, [POSTGRES])).sent, []);
  const told = await pass(it, [POSTGRES]);
  assert.deepEqual(told.sent, [
    { channel: "email", event: "opened" },
    { channel: "webhook", event: "opened" },
  ]);
  await pass(it, [POSTGRES]);
  await pass(it, []);
  await pass(it, []);
  assert.deepEqual(host.mail.sent.map((each) => each.subject), [
    "[rxdx] critical: postgres-1 has stopped.",
    "[rxdx] over: postgres-1 has stopped.",
  ]);
  const [first, second] = host.mail.sent;
  assert.deepEqual(second?.references, [first?.messageId]);
  const bodies = host.net.fetched.map((each) => JSON.parse(each.body ?? "") as { event: string });
  assert.deepEqual(bodies.map((each) => each.event), ["opened", "recovered"]);
  assert.equal((await host.files.stat(STATE))?.mode, 0o600);
  const { alerts } = await lookAtAlerts(host, it.install);
  assert.equal(alerts.open, 0);
  assert.equal(alerts.last_sent_at, host.clock.now().toISOString());
});

Deno.test("a channel that fails holds up no other, and gets everything later, in order", async () => {
  const it = await scene(both);
  const { host, install } = it;
  host.mail.failWith("connection_refused");
  await pass(it, [POSTGRES]);
  const told = await pass(it, [POSTGRES]);
  assert.deepEqual(told.sent, [{ channel: "webhook", event: "opened" }]);
  assert.equal(told.failed[0]?.channel, "email");
  const { alerts } = await lookAtAlerts(host, install);
  assert.deepEqual(alerts.undelivered.map((each) => each.channel), ["email"]);
  await pass(it, []);
  assert.equal((await pass(it, [])).failed[0]?.waiting, 2);
  host.mail.failWith(undefined);
  const later = await pass(it, []);
  assert.deepEqual(later.failed, []);
  assert.deepEqual(host.mail.sent.map((each) => each.subject.slice(0, 14)), [
    "[rxdx] critica",
    "[rxdx] over: p",
  ]);
  assert.equal(host.net.fetched.length, 2);
  assert.deepEqual((await lookAtAlerts(host, install)).alerts.undelivered, []);
});

Deno.test("what no channel takes is kept, and not more than twenty of it", async () => {
  const it = await scene("{ email: [ops@example.com], after: 1, recover_after: 1 }");
  const { host } = it;
  host.mail.failWith("connection_timed_out");
  for (let number = 0; number < 30; number++) {
    await pass(it, [{ ...POSTGRES, subject: `s${number}` }]);
  }
  const state = parseState(host.files.tree()[STATE] ?? "");
  assert.equal(state?.queue.length, 20);
  host.mail.failWith(undefined);
  assert.equal((await pass(it, [])).sent.length, 20);
});

Deno.test("killed after the state was written: the same message once more, with the same id", async () => {
  const it = await scene("{ email: [ops@example.com] }");
  const { host } = it;
  await pass(it, [POSTGRES]);
  const before = host.files.tree()[STATE] ?? "";
  await pass(it, [POSTGRES]);
  const [first] = host.mail.sent;
  // The write after the delivery never came: what waits is there still.
  const state = parseState(before) ?? assert.fail();
  const after = parseState(host.files.tree()[STATE] ?? "") ?? assert.fail();
  assert.deepEqual([state.number, after.number, after.queue], [0, 1, []]);
  host.files.put(STATE, before, { mode: 0o600 });
  await pass(it, [POSTGRES]);
  assert.equal(host.mail.sent[1]?.messageId, first?.messageId);
});

Deno.test("a silence holds messages back, also those that wait", async () => {
  const it = await scene("{ email: [ops@example.com], silence: [daily 00:00-24:00] }");
  const { host } = it;
  await pass(it, [POSTGRES]);
  const silent = await pass(it, [POSTGRES]);
  assert.deepEqual(silent.sent, []);
  assert.ok(silent.silencedUntil !== undefined);
  assert.equal(host.mail.sent.length, 0);
  host.files.put(
    `${DIR}/rxdx.yml`,
    (host.files.tree()[`${DIR}/rxdx.yml`] ?? "").replace(/, silence.*\]/, ""),
  );
  const again = { host, install: await needInstall(host, DIR) };
  assert.deepEqual((await pass(again, [POSTGRES])).sent.map((each) => each.event), ["opened"]);
});

Deno.test("a damaged state is said, and begun anew", async () => {
  const it = await scene("{ email: [ops@example.com] }");
  it.host.files.put(STATE, '{"schema":1,"problems":[{"', { mode: 0o600 });
  assert.equal((await pass(it, [POSTGRES])).damaged, true);
  const next = await pass(it, [POSTGRES]);
  assert.equal(next.damaged, false);
  assert.equal(next.sent.length, 1);
});

Deno.test("a full disk: it is kept in memory, told once, and brought home when there is room", async () => {
  const it = await scene("{ email: [ops@example.com] }");
  const { host } = it;
  const disk: StatusProblem = { ...POSTGRES, code: "disk_nearly_full", subject: "" };
  await pass(it, []);
  const home = host.files.tree()[STATE];
  const write = host.files.writeAtomic.bind(host.files);
  host.files.writeAtomic = (path, ...rest) =>
    path.startsWith(DIR)
      ? Promise.reject(
        new SetupError({ code: "no_space", message: "No space left on device.", exit: 5 }),
      )
      : write(path, ...rest);
  for (let look = 0; look < 5; look++) await pass(it, [disk]);
  assert.equal(host.mail.sent.length, 1);
  assert.equal(host.files.tree()[STATE], home);
  host.files.writeAtomic = write;
  await pass(it, []);
  await pass(it, []);
  assert.equal(host.mail.sent.length, 2);
  assert.deepEqual(Object.keys(host.files.tree("/run")), []);
});

Deno.test("two at once: the second waits, and finds that it was told", async () => {
  const it = await scene("{ email: [ops@example.com], after: 1 }");
  const { host, install } = it;
  const found: Found = { state: "degraded", problems: [POSTGRES], complete: true };
  const passes = await Promise.all(
    [1, 2, 3].map(() => alertPass(host, install, found, never)),
  );
  assert.equal(host.mail.sent.length, 1);
  assert.equal(passes.filter((each) => (each?.sent.length ?? 0) > 0).length, 1);
  host.files.holdLock(`${DIR}/.rxdx/alerts.lock`);
  assert.equal(await alertPass(host, install, found, never), undefined);
});

Deno.test("no secret in mail, webhook, state or what is returned", async () => {
  const it = await scene(both);
  const { host } = it;
  const secrets = Object.values(CANARIES);
  const spoken = secrets.map((each) => `${each} ${btoa(each)} ${encodeURIComponent(each)}`);
  const leaky = { ...POSTGRES, message: `exited: ${spoken.join(" ")}`, hint: spoken.join(" ") };
  host.net.web(HOOK, { status: 500, text: `no such hook: ${HOOK}` });
  const passes = [await pass(it, [leaky]), await pass(it, [leaky]), await pass(it, [])];
  const { text = "", subject = "" } = host.mail.sent[0] ?? {};
  const posted = host.net.fetched.map((each) => each.body).join("");
  const all = [
    text,
    subject,
    posted,
    host.files.tree()[STATE],
    JSON.stringify(passes),
    JSON.stringify(await lookAtAlerts(host, it.install)),
  ].join("\n");
  assert.match(text, /exited: \*{8}/);
  assert.equal(passes[1]?.failed[0]?.error, "chat.example.com answered HTTP 500.");
  for (const secret of [...secrets, "canary-hook-5a1e"]) {
    for (const form of [secret, btoa(secret).replace(/=+$/, "")]) {
      assert.ok(!all.includes(form), form);
    }
  }
});
