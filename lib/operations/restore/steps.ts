/**
 * The steps of a restore beside a running stack, in four groups that may stand alone: `load` changes nothing that
 * serves, `swap` stops the application and exchanges old and new, `start` starts it and asks whether all is
 * well, `drop` removes the old state. A failure before `drop` takes everything back, and the old state serves.
 *
 * `backup restore` and `rollback` are made of them. A caller that starts the application itself (because it is
 * another version, for example) puts its own steps between `started` and `drop`.
 */
import { FIX_GRAPH_IDS } from "../../backup/sql.ts";
import type { Manifest } from "../../backup/manifest.ts";
import { newDatabase, type Part, type RestoreState } from "../../backup/restore_state.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Step } from "../../steps/step.ts";
import { compareDatabase, writeToGraphs } from "../backup/compare.ts";
import { needDatabase, type StackScene } from "../backup/scene.ts";
import {
  applicationReady,
  runsApplication,
  startApplication,
  stopApplication,
} from "./application.ts";
import { load, notRestored, type RestoreSource } from "./load.ts";
import { restoreSpaceStep } from "./look.ts";
import { returnOld, settleStep } from "./settle.ts";
import { dropLoaded, dropOld, swap } from "./swap.ts";
import { forgetFinished, forgetState, inDatabase, readState, writeState } from "./target.ts";
import { loadedUploads } from "./uploads.ts";

export interface RestoreOptions {
  readonly source: RestoreSource;
  /** The database alone when absent. */
  readonly parts?: readonly Part[];
  /** Between the stop and the exchange; when one fails, the old state serves. */
  readonly stopped?: readonly Step[];
  /** Called when the old state is gone. */
  readonly ended?: (result: RestoreResult) => void;
}

export interface RestoreResult {
  readonly manifest: Manifest;
  /** Milliseconds from the order to stop to the moment in which people were served again. */
  readonly downtimeMs: number;
  /** Milliseconds from the first step of `load` to the end of `start`. */
  readonly totalMs: number;
}

export interface RestoreSteps {
  /** Beside what serves; takes an interrupted restore back first. */
  readonly load: readonly Step[];
  /** Stops the application and exchanges old and new. */
  readonly swap: readonly Step[];
  /**
   * Notes that the application may be started on the new state: from here a run that is killed is brought to
   * its end where the application is ready. First of `start`; on its own for who starts it otherwise.
   */
  readonly started: Step;
  /** Starts the containers that were stopped, waits for readiness, looks at the table of accounts. */
  readonly start: readonly Step[];
  /** Nothing can be taken back any more. */
  readonly drop: readonly Step[];
}

/** Puts the database of a backup back, and nothing else: see {@link restoreSteps}. */
export function restoreDatabaseSteps(
  scene: StackScene,
  options: Omit<RestoreOptions, "parts">,
): Step[] {
  const { load, swap, start, drop } = restoreSteps(scene, { ...options, parts: ["database"] });
  return [...load, ...swap, ...start, ...drop];
}

