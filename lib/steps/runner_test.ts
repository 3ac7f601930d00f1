/** The runner: order, skipping, undoing, the barrier, Ctrl-C, the journal, and death anywhere. */
import assert from "node:assert/strict";
import { type FakeHost, withFakeHost } from "../../tests/support/fake_host.ts";
import { Killed } from "../../tests/support/fake_host_failures.ts";
import { Cancelled, EXIT, SetupError } from "../errors.ts";
import type { ProgressEvent } from "./events.ts";
import { findInterrupted, parseJournal } from "./journal.ts";
import { type RunOutcome, runSteps } from "./runner.ts";
import type { Step } from "./step.ts";

const DIR = "/opt/rxdx";

interface Trace {
  readonly log: string[];
  readonly events: ProgressEvent[];
  readonly abort: AbortController;
}

function trace(): Trace {
  return { log: [], events: [], abort: new AbortController() };
}

interface StepOptions extends Partial<Omit<Step, "id">> {
  readonly done?: boolean;
  readonly fails?: unknown;
  readonly undoFails?: boolean;
  readonly undoes?: boolean;
}

/** A step that writes down what is done to it. */
function step(log: string[], id: string, options: StepOptions = {}): Step {
  const { done = false, fails, undoFails = false, undoes = true, ...rest } = options;
  return {
    id,
    title: `Do ${id}`,
    isDone: () => {
      log.push(`ask ${id}`);
      return Promise.resolve(done);
    },
    run: () => {
      log.push(`run ${id}`);
      return fails === undefined ? Promise.resolve() : Promise.reject(fails);
    },
    ...(undoes
      ? {
        undo: () => {
          log.push(`undo ${id}`);
          return undoFails ? Promise.reject(new Error("undo broke")) : Promise.resolve();
        },
      }
      : {}),
    ...rest,
  };
}

function runOn(host: FakeHost, steps: readonly Step[], to: Trace): Promise<RunOutcome> {
  return runSteps(steps, {
    host,
    dir: DIR,
    command: "apply",
    argv: ["apply", "--yes"],
    version: "1.2.3",
    emit: (event) => to.events.push(event),
    signal: to.abort.signal,
  });
}

function journalOf(host: FakeHost) {
  const files = Object.entries(host.files.tree(`${DIR}/.rxdx/journal`));
  assert.equal(files.length, 1);
  return parseJournal(files[0]?.[1] ?? "");
}

Deno.test("steps run in order, each asked first", () =>
  withFakeHost({}, async (host) => {
    const to = trace();
    const outcome = await runOn(host, [step(to.log, "a"), step(to.log, "b")], to);
    assert.deepEqual(to.log, ["ask a", "run a", "ask b", "run b"]);
    assert.deepEqual(outcome.changed, ["a", "b"]);
  }));

Deno.test("a step that is done is skipped and does not count as a change", () =>
  withFakeHost({}, async (host) => {
    const to = trace();
    const outcome = await runOn(host, [step(to.log, "a", { done: true }), step(to.log, "b")], to);
    assert.deepEqual(to.log, ["ask a", "ask b", "run b"]);
    assert.deepEqual(outcome.changed, ["b"]);
    const done = to.events.filter((event) => event.type === "step-done");
    assert.deepEqual(done.map((event) => [event.id, event.skipped]), [["a", true], ["b", false]]);
  }));

Deno.test("a failure undoes in reverse: the failed step too, a skipped one not", () =>
  withFakeHost({}, async (host) => {
    const to = trace();
    const error = new SetupError({ code: "x", message: "no", exit: EXIT.apply });
    const steps = [
      step(to.log, "a"),
      step(to.log, "b", { done: true }),
      step(to.log, "c", { undoes: false }),
      step(to.log, "d"),
      step(to.log, "e", { fails: error }),
      step(to.log, "f"),
    ];
    await assert.rejects(runOn(host, steps, to), (thrown) => thrown === error);
    assert.deepEqual(to.log.slice(-3), ["undo e", "undo d", "undo a"]);
    assert.ok(!to.log.includes("ask f"));
    assert.ok(!to.log.includes("undo b"));
  }));

