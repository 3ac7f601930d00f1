/**
 * The steps of an import: everything that can be made ready while the old stack serves, a backup, then the
 * switch. Until the new stack has served, whatever fails brings the old one back.
 */
import type { Lock } from "../../backup/age.ts";
import { Engine } from "../../engine/client.ts";
import type { Host } from "../../host/types.ts";
import type { Step } from "../../steps/step.ts";
import { applySteps } from "../apply.ts";
import { directoryStep, spaceStep, sweepStep, writeStep } from "../backup/create_steps.ts";
import { recipientsLock, serverKeyStep } from "../backup/keys.ts";
import { backupDirectory, type BackupScene } from "../backup/scene.ts";
import { configurationPath } from "../install.ts";
import type { Prepared } from "../prepare.ts";
import { bindVolumeStep, uploadsStep } from "./data_steps.ts";
import { bringBack, type OldStack, serves, stopOldStep } from "./old_stack.ts";
import { type ImportState, noteImport, readImport, writeImport } from "./state.ts";

export interface ImportOptions {
  /** False: the operator wants none. */
  readonly backup: boolean;
  /** Told when the old stack stops serving, and when the new one serves. */
  readonly downtime: (event: "begins" | "ends") => void;
}

export async function importSteps(
  host: Host,
  prepared: Prepared,
  state: OldStack["state"],
  options: ImportOptions,
): Promise<Step[]> {
  const { plan } = prepared;
  const engine = new Engine(host);
  const old: OldStack = { host, engine, dir: plan.dir, state };
  const steps = await applySteps(host, prepared, { start: true });
  const done = phaseStep(host, plan.dir, {
    id: "import-done",
    title: "Note that it is taken over",
    phase: "done",
  });
  // The switch is behind a run that was killed: what is left is what every apply does.
  if ((await readImport(host, plan.dir))?.phase === "serves") return [...steps, done];
  const first = steps.findIndex(({ id }) => id === "start");
  const last = steps.findIndex(({ id }) => id === "admin");
  const { bind, uploads } = state.data;
  return [
    beginStep(old),
    ...steps.slice(0, first),
    ...(options.backup ? backupSteps(host, engine, prepared, state) : []),
    ...(bind === undefined ? [] : [bindVolumeStep(host, engine, bind)]),
    stopOldStep(old, () => options.downtime("begins")),
    ...(uploads === undefined ? [] : [uploadsStep(host, plan, uploads)]),
    // Up to here and no further may it be taken back: that is what the old stack is kept for.
    ...steps.slice(first, last + 1).map(revocable),
    // The new stack has served: from here on it is the one.
    {
      ...phaseStep(host, plan.dir, {
        id: "import-keep",
        title: "Keep the new stack",
        phase: "serves",
        reached: () => options.downtime("ends"),
      }),
      barrier: true,
    },
    ...steps.slice(last + 1),
    done,
  ];
}

function revocable(step: Step): Step {
  const { barrier: _, ...rest } = step;
  return rest;
}

/** While the import is open, the directory is an install; taken back, it is none. */
function beginStep(old: OldStack): Step {
  const { host, dir, state } = old;
  return {
    id: "import-begin",
    title: `Note what is taken over from ${state.from}`,
    facts: () => ({ from: state.from, project: state.project }),
    // Always run, so that it is always taken back: also by a run that goes on after one that was killed.
    isDone: () => Promise.resolve(false),
    run: async () => {
      const before = await readImport(host, dir);
      const known = before?.phase === "begun" ? before : {};
      await writeImport(host, dir, { ...known, ...state, phase: "begun" });
    },
    undo: async () => {
      if (!await serves(old)) await bringBack(old);
      // Other commands must not mistake the stack that serves again for one that was made from here.
      await host.files.remove(configurationPath(dir));
      await noteImport(host, dir, { phase: "returned" });
    },
  };
}

function phaseStep(
  host: Host,
  dir: string,
  of: {
    readonly id: string;
    readonly title: string;
    readonly phase: ImportState["phase"];
    readonly reached?: () => void;
  },
): Step {
  return {
    id: of.id,
    title: of.title,
    isDone: async () => (await readImport(host, dir))?.phase === of.phase,
    run: async () => {
      of.reached?.();
      await noteImport(host, dir, { phase: of.phase });
    },
  };
}

/** A backup of the old stack in the form of ours, so that `backup verify` can prove it. */
function backupSteps(
  host: Host,
  engine: Engine,
  { plan, files }: Prepared,
  state: OldStack["state"],
): Step[] {
  const { dir, answers, provenance } = plan;
  const configuration = files.find(({ path }) => path === "rxdx.yml")?.text ?? "";
  const install = { dir, answers, provenance, configuration, secrets: {}, receipt: undefined };
  const scene: BackupScene = {
    host,
    engine,
    install,
    directory: backupDirectory(install),
    lock: undefined,
    services: state.services,
  };
  const lock = (): Promise<Lock> => recipientsLock(host, dir);
  const made = async () => {
    const name = (await readImport(host, dir))?.backup;
    return name !== undefined && await host.files.stat(`${scene.directory}/${name}`) !== undefined;
  };
  let file = "";
  const write = writeStep(scene, lock, ({ record }) => file = record.file);
  const steps: Step[] = [
    directoryStep(scene),
    sweepStep(scene),
    serverKeyStep(host, dir),
    spaceStep(scene),
    {
      ...write,
      title: "Back up the old stack",
      isDone: made,
      run: async (report, signal) => {
        await write.run(report, signal);
        await noteImport(host, dir, { backup: file });
      },
    },
  ];
  return steps.map((step) => ({
    ...step,
    // On a run that goes on after the switch there is nothing left to read, and no need to.
    isDone: async () => await made() || await step.isDone(),
  }));
}
