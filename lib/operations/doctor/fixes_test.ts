/** Which steps follow from what was found, and that nothing is removed unasked. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../../tests/support/fake_host.ts";
import { samplePlan } from "../../../tests/support/samples.ts";
import { type Finding, type FixId, found, toFinding } from "../../doctor/check.ts";
import { Engine } from "../../engine/client.ts";
import type { Prepared } from "../prepare.ts";
import { FIX_TEXT, fixesOf, fixSteps } from "./fixes.ts";
import { modesStep } from "./modes.ts";

const finding = (fix: FixId | null, id = "x"): Finding => ({
  id,
  title: "X",
  state: "fail",
  severity: "critical",
  detail: "",
  hint: null,
  fixable: fix !== null,
  fix,
});

Deno.test("fixes come once each and in order; making anew is starting too", () => {
  const all = [finding("start"), finding("modes"), finding("apply"), finding(null)];
  assert.deepEqual(fixesOf(all, false), ["modes", "apply"]);
  assert.deepEqual(fixesOf([finding("start"), finding("start")], false), ["start"]);
  assert.deepEqual(fixesOf([finding(null)], false), []);
});

Deno.test("nothing is pruned that was not asked for", () => {
  assert.deepEqual(fixesOf([finding("prune")], false), []);
  assert.deepEqual(fixesOf([], true), ["prune"]);
});

Deno.test("every fix is described, and becomes steps that touch neither data nor configuration", () =>
  withFakeHost({}, async (host) => {
    host.files.putDirectory("/etc/cron.d");
    host.files.put("/usr/sbin/cron", "");
    host.files.put("/usr/local/bin/rxdx-setup", "");
    const plan = samplePlan({ answers: { environment: "production", images: { source: "demo" } } });
    const prepared = { plan, install: undefined } as unknown as Prepared;
    const fixes = Object.keys(FIX_TEXT) as FixId[];
    const ids = async (fix: FixId) =>
      (await fixSteps(host, new Engine(host), prepared, [
        finding("restart", "service-backend"),
      ], [fix])).map((step) => step.id);
    for (const fix of fixes) {
      const steps = await ids(fix);
      assert.ok(steps.length > 0, fix);
      for (const id of ["write-files", "record", "schema", "admin"]) {
        assert.ok(!steps.includes(id), `${fix} has ${id}`);
      }
    }
    assert.ok((await ids("apply")).includes("image-backend"));
    assert.equal((await ids("restart"))[0], "restart");
    assert.equal((await ids("certificate"))[0], "certificate");
    assert.deepEqual(await ids("prune"), ["prune-images", "prune-cache"]);
  }));

Deno.test("modes: a key of nginx keeps its owner, and only what is too open is changed", () =>
  withFakeHost({}, async (host) => {
    host.files.put("/opt/rxdx/.env", "A=1", { mode: 0o644 });
    host.files.putDirectory("/opt/rxdx/.rxdx", 0o700);
    host.files.put("/opt/rxdx/nginx/ssl/pairs/1/key.pem", "", { mode: 0o640, uid: 101 });
    const changed: string[] = [];
    const chmod = (path: string) =>
      host.process.allow(["chmod", "0600", path], () => {
        changed.push(path);
        return "";
      });
    chmod("/opt/rxdx/.env");
    chmod("/opt/rxdx/nginx/ssl/pairs/1/key.pem");
    const step = modesStep(host, "/opt/rxdx", "backups");
    assert.equal(await step.isDone(), false);
    await step.run(
      { detail: () => undefined, services: () => undefined },
      new AbortController().signal,
    );
    assert.deepEqual(changed, ["/opt/rxdx/.env", "/opt/rxdx/nginx/ssl/pairs/1/key.pem"]);
  }));

Deno.test("what a check says of itself completes what it found", () => {
  const check = {
    id: "disk",
    title: "Disk",
    looksAt: "Space",
    severity: "warning",
    remedy: "df -h",
    fix: "prune",
    run: () => Promise.resolve([]),
  } as const;
  const of = (state: "ok" | "warn" | "fail" | "unknown", more = {}) =>
    toFinding(check, found("disk", "Disk", state, "…", more));
  assert.deepEqual([of("ok").hint, of("ok").fixable, of("ok").severity], [null, false, "info"]);
  assert.deepEqual([of("fail").hint, of("fail").fix, of("fail").severity], [
    "df -h",
    "prune",
    "warning",
  ]);
  assert.equal(of("fail", { fix: null }).fixable, false);
  assert.equal(of("warn", { hint: "do this" }).hint, "do this");
  assert.equal(of("unknown").fixable, false);
});
