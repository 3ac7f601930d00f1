/**
 * The one way to change the machine: takes a list of steps, writes the journal, asks `isDone`,
 * runs, and on failure undoes in reverse what declares an undo. A run that changes something is
 * in the record of changes before it does, and with its result after. The caller holds the lock.
 */
import type { AuditFacts } from "../audit/entry.ts";
import { recorder, resultOf } from "../audit/recorder.ts";
import { Cancelled, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import type { Emit } from "./events.ts";
import { findInterrupted, type Journal, openJournal, pruneJournals } from "./journal.ts";
import { keepReserve, spendReserve } from "./reserve.ts";
import type { Step, StepReport } from "./step.ts";

/** What a run needs to know. */
export interface RunOptions {
  readonly host: Host;
  /** Install directory; the journal lies in its `.rxdx/journal`. */
  readonly dir: string;
  /** The verb, for the journal: `init`, `apply`. */
  readonly command: string;
  /** What was typed, for the record of changes; secrets are taken out there. */
  readonly argv: readonly string[];
  readonly version: string;
  readonly emit: Emit;
  /** Aborted by Ctrl-C: the step under way is told, no further one begins. */
  readonly signal: AbortSignal;
}

/** Outcome of a run that came to its end. */
export interface RunOutcome {
  readonly run: string;
  /** Ids of the steps that did something; one that only looks has not. */
  readonly changed: readonly string[];
}

/**
 * Runs the steps in order.
 *
 * @throws the error of the step that failed, after undoing; {@link Cancelled} after Ctrl-C.
 */
export async function runSteps(steps: readonly Step[], options: RunOptions): Promise<RunOutcome> {
  const { host, dir, emit } = options;
  assertUnique(steps);
  const previous = await findInterrupted(host, dir);
  if (previous !== undefined) emit({ type: "interrupted", previous });
  const journal = await openJournal(host, dir, options.command);
  const began = host.clock.monotonic();
  const at = () => host.clock.now().toISOString();
  const list = steps.map(({ id, title }) => ({ id, title }));
  const finished: Step[] = [];
  const changed: string[] = [];
  const undone: string[] = [];
  const { command, argv } = options;
  const record = recorder({ host, dir, run: journal.run, command, argv, locked: true });
  const outcome = () => ({ changed, undone, facts: factsOf(steps) });
  try {
    await journal.record({
      event: "run-start",
      at: at(),
      run: journal.run,
      command: options.command,
      pid: host.system.pid,
      version: options.version,
      steps: list,
    });
    emit({ type: "run-start", run: journal.run, command: options.command, steps: list });
    let pastBarrier = false;
    for (const [index, step] of steps.entries()) {
      if (options.signal.aborted) {
        // A step that did not notice the abort has ended well; it is taken back all the same.
        if (!pastBarrier) {
          await spendReserve(host, dir);
          undone.push(...await undoAll(finished, journal, options));
        }
        throw new Cancelled();
      }
      const from = host.clock.monotonic();
      const elapsed = () => Math.round(host.clock.monotonic() - from);
      emit({
        type: "step-start",
        id: step.id,
        title: step.title,
        index,
        total: steps.length,
      });
      let begun = false;
      try {
        await journal.record({ event: "step-start", at: at(), id: step.id });
        host.failpoint(`before:${step.id}`);
        const skipped = await step.isDone();
        if (!skipped) {
          // What only looks changes nothing: a run in which nothing is done leaves no line.
          if (step.check !== true) {
            if (!record.begun) await keepReserve(host, dir);
            await record.begin(factsOf(steps));
          }
          pastBarrier ||= step.barrier === true;
          begun = true;
          await step.run(reporter(step, emit), options.signal);
          if (step.check !== true) changed.push(step.id);
          finished.push(step);
        }
        host.failpoint(`after:${step.id}`);
        await journal.record({ event: "step-done", at: at(), id: step.id, skipped });
        emit({
          type: "step-done",
          id: step.id,
          title: step.title,
          skipped,
          check: step.check === true,
          ms: elapsed(),
        });
      } catch (thrown) {
        const error = options.signal.aborted && !(thrown instanceof SetupError)
          ? new Cancelled()
          : thrown;
        const message = error instanceof Error ? error.message : String(error);
        emit({ type: "step-failed", id: step.id, title: step.title, message, ms: elapsed() });
        // What the disk may be full of must not keep the way back from being written.
        await spendReserve(host, dir);
        // A full disk must not hide the error that matters behind one about the journal.
        await journal.record({ event: "step-failed", at: at(), id: step.id, message })
          .catch(() => undefined);
        if (!pastBarrier) {
          // A step that began may have done half of its work. One that ran and failed only
          // afterwards (a full disk, a failpoint) is among the finished already.
          const half = begun && !finished.includes(step) ? [step] : [];
          undone.push(...await undoAll([...finished, ...half], journal, options));
        }
        throw error;
      }
    }
    await record.end({ result: "ok", ...outcome() });
    await journal.record({ event: "run-end", at: at(), ok: true });
    // Housekeeping: everything is done, and a journal that cannot be removed does not undo that.
    await pruneJournals(host, dir).catch(() => undefined);
    emit({
      type: "run-end",
      run: journal.run,
      ok: true,
      changed: changed.length,
      ms: Math.round(host.clock.monotonic() - began),
    });
    return { run: journal.run, changed };
  } catch (error) {
    // Whatever keeps the end from being written down, the next run finds that it is missing.
    await record.end({ result: resultOf(error), error, ...outcome() }).catch(() => undefined);
    await journal.record({ event: "run-end", at: at(), ok: false }).catch(() => undefined);
    emit({
      type: "run-end",
      run: journal.run,
      ok: false,
      changed: changed.length,
      ms: Math.round(host.clock.monotonic() - began),
    });
    throw error;
  } finally {
    journal.close();
  }
}

function reporter(step: Step, emit: Emit): StepReport {
  return {
    detail: (text) => emit({ type: "step-detail", id: step.id, text }),
    services: (services) => emit({ type: "step-services", id: step.id, services }),
  };
}

/** In reverse, each as far as it can: an undo that fails does not keep the others from happening. */
async function undoAll(
  steps: readonly Step[],
  journal: Journal,
  options: RunOptions,
): Promise<string[]> {
  const { emit, host } = options;
  const undone: string[] = [];
  for (const step of steps.toReversed()) {
    if (step.undo === undefined) continue;
    emit({ type: "undo-start", id: step.id, title: step.title });
    let ok = true;
    try {
      await step.undo();
      undone.push(step.id);
      emit({ type: "undo-done", id: step.id, title: step.title });
    } catch (error) {
      ok = false;
      const message = error instanceof Error ? error.message : String(error);
      emit({ type: "undo-failed", id: step.id, title: step.title, message });
    }
    await journal.record({ event: "undo", at: host.clock.now().toISOString(), id: step.id, ok })
      .catch(() => undefined);
  }
  return undone;
}

function factsOf(steps: readonly Step[]): AuditFacts {
  return Object.assign({}, ...steps.map((step) => step.facts?.() ?? {}));
}

function assertUnique(steps: readonly Step[]): void {
  const ids = new Set(steps.map((step) => step.id));
  if (ids.size !== steps.length) throw new TypeError("two steps of one run have the same id");
}
