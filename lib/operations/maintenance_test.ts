/** The maintenance page: put up, taken back, taken away, and never half of it. */
import assert from "node:assert/strict";
import { FakeHost } from "../../tests/support/fake_host.ts";
import { SetupError } from "../errors.ts";
import {
  checkMaintenanceMessage,
  MAINTENANCE_FILES,
  maintenanceOffStep,
  maintenanceOnStep,
  readMaintenance,
  writeMaintenance,
} from "./maintenance.ts";

const DIR = "/opt/rxdx";
const REPORT = { detail: () => undefined, services: () => undefined };
const signal = new AbortController().signal;

function fakeHost(): FakeHost {
  const host = new FakeHost({ now: "2026-03-14T10:15:00.000Z" });
  host.files.put(`${DIR}/nginx/nginx.prod.conf`, "");
  return host;
}

const on = (host: FakeHost, message?: string) =>
  maintenanceOnStep({
    host,
    dir: DIR,
    by: "stop --maintenance",
    ...(message === undefined ? {} : { message }),
  });

Deno.test("the page says what it shall, escaped, and is what everybody may read", async () => {
  const host = fakeHost();
  const step = on(host, `<b>"Back" at 14:00 & later</b>`);
  assert.equal(await step.isDone(), false);
  await step.run(REPORT, signal);
  assert.equal(await step.isDone(), true);
  const files = host.files.tree(`${DIR}/nginx/maintenance`);
  const page = files[`${DIR}/nginx/maintenance/page.html`] ?? "";
  assert.match(page, /&lt;b&gt;&quot;Back&quot; at 14:00 &amp; later&lt;\/b&gt;/);
  assert.match(page, /Since 2026-03-14 10:15 UTC/);
  assert.doesNotMatch(page, /<style|<script|style=/, "the policy allows none");
  const json = JSON.parse(files[`${DIR}/nginx/maintenance/error.json`] ?? "");
  assert.deepEqual([json.status, json.maintenance], [503, true]);
  assert.match(json.detail, /Back/);
  for (const path of MAINTENANCE_FILES) {
    assert.equal((await host.files.stat(`${DIR}/${path}`))?.mode, 0o644, path);
  }
  assert.deepEqual(await readMaintenance(host, DIR), {
    since: "2026-03-14T10:15:00.000Z",
    by: "stop --maintenance",
    message: `<b>"Back" at 14:00 & later</b>`,
  });
});

Deno.test("a page that was there stays, with its words and its hour, also when undone", async () => {
  const host = fakeHost();
  await on(host, "Moving house").run(REPORT, signal);
  assert.equal(await on(host).isDone(), true, "no words of its own: nothing to do");
  const changed = on(host, "Nearly done");
  assert.equal(await changed.isDone(), false);
  await changed.run(REPORT, signal);
  assert.equal((await readMaintenance(host, DIR))?.message, "Nearly done");
  await changed.undo?.();
  assert.notEqual(await readMaintenance(host, DIR), undefined, "it was there before");
});

Deno.test("undo takes back what it put up; off takes everything away, twice", async () => {
  const host = fakeHost();
  const step = on(host);
  await step.run(REPORT, signal);
  await step.undo?.();
  assert.equal(await readMaintenance(host, DIR), undefined);
  await on(host).run(REPORT, signal);
  const off = maintenanceOffStep({ host, dir: DIR });
  assert.equal(await off.isDone(), false);
  await off.run(REPORT, signal);
  await off.run(REPORT, signal);
  assert.equal(await off.isDone(), true);
  assert.deepEqual(await host.files.list(`${DIR}/nginx/maintenance`), []);
});

Deno.test("what was put there by hand is told as well", async () => {
  const host = fakeHost();
  host.files.put(`${DIR}/nginx/maintenance/on`, "");
  assert.deepEqual(await readMaintenance(host, DIR), { since: "", by: "", message: "" });
});

Deno.test("a message is one printable line", () => {
  checkMaintenanceMessage("Back at 14:00 — schönen Tag");
  for (const bad of ["a\nb", "\u202etxt", "x".repeat(301)]) {
    assert.throws(() => checkMaintenanceMessage(bad), SetupError, JSON.stringify(bad));
  }
});

Deno.test("a page that a killed restore has left becomes the operator's own", async () => {
  const host = fakeHost();
  const since = "2026-03-14T10:00:00.000Z";
  await writeMaintenance(host, DIR, { since, by: "backup restore", message: "" });
  assert.equal(await on(host).isDone(), false);
  await on(host).run(REPORT, signal);
  assert.deepEqual(await readMaintenance(host, DIR), {
    since,
    by: "stop --maintenance",
    message: "",
  });
});