Deno.test("past the barrier nothing is undone: containers are already as the files say", () =>
  withFakeHost({}, async (host) => {
    const to = trace();
    const steps = [
      step(to.log, "files"),
      step(to.log, "start", { barrier: true }),
      step(to.log, "wait", { fails: new Error("unhealthy") }),
    ];
    await assert.rejects(runOn(host, steps, to), /unhealthy/);
    assert.ok(!to.log.some((line) => line.startsWith("undo")));
  }));

Deno.test("a barrier that fails itself is past it; a barrier that was skipped is none", () =>
  withFakeHost({}, async (host) => {
    const failing = trace();
    await assert.rejects(runOn(host, [
      step(failing.log, "files"),
      step(failing.log, "start", { barrier: true, fails: new Error("no") }),
    ], failing));
    assert.ok(!failing.log.includes("undo files"));
    const skipped = trace();
    await assert.rejects(runOn(host, [
      step(skipped.log, "files"),
      step(skipped.log, "start", { barrier: true, done: true }),
      step(skipped.log, "record", { fails: new Error("no") }),
    ], skipped));
    assert.deepEqual(skipped.log.slice(-2), ["undo record", "undo files"]);
  }));

Deno.test("an undo that fails is told, and the others still happen", () =>
  withFakeHost({}, async (host) => {
    const to = trace();
    const steps = [
      step(to.log, "a"),
      step(to.log, "b", { undoFails: true }),
      step(to.log, "c", { fails: new Error("the cause") }),
    ];
    await assert.rejects(runOn(host, steps, to), /the cause/);
    assert.deepEqual(to.log.slice(-3), ["undo c", "undo b", "undo a"]);
    assert.deepEqual(
      to.events.filter((event) => event.type === "undo-failed").map((event) => event.message),
      ["undo broke"],
    );
    assert.deepEqual(
      journalOf(host).filter((entry) => entry.event === "undo").map((
        entry,
      ) => [entry.id, entry.ok]),
      [["c", true], ["b", false], ["a", true]],
    );
  }));

Deno.test("each step is undone once, also when it failed after it had run", () =>
  withFakeHost({}, async (host) => {
    const to = trace();
    host.failAtPoint("after:b", "throw");
    await assert.rejects(runOn(host, [step(to.log, "a"), step(to.log, "b")], to), /failpoint/);
    assert.deepEqual(to.log.filter((line) => line.startsWith("undo")), ["undo b", "undo a"]);
  }));

Deno.test("Ctrl-C before the first step changes nothing", () =>
  withFakeHost({}, async (host) => {
    const to = trace();
    to.abort.abort(new Cancelled());
    await assert.rejects(runOn(host, [step(to.log, "a")], to), Cancelled);
    assert.deepEqual(to.log, []);
  }));

Deno.test("Ctrl-C during a step: it is told, what was done is taken back, no further one begins", () =>
  withFakeHost({}, async (host) => {
    const to = trace();
    const slow: Step = step(to.log, "slow", {
      run: (_report, signal) => {
        to.abort.abort(new Cancelled());
        signal.throwIfAborted();
        return Promise.resolve();
      },
    });
    await assert.rejects(
      runOn(host, [step(to.log, "a"), slow, step(to.log, "b")], to),
      (error) => error instanceof Cancelled && error.exit === EXIT.cancelled,
    );
    assert.deepEqual(to.log, ["ask a", "run a", "ask slow", "undo slow", "undo a"]);
  }));

Deno.test("Ctrl-C that a step did not notice is noticed after it, and taken back in the same way", () =>
  withFakeHost({}, async (host) => {
    const to = trace();
    const deaf: Step = step(to.log, "deaf", {
      run: () => {
        to.abort.abort(new Cancelled());
        return Promise.resolve();
      },
    });
    await assert.rejects(runOn(host, [deaf, step(to.log, "b")], to), Cancelled);
    assert.deepEqual(to.log, ["ask deaf", "undo deaf"]);
  }));

