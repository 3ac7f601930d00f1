/** Installing and removing a job on machines with systemd, with cron, as a user, and with nothing. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../tests/support/fake_host.ts";
import type { Job } from "./job.ts";
import { installedBy, schedulerOf, scheduleStep, unscheduleStep } from "./steps.ts";

const JOB: Job = {
  project: "rxdx",
  topic: "tls",
  description: "Renew",
  every: 15,
  command: ["/usr/local/bin/rxdx-setup", "tls", "renew"],
  environment: {},
};
const report = { detail: () => undefined, services: () => undefined };
const signal = new AbortController().signal;

Deno.test("what starts jobs here", async () => {
  await withFakeHost({}, async (host) => {
    assert.equal(await schedulerOf(host, { systemd: true }), "systemd");
    assert.equal(await schedulerOf(host, { systemd: false }), "none");
    host.files.putDirectory("/etc/cron.d");
    assert.equal(await schedulerOf(host, { systemd: false }), "none", "nobody reads it");
    host.files.put("/usr/sbin/cron", "");
    assert.equal(await schedulerOf(host, { systemd: false }), "cron");
  });
  await withFakeHost({ uid: 1000 }, async (host) => {
    host.files.put("/usr/sbin/crond", "");
    assert.equal(await schedulerOf(host, { systemd: true }), "crontab");
  });
});

Deno.test("cron: written once, the same again, removed", () =>
  withFakeHost({}, async (host) => {
    host.files.putDirectory("/etc/cron.d");
    const step = scheduleStep(host, "cron", JOB);
    assert.equal(await step.isDone(), false);
    await step.run(report, signal);
    assert.equal(await installedBy(host, JOB), "cron");
    assert.equal((await host.files.stat("/etc/cron.d/rxdx-tls"))?.mode, 0o644);
    // Another run has another random minute, and keeps the one that is there.
    assert.equal(await scheduleStep(host, "cron", JOB).isDone(), true);
    const changed = { ...JOB, command: ["/usr/bin/rxdx-setup"] };
    assert.equal(await scheduleStep(host, "cron", changed).isDone(), false);
    const remove = unscheduleStep(host, JOB);
    await remove.run(report, signal);
    assert.equal(await remove.isDone(), true);
    assert.equal(host.files.has("/etc/cron.d/rxdx-tls"), false);
  }));

Deno.test("systemd: both units, enabled and started; removed in order", () =>
  withFakeHost({}, async (host) => {
    host.files.putDirectory("/etc/systemd/system");
    let active = false;
    host.process.allow(
      ["systemctl", "is-active", "--quiet", "rxdx-tls.timer"],
      () => ({ code: active ? 0 : 3 }),
    );
    host.process.allow(["systemctl", "daemon-reload"], "");
    host.process.allow(["systemctl", "enable", "--now", "rxdx-tls.timer"], () => {
      active = true;
      return "";
    });
    host.process.allow(["systemctl", "disable", "--now", "rxdx-tls.timer"], "");
    const step = scheduleStep(host, "systemd", JOB);
    assert.equal(await step.isDone(), false);
    await step.run(report, signal);
    assert.equal(await step.isDone(), true);
    assert.equal(await installedBy(host, JOB), "systemd");
    await unscheduleStep(host, JOB).run(report, signal);
    assert.equal(host.files.has("/etc/systemd/system/rxdx-tls.timer"), false);
    assert.equal(host.files.has("/etc/systemd/system/rxdx-tls.service"), false);
  }));

Deno.test("a user's crontab keeps what else is in it", () =>
  withFakeHost({ uid: 1000 }, async (host) => {
    let table = "0 3 * * * /bin/mine\n";
    host.process.allow(["crontab", "-l"], () => ({ code: 0, stdout: table }));
    host.process.allow(["crontab", "-"], ({ options }) => {
      table = String(options.stdin);
      return "";
    });
    const step = scheduleStep(host, "crontab", JOB);
    await step.run(report, signal);
    assert.equal(await step.isDone(), true);
    assert.equal(await installedBy(host, JOB), "crontab");
    await unscheduleStep(host, JOB).run(report, signal);
    assert.equal(table, "0 3 * * * /bin/mine\n");
  }));
