/** Which stacks are looked after by a timer, and what it starts. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../../tests/support/fake_host.ts";
import { sampleAnswers } from "../../../tests/support/samples.ts";
import { alertSteps, wantsLooking } from "./schedule.ts";

const answers = (alerts: Record<string, string | number | string[]>) => sampleAnswers({ alerts });
const report = { detail: () => undefined, services: () => undefined };
const signal = new AbortController().signal;

Deno.test("a timer where somebody is told, and it is not theirs to look", () => {
  assert.equal(wantsLooking(answers({})), false);
  assert.equal(wantsLooking(answers({ webhook: "https://x.org/h" })), true);
  assert.equal(wantsLooking(answers({ email: ["a@example.com"] })), true);
  assert.equal(wantsLooking(answers({ webhook: "https://x.org/h", every_minutes: 0 })), false);
});

Deno.test("the unit: evenly every five minutes, with the daemon and the proxy, without logins", () =>
  withFakeHost({
    env: {
      DOCKER_HOST: "unix:///run/other/docker.sock",
      https_proxy: "http://proxy:3128",
      http_proxy: "http://user:canary@proxy:3128",
    },
  }, async (host) => {
    host.files.put("/usr/local/bin/rxdx-setup", "");
    host.files.putDirectory("/etc/systemd/system");
    host.process.allow(["systemctl", "daemon-reload"], "");
    host.process.allow(["systemctl", "enable", "--now", "rxdx-alerts.timer"], "");
    const plan = { answers: answers({ webhook: "https://x.org/canary" }), dir: "/opt/rx dx" };
    const [step] = await alertSteps(host, plan, { systemd: true });
    await step?.run(report, signal);
    const { ["/etc/systemd/system/rxdx-alerts.service"]: service = "", ...rest } = host.files
      .tree("/etc/systemd/system");
    const timer = rest["/etc/systemd/system/rxdx-alerts.timer"] ?? "";
    assert.match(timer, /^OnCalendar=\*:0\/5$/m);
    assert.match(timer, /^FixedRandomDelay=true$/m);
    assert.match(
      service,
      /^ExecStart=\/usr\/local\/bin\/rxdx-setup healthcheck --scheduled --dir "\/opt\/rx dx"$/m,
    );
    assert.match(service, /^Environment=DOCKER_HOST=unix:\/\/\/run\/other\/docker\.sock$/m);
    assert.match(service, /^Environment=https_proxy=http:\/\/proxy:3128$/m);
    assert.doesNotMatch(service + timer, /canary/);
  }));

Deno.test("nobody is told any more: the timer goes", () =>
  withFakeHost({}, async (host) => {
    host.files.put("/etc/cron.d/rxdx-alerts", "");
    const [step] = await alertSteps(host, { answers: answers({}), dir: "/opt/rxdx" }, {
      systemd: false,
    });
    assert.equal(await step?.isDone(), false);
    await step?.run(report, signal);
    assert.equal(host.files.has("/etc/cron.d/rxdx-alerts"), false);
  }));