Deno.test("any error of a step after Ctrl-C counts as the cancellation", () =>
  withFakeHost({}, async (host) => {
    const to = trace();
    const broken: Step = step(to.log, "a", {
      run: () => {
        to.abort.abort();
        return Promise.reject(new DOMException("aborted", "AbortError"));
      },
    });
    await assert.rejects(runOn(host, [broken], to), Cancelled);
  }));

Deno.test("two steps of one name are a mistake of ours", () =>
  withFakeHost({}, async (host) => {
    const to = trace();
    await assert.rejects(runOn(host, [step(to.log, "a"), step(to.log, "a")], to), TypeError);
    assert.deepEqual(host.files.mutations, []);
  }));

Deno.test("the journal has a line before and after each step, written as things happen", () =>
  withFakeHost({}, async (host) => {
    const to = trace();
    const watching: Step = step(to.log, "b", {
      run: () => {
        to.log.push(journalOf(host).map((entry) => entry.event).join(" "));
        return Promise.resolve();
      },
    });
    await runOn(host, [step(to.log, "a", { done: true }), watching], to);
    assert.ok(to.log.includes("run-start step-start step-done step-start"));
    const journal = journalOf(host);
    assert.deepEqual(journal, [
      {
        event: "run-start",
        at: "2026-03-14T10:15:00.123Z",
        run: journal[0]?.event === "run-start" ? journal[0].run : "",
        command: "apply",
        pid: 4711,
        version: "1.2.3",
        steps: [{ id: "a", title: "Do a" }, { id: "b", title: "Do b" }],
      },
      { event: "step-start", at: "2026-03-14T10:15:00.123Z", id: "a" },
      { event: "step-done", at: "2026-03-14T10:15:00.123Z", id: "a", skipped: true },
      { event: "step-start", at: "2026-03-14T10:15:00.123Z", id: "b" },
      { event: "step-done", at: "2026-03-14T10:15:00.123Z", id: "b", skipped: false },
      { event: "run-end", at: "2026-03-14T10:15:00.123Z", ok: true },
    ]);
    const [path] = Object.keys(host.files.tree(`${DIR}/.rxdx/journal`));
    assert.match(path ?? "", /\/20260314T101500123Z-apply-[0-9a-f]{4}\.jsonl$/);
    assert.equal((await host.files.stat(path ?? ""))?.mode, 0o600);
  }));

Deno.test("the stream of events tells the whole story in order", () =>
  withFakeHost({}, async (host) => {
    const to = trace();
    const talking: Step = step(to.log, "a", {
      run: (report) => {
        report.detail("half way");
        report.services([{ service: "nginx", state: "starting", elapsedMs: 5 }]);
        host.clock.advance(1500);
        return Promise.resolve();
      },
    });
    await runOn(host, [talking], to);
    assert.deepEqual(to.events.map((event) => event.type), [
      "run-start",
      "step-start",
      "step-detail",
      "step-services",
      "step-done",
      "run-end",
    ]);
    const done = to.events.find((event) => event.type === "step-done");
    assert.equal(done?.ms, 1500);
    const end = to.events.at(-1);
    assert.ok(end?.type === "run-end" && end.ok && end.changed === 1 && end.ms === 1500);
  }));

Deno.test("failpoints stand before and after every step, also after a skipped one", () =>
  withFakeHost({}, async (host) => {
    const to = trace();
    await runOn(host, [step(to.log, "a", { done: true }), step(to.log, "b")], to);
    assert.deepEqual(host.failpoints, ["before:a", "after:a", "before:b", "after:b"]);
  }));

