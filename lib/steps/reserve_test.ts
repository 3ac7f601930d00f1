/** The room for the way back: made where nobody misses it, given back when a change fails. */
import assert from "node:assert/strict";
import { FakeHost } from "../../tests/support/fake_host.ts";
import { SetupError } from "../errors.ts";
import { runSteps } from "./runner.ts";
import type { Step } from "./step.ts";

const DIR = "/srv/rxdx";
const RESERVE = `${DIR}/.rxdx/reserve`;

function run(host: FakeHost, step: Partial<Step>) {
  return runSteps([
    {
      id: "change",
      title: "Change it",
      isDone: () => Promise.resolve(false),
      run: () => Promise.resolve(),
      ...step,
    },
  ], {
    host,
    dir: DIR,
    command: "apply",
    argv: ["apply"],
    version: "0.1.0",
    emit: () => undefined,
    signal: new AbortController().signal,
  });
}

const size = async (host: FakeHost) => (await host.files.stat(RESERVE))?.size;

Deno.test("a change keeps room for its way back, and leaves it for the next", async () => {
  const host = new FakeHost();
  await run(host, { isDone: () => Promise.resolve(true) });
  assert.equal(await size(host), undefined, "what changes nothing keeps nothing");
  await run(host, {});
  assert.equal(await size(host), 2 ** 20);
});

Deno.test("one that fails has it while it undoes", async () => {
  const host = new FakeHost();
  let during: number | undefined;
  let undoing: number | undefined = -1;
  const failing = run(host, {
    run: async () => {
      during = await size(host);
      throw new SetupError({ code: "disk_full", message: "full", exit: 5 });
    },
    undo: async () => {
      undoing = await size(host);
    },
  });
  await assert.rejects(failing, /full/);
  assert.deepEqual([during, undoing], [2 ** 20, undefined]);
});

Deno.test("a disk that is nearly full is not filled further", async () => {
  const host = new FakeHost();
  host.files.setSpace({ totalBytes: 2 ** 30, freeBytes: 40 * 2 ** 20 });
  await run(host, {});
  assert.equal(await size(host), undefined);
});

Deno.test("one that is cancelled between two steps has it while it undoes", async () => {
  const host = new FakeHost();
  const stop = new AbortController();
  let undoing: number | undefined = -1;
  const step = (id: string, run: () => Promise<void>): Step => ({
    id,
    title: id,
    isDone: () => Promise.resolve(false),
    run,
    undo: async () => {
      undoing = await size(host);
    },
  });
  const steps = [
    step("first", () => Promise.resolve(stop.abort())),
    step("second", () => Promise.reject(new Error("never reached"))),
  ];
  const rest = { host, dir: DIR, command: "apply", argv: ["apply"], version: "0.1.0" };
  await assert.rejects(runSteps(steps, { ...rest, emit: () => undefined, signal: stop.signal }));
  assert.equal(undoing, undefined);
});
