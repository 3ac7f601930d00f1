/** A job as a systemd timer and as a line for cron: what stands in them, and what must not break out. */
import assert from "node:assert/strict";
import {
  cronFile,
  cronLine,
  firstMinute,
  type Job,
  jobName,
  serviceUnit,
  timerUnit,
  withCronLine,
} from "./job.ts";

const JOB: Job = {
  project: "rxdx",
  topic: "tls",
  description: "Renew the certificate of the RxDx stack rxdx",
  every: 15,
  command: ["/usr/local/bin/rxdx-setup", "tls", "renew", "--scheduled", "--dir", "/opt/rxdx"],
  environment: { https_proxy: "http://proxy:3128" },
};

Deno.test("names are the stack's, whatever it is called", () => {
  assert.equal(jobName(JOB), "rxdx-tls");
  assert.equal(jobName({ project: "rxdx-two", topic: "tls" }), "rxdx-two-tls");
  assert.equal(jobName({ project: "quality", topic: "tls" }), "rxdx-quality-tls");
});

Deno.test("the units of systemd", () => {
  const service = serviceUnit(JOB);
  assert.match(service, /^Type=oneshot$/m);
  assert.match(
    service,
    /^ExecStart=\/usr\/local\/bin\/rxdx-setup tls renew --scheduled --dir \/opt\/rxdx$/m,
  );
  assert.match(service, /^Environment=https_proxy=http:\/\/proxy:3128$/m);
  const timer = timerUnit(JOB);
  assert.match(timer, /^OnCalendar=\*:0\/15$/m);
  assert.match(timer, /^RandomizedDelaySec=15min$/m);
  assert.match(timer, /^Persistent=true$/m);
  assert.match(timer, /^WantedBy=timers\.target$/m);
});

Deno.test("a path with blanks and signs stays one word, for systemd and for cron", () => {
  const odd = { ...JOB, command: ["/opt/a b/rxdx-setup", "--dir", '/srv/5% "$x"\\'] };
  assert.match(
    serviceUnit(odd),
    /ExecStart="\/opt\/a b\/rxdx-setup" --dir "\/srv\/5%% \\"\$\$x\\"\\\\"/,
  );
  assert.match(cronFile(odd, 0, "root"), /'\/opt\/a b\/rxdx-setup' --dir '\/srv\/5\\% "\$x"\\'$/m);
});

Deno.test("each machine has its own minute, and keeps it", () => {
  const file = cronFile(JOB, 202, "root");
  assert.match(file, /^7-59\/15 \* \* \* \* root \/usr\/local\/bin\/rxdx-setup/m);
  assert.equal(firstMinute(file), 7);
  assert.equal(cronFile(JOB, firstMinute(file) ?? 0, "root"), file);
  assert.equal(firstMinute("0 3 * * * root /bin/x"), undefined);
});

Deno.test("a user's own crontab: put in, replaced, taken out, the rest untouched", () => {
  const own = "MAILTO=me\n0 3 * * * /bin/mine\n";
  const first = withCronLine(own, "rxdx-tls", cronLine(JOB, 7));
  assert.ok(first.startsWith(own));
  assert.match(
    first,
    /# rxdx-tls \(rxdx-setup\)\n7-59\/15 .* env https_proxy=http:\/\/proxy:3128 /,
  );
  const second = withCronLine(first, "rxdx-tls", cronLine(JOB, 8));
  assert.equal(second.split("\n").filter((line) => line.includes("rxdx-setup tls")).length, 1);
  assert.equal(withCronLine(second, "rxdx-tls", undefined), own);
});