Deno.test("killed at any failpoint: the next run says where, and comes to its end", async () => {
  for (const point of ["before:a", "after:a", "before:b", "after:b", "before:c", "after:c"]) {
    await withFakeHost({}, async (host) => {
      const done = new Set<string>();
      const steps = (log: string[]): Step[] =>
        ["a", "b", "c"].map((id) =>
          step(log, id, {
            isDone: () => Promise.resolve(done.has(id)),
            run: () => {
              done.add(id);
              return Promise.resolve();
            },
            undo: async () => {
              // As every real undo does; on a dead machine it fails.
              await host.files.stat("/");
              done.delete(id);
            },
          })
        );
      const first = trace();
      host.failAtPoint(point, "kill");
      await assert.rejects(runOn(host, steps(first.log), first), Killed);
      const atDeath = [...done];
      host.revive();
      host.clock.advance(1000);

      const [, id = ""] = point.split(":");
      const found = await findInterrupted(host, DIR);
      assert.equal(found?.command, "apply");
      assert.equal(found?.during, `Do ${id}`);
      assert.equal(found?.finished, ["a", "b", "c"].indexOf(id));
      assert.equal(found?.total, 3);

      const second = trace();
      await runOn(host, steps(second.log), second);
      assert.equal(second.events[0]?.type, "interrupted");
      assert.deepEqual([...done].sort(), ["a", "b", "c"]);
      assert.ok(atDeath.every((each) => done.has(each)), "what was done is still done");
      assert.equal(await findInterrupted(host, DIR), undefined);
    });
  }
});

Deno.test("a disk that is full at the n-th line of the journal never hides the error that matters", async () => {
  for (let number = 1; number <= 12; number++) {
    await withFakeHost({}, async (host) => {
      const to = trace();
      const cause = new SetupError({ code: "cause", message: "the cause", exit: EXIT.apply });
      host.files.failAt(number, "ENOSPC", 100);
      await assert.rejects(
        runOn(host, [step(to.log, "a"), step(to.log, "b", { fails: cause })], to),
        (error) =>
          error instanceof SetupError &&
          (to.log.includes("run b") ? error === cause : error.code === "disk_full"),
      );
      if (to.log.includes("run a")) {
        assert.equal(to.log.filter((line) => line === "undo a").length, 1, `at ${number}`);
      }
    });
  }
});

Deno.test("old journals go when a run ends well, the newest fifty stay", () =>
  withFakeHost({}, async (host) => {
    for (let day = 10; day < 80; day++) {
      host.files.put(`${DIR}/.rxdx/journal/201001${day}T000000000Z-apply-0000.jsonl`, "");
    }
    host.files.put(`${DIR}/.rxdx/journal/notes.txt`, "mine");
    const to = trace();
    await runOn(host, [step(to.log, "a")], to);
    const names = await host.files.list(`${DIR}/.rxdx/journal`);
    assert.equal(names.filter((name) => name.endsWith(".jsonl")).length, 50);
    assert.ok(names.some((name) => name.startsWith("20260314")));
    assert.ok(names.includes("notes.txt"));
  }));

Deno.test("a step that only looks has changed nothing, also when it had to look for a while", () =>
  withFakeHost({}, async (host) => {
    const to = trace();
    const steps = [step(to.log, "a", { check: true }), step(to.log, "b")];
    const outcome = await runOn(host, steps, to);
    assert.deepEqual(to.log, ["ask a", "run a", "ask b", "run b"]);
    assert.deepEqual(outcome.changed, ["b"]);
    const end = to.events.find((event) => event.type === "run-end");
    assert.equal(end?.changed, 1);
  }));

Deno.test("an old journal that cannot be removed does not fail a run that did everything", () =>
  withFakeHost({}, async (host) => {
    for (let day = 10; day < 80; day++) {
      host.files.put(`${DIR}/.rxdx/journal/201001${day}T000000000Z-apply-0000.jsonl`, "");
    }
    const to = trace();
    // A run that only looks leaves no record: opening and four lines come first; then the journals
    // begin to be removed.
    host.files.failAt(6, "EACCES", 100);
    await runOn(host, [step(to.log, "a", { check: true })], to);
    assert.ok(host.files.mutations.some((each) => each.action === "remove"));
  }));
