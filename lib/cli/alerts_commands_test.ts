/** The commands about alerts through the program's door, on a fake machine whose stack is down. */
import assert from "node:assert/strict";
import type { FakeHost } from "../../tests/support/fake_host.ts";
import { machineOf } from "../../tests/support/fake_host_machine.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import { SERVICES } from "../engine/compose.ts";
import { EXIT } from "../errors.ts";
import { run } from "./app.ts";

const HOOK = "https://chat.example.com/hooks/canary-hook-5a1e";

async function rxdx(host: FakeHost, ...argv: readonly string[]) {
  host.terminal.stdout = "";
  host.terminal.stderr = "";
  const code = await run(argv, host);
  host.verify();
  const { stdout, stderr } = host.terminal;
  // What was typed is repeated to who typed it, and to nobody else.
  const own = argv[0] === "init";
  assert.ok(own || !(stdout + stderr).includes("canary"), stdout + stderr);
  return { code, stdout, stderr };
}

async function installed(...settings: readonly string[]): Promise<FakeHost> {
  const { host } = machineOf();
  const hashes = SERVICES.map((service) => `${service} hash-${service}\n`).join("");
  host.process.allow(["docker", "compose", REST], hashes);
  const { code, stderr } = await rxdx(
    host,
    "init",
    "--no-start",
    "--yes",
    ...["domain=rxdx.example.com", ...settings].flatMap((each) => ["--set", each]),
  );
  assert.equal(code, 0, stderr);
  host.net.web(HOOK, { status: 204 });
  return host;
}

const MAIL = [
  "email.host=smtp.example.com",
  "email.from=rxdx@example.com",
  "alerts.email=ops@example.com",
];

Deno.test("healthcheck counts, tells, and says what it told", async () => {
  const host = await installed(...MAIL, `alerts.webhook=${HOOK}`);
  const first = await rxdx(host, "healthcheck");
  assert.equal(first.code, EXIT.unhealthy);
  assert.match(first.stdout, /^down\ncritical: nginx has no container/);
  assert.doesNotMatch(first.stdout, /Told by/);
  const looked = await rxdx(host, "healthcheck", "--no-alerts");
  assert.equal(looked.code, EXIT.unhealthy);
  const second = await rxdx(host, "healthcheck", "--scheduled");
  assert.match(second.stdout, /Told by email: opened\.\nTold by webhook: opened\.\n$/);
  assert.equal(host.mail.sent.length, 1);
  assert.match(host.mail.sent[0]?.subject ?? "", /^\[rxdx\] critical: nginx has no .*\(\+\d+\)$/);
  // A timer's log has nothing to say while nothing changes.
  const third = await rxdx(host, "healthcheck", "--scheduled");
  assert.deepEqual([third.stdout, third.stderr], ["", ""]);
});

Deno.test("nobody named: a look, and nothing is written", async () => {
  const host = await installed();
  const before = host.files.tree("/");
  const { code, stdout } = await rxdx(host, "healthcheck", "--json");
  assert.equal(code, EXIT.unhealthy);
  assert.equal(JSON.parse(stdout).alerts, null);
  assert.deepEqual(host.files.tree("/"), before);
  const test = await rxdx(host, "alerts", "test");
  assert.equal(test.code, EXIT.answers);
  assert.match(test.stderr, /neither alerts\.email nor alerts\.webhook/);
});

Deno.test("Docker that is silent is a problem, with a disk that is full beside it", async () => {
  const host = await installed(`alerts.webhook=${HOOK}`, "alerts.after=1");
  host.net.allow("GET", "/_ping", "refused");
  host.files.setSpace({ totalBytes: 1000, freeBytes: 10 });
  const { code, stdout } = await rxdx(host, "healthcheck", "--json");
  assert.equal(code, EXIT.unhealthy);
  const document = JSON.parse(stdout);
  assert.equal(document.state, "unknown");
  assert.deepEqual(document.problems.map((each: { code: string }) => each.code), [
    "engine_unreachable",
    "disk_nearly_full",
  ]);
  const body = JSON.parse(host.net.fetched[0]?.body ?? "");
  assert.equal(body.state, "unknown");
  assert.equal(body.problems[0].code, "engine_unreachable");
});

