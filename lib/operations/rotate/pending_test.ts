/** The file of new values: there before anything changes, gone when everything has taken them. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../../tests/support/fake_host.ts";
import { CANARIES } from "../../../tests/support/samples.ts";
import type { Pending } from "../../secrets/rotation.ts";
import type { Step } from "../../steps/step.ts";
import { forgetStep, pendingPath, pendingStep, readDates, readPending } from "./pending.ts";

const DIR = "/opt/rxdx";
const AT = "2026-03-14T10:15:00.000Z";
const PENDING: Pending = {
  schema: 1,
  at: AT,
  values: { POSTGRES_PASSWORD: CANARIES.POSTGRES_PASSWORD, SECRET_KEY: CANARIES.SECRET_KEY },
  former: { POSTGRES_PASSWORD: "former", SECRET_KEY: "former too" },
};
const signal = new AbortController().signal;
const run = (step: Step) =>
  step.run({ detail: () => undefined, services: () => undefined }, signal);

Deno.test("kept for its owner alone, named in the record without a value, found again", () =>
  withFakeHost({}, async (host) => {
    const step = pendingStep(host, DIR, PENDING, () => Promise.resolve(true));
    assert.equal(await step.isDone(), false);
    await run(step);
    assert.equal((await host.files.stat(pendingPath(DIR)))?.mode, 0o600);
    assert.deepEqual(await readPending(host, DIR), PENDING);
    assert.equal(await step.isDone(), true);
    assert.deepEqual(step.facts?.(), { secrets: "POSTGRES_PASSWORD,SECRET_KEY" });
  }));

Deno.test("an undo that is not proven keeps the only password that works", () =>
  withFakeHost({}, async (host) => {
    const step = pendingStep(host, DIR, PENDING, () => Promise.resolve(false));
    await run(step);
    await assert.rejects(async () => await step.undo?.(), /it stays in/);
    assert.deepEqual(await readPending(host, DIR), PENDING);
    const safe = pendingStep(host, DIR, PENDING, () => Promise.resolve(true));
    await safe.undo?.();
    assert.equal(await readPending(host, DIR), undefined);
  }));

Deno.test("what an interrupted run left comes back, whatever the database knows", () =>
  withFakeHost({}, async (host) => {
    const first = { ...PENDING, database: "hash" };
    await run(pendingStep(host, DIR, first, () => Promise.resolve(true)));
    const resumed = pendingStep(host, DIR, PENDING, () => Promise.resolve(true));
    assert.equal(await resumed.isDone(), false);
    await run(resumed);
    assert.deepEqual(await readPending(host, DIR), PENDING);
    await resumed.undo?.();
    assert.deepEqual(await readPending(host, DIR), first);
    assert.equal((await host.files.stat(pendingPath(DIR)))?.mode, 0o600);
  }));

Deno.test("forgotten with the date kept; dates of others stay", () =>
  withFakeHost({}, async (host) => {
    await run(pendingStep(host, DIR, PENDING, () => Promise.resolve(true)));
    await run(forgetStep(host, DIR, ["SMTP_PASSWORD"], "2025-01-01T00:00:00.000Z"));
    const step = forgetStep(host, DIR, ["POSTGRES_PASSWORD", "SECRET_KEY"], AT);
    assert.equal(await step.isDone(), false);
    await run(step);
    assert.equal(await step.isDone(), true);
    assert.equal(await readPending(host, DIR), undefined);
    assert.deepEqual(await readDates(host, DIR), {
      SMTP_PASSWORD: "2025-01-01T00:00:00.000Z",
      POSTGRES_PASSWORD: AT,
      SECRET_KEY: AT,
    });
  }));

Deno.test("a file that was edited is never taken for none", () =>
  withFakeHost({}, async (host) => {
    await host.files.mkdir(`${DIR}/.rxdx`, 0o700);
    await host.files.writeAtomic(pendingPath(DIR), "{", { mode: 0o600 });
    await assert.rejects(readPending(host, DIR), /cannot be read/);
  }));