/** The database must be running; the application may be stopped, broken or of another version. */
export function restoreSteps(scene: StackScene, options: RestoreOptions): RestoreSteps {
  const { host, install } = scene;
  const { source, parts = ["database"] } = options;
  const id = [...host.random.bytes(4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const database = install.answers.database.name;
  const state: RestoreState = {
    schema: 1,
    id,
    phase: "load",
    file: source.file,
    parts,
    at: host.clock.now().toISOString(),
  };
  const never = () => Promise.resolve(false);
  const hasDatabase = parts.includes("database");
  let manifest: Manifest | undefined;
  const known = (): Manifest => {
    if (manifest === undefined) throw new TypeError("nothing was restored");
    return manifest;
  };
  let began = 0;
  let stopped: number | undefined;
  let ready = false;
  let end: number | undefined;
  /** Whoever starts the application here lets people in before the old state is removed. */
  const served = () => ready ? end ??= host.clock.monotonic() : undefined;
  let ran = false;
  const failed = (why: string) => notRestored(source.file, why);
  const loadStep: Step = {
    id: "restore-load",
    title: `Restore ${source.file} beside what is in use`,
    facts: () => ({ backup: source.file, restore: id, parts: parts.join(",") }),
    isDone: never,
    run: async (report, signal) => {
      began = host.clock.monotonic();
      await writeState(scene, state);
      manifest = await load(scene, source, { id, parts }, report, signal);
    },
    undo: async () => {
      // Taken back with the rest already; or that failed, and the next run has to find what is left.
      if ((await readState(host, install.dir))?.phase !== "load") return;
      await dropLoaded(scene, state);
      await forgetState(scene);
    },
  };
  const graphsStep: Step = {
    id: "restore-graphs",
    title: "Give the graphs their new object ids",
    isDone: () => Promise.resolve(!hasDatabase || known().graphs.length === 0),
    run: (_report, signal) =>
      inDatabase(scene, newDatabase(id), signal, async (session) => {
        await session.run(FIX_GRAPH_IDS);
      }),
  };
  const proveStep: Step = {
    id: "restore-prove",
    title: "Compare every count and digest with the manifest, and write to every graph",
    check: true,
    isDone: never,
    run: async (report, signal) => {
      const running = await needDatabase(scene);
      if (parts.includes("uploads")) {
        const found = await loadedUploads(scene, running.image, id, signal);
        const wanted = known().uploads.files;
        if (found < wanted) throw failed(`${found} uploads instead of ${wanted}`);
      }
      if (!hasDatabase) return;
      const compared = {
        host,
        database: { ...running, name: newDatabase(id) },
        manifest: known(),
        failed,
        report,
        signal,
      };
      await compareDatabase(compared);
      await writeToGraphs(compared, true);
      report.detail("statistics for the planner of queries");
      await inDatabase(scene, newDatabase(id), signal, async (session) => {
        await session.run("SET statement_timeout = 0;\nANALYZE;");
      });
    },
  };
  const stopStep: Step = {
    id: "restore-stop",
    title: "Stop the application",
    isDone: never,
    run: async (report, signal) => {
      ran = await runsApplication(scene);
      stopped = host.clock.monotonic();
      await writeState(scene, { ...state, phase: "swap" });
      await stopApplication(scene, report, signal);
    },
    // For all that comes after it too: back to the old state in one order, whatever had been reached.
    undo: () => returnOld(scene, state, ran),
  };
  const swapStep: Step = {
    id: "restore-swap",
    title: hasDatabase
      ? "Exchange the present state and the restored one"
      : "Exchange the present uploads and the restored ones",
    isDone: never,
    run: (_report, signal) => swap(scene, state, signal),
  };
  const started: Step = {
    id: "restore-started",
    title: "Note that the restored state is in place",
    isDone: async () => (await readState(host, install.dir))?.phase === "start",
    run: () => writeState(scene, { ...state, phase: "start" }),
  };
  const startStep: Step = {
    id: "restore-start",
    title: "Start the application on it",
    isDone: never,
    run: async (report, signal) => {
      await startApplication(scene, signal);
      await applicationReady(scene, report, signal);
      ready = true;
    },
  };
  const accountsStep: Step = {
    id: "restore-accounts",
    title: "Look at the table of accounts",
    check: true,
    isDone: () => Promise.resolve(!hasDatabase),
    run: (_report, signal) =>
      inDatabase(scene, database, signal, async (session) => {
        const wanted = known().tables.find(({ table }) => table === "public.users")?.rows;
        if (wanted === undefined) return;
        const [found] = await session.rows<{ count: number }>(
          "SELECT count(*) AS count FROM public.users",
        );
        if ((found?.count ?? 0) < wanted) {
          throw failed(`${found?.count ?? 0} accounts instead of ${wanted}`);
        }
      }),
  };
  const dropStep: Step = {
    id: "restore-drop",
    title: "Remove the state before",
    barrier: true,
    facts: () =>
      stopped === undefined || served() === undefined ? {} : {
        restore_ms: String(Math.round((served() ?? began) - began)),
        downtime_ms: String(Math.round((served() ?? stopped) - stopped)),
      },
    isDone: never,
    run: async () => {
      const until = served() ?? host.clock.monotonic();
      await writeState(scene, { ...state, phase: "drop" });
      await dropOld(scene, state);
      await forgetFinished(scene);
      options.ended?.({
        manifest: known(),
        downtimeMs: until - (stopped ?? until),
        totalMs: until - began,
      });
    },
  };
  return {
    load: [
      settleStep(scene),
      restoreSpaceStep(scene, source.neededBytes ?? 0),
      loadStep,
      graphsStep,
      proveStep,
    ],
    swap: [stopStep, ...options.stopped ?? [], swapStep],
    started,
    start: [started, startStep, accountsStep],
    drop: [dropStep],
  };
}

/** @throws SetupError `restore_under_way` (exit 5) for what must not happen between two states */
export async function needNoRestore({ host, install }: StackScene): Promise<void> {
  if ((await readState(host, install.dir))?.phase !== "swap") return;
  throw new SetupError({
    code: "restore_under_way",
    message: "A restore did not come to its end, and the stack is between two states.",
    hint: "rxdx-setup start takes it back or finishes it; then run the same command again",
    exit: EXIT.apply,
  });
}