Deno.test("a daemon that answers nonsense fails the look, and is told", async () => {
  const host = await installed(...MAIL, "alerts.after=1");
  host.net.allow("GET", /\/containers\/json/, { status: 500, body: "boom" });
  const { code, stdout } = await rxdx(host, "healthcheck");
  assert.equal(code, EXIT.unhealthy);
  assert.match(stdout, /critical: The look at the stack failed: /);
  assert.match(host.mail.sent[0]?.text ?? "", /The look at the stack failed/);
});

Deno.test("a message that is not taken: an error line, and the stack's exit code wins", async () => {
  const host = await installed(...MAIL, "alerts.after=1");
  host.mail.failWith("login_refused");
  const { code, stderr } = await rxdx(host, "healthcheck");
  assert.equal(code, EXIT.unhealthy);
  assert.match(stderr, /A message could not be delivered \(email\): smtp\.example\.com:587/);
  const status = await rxdx(host, "status", "--json");
  const codes = JSON.parse(status.stdout).problems.map((each: { code: string }) => each.code);
  assert.ok(codes.includes("alerts_not_delivered") && codes.includes("alerts_unscheduled"));
  const shown = await rxdx(host, "alerts", "show");
  assert.match(shown.stdout, /^email +ops@example\.com by smtp\.example\.com:587 +1 waiting/m);
  assert.match(shown.stdout, /^timer +none: neither systemd nor cron is here; install cron, /m);
});

Deno.test("a test message: what each channel said; noted only when all took it", async () => {
  const host = await installed(...MAIL, `alerts.webhook=${HOOK}`);
  host.mail.failWith("connection_refused");
  const half = await rxdx(host, "alerts", "test");
  assert.equal(half.code, EXIT.apply);
  assert.match(
    half.stdout,
    /✗ email: .*\n.*check mail --to ops@example\.com\n✓ webhook: chat\.example/,
  );
  const tested = async () => JSON.parse((await rxdx(host, "status", "--json")).stdout).alerts;
  assert.equal((await tested()).tested_at, null);
  host.mail.failWith(undefined);
  const whole = await rxdx(host, "alerts", "test", "--json");
  assert.equal(whole.code, EXIT.ok);
  assert.equal(JSON.parse(whole.stdout).channels.length, 2);
  assert.equal((await tested()).tested_at, host.clock.now().toISOString());
  assert.equal(host.mail.sent[0]?.subject, "[rxdx] test message");
});

Deno.test("silence: for a while, shown with its reason, and off", async () => {
  const host = await installed(...MAIL);
  const set = await rxdx(host, "alerts", "silence", "2h", "--reason", "new disks");
  assert.equal(set.code, EXIT.ok);
  await rxdx(host, "healthcheck");
  const silent = await rxdx(host, "healthcheck");
  assert.match(silent.stdout, /Nobody is told before \d{4}-/);
  assert.match((await rxdx(host, "alerts", "show")).stdout, /^silence +until .* \(new disks\)$/m);
  const shown = JSON.parse((await rxdx(host, "alerts", "show", "--json")).stdout);
  assert.equal(shown.silence_reason, "new disks");
  assert.equal(shown.problems[0].told_at, null);
  assert.equal(host.mail.sent.length, 0);
  await rxdx(host, "alerts", "silence", "off");
  await rxdx(host, "healthcheck");
  assert.equal(host.mail.sent.length, 1);
  for (const words of [[], ["2"], ["31d"], ["2h", "3h"], ["2h", "--reason", "a\nb"]]) {
    assert.equal((await rxdx(host, "alerts", "silence", ...words)).code, EXIT.usage);
  }
});

Deno.test("the timer: in the plan as long as it is not there", async () => {
  const host = await installed(...MAIL);
  host.files.put("/usr/local/bin/rxdx-setup", "", { mode: 0o755 });
  host.files.putDirectory("/etc/systemd/system");
  const plan = async () => JSON.parse((await rxdx(host, "plan", "--json")).stdout).timers;
  assert.deepEqual(await plan(), [
    "Have systemd start rxdx-tls.timer every 15 minutes",
    "Have systemd start rxdx-alerts.timer every 5 minutes",
    'Have systemd start rxdx-backup.timer at "0 2 * * *"',
  ]);
  await rxdx(host, "config", "set", "alerts.every_minutes=0");
  assert.deepEqual((await plan()).length, 2);
  host.files.put("/etc/systemd/system/rxdx-alerts.timer", "");
  assert.deepEqual((await plan())[1], "Remove the timer rxdx-alerts");
  assert.match((await rxdx(host, "plan")).stdout, /^Timers\n.*\n {2}Remove the timer/m);
});
