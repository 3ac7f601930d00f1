/** Putting a backup back into a stack that runs: what `backup restore` does once it knows which and where. */
import type { Key } from "../backup/age.ts";
import type { Manifest } from "../backup/manifest.ts";
import type { LastRestore, Part } from "../backup/restore_state.ts";
import { EXIT, SetupError } from "../errors.ts";
import {
  type Created,
  directoryStep,
  spaceStep,
  sweepStep,
  writeStep,
} from "../operations/backup/create_steps.ts";
import { recipientsLock, serverKeyStep } from "../operations/backup/keys.ts";
import { type BackupScene, needDatabase } from "../operations/backup/scene.ts";
import { interruptStep, letInSteps } from "../operations/interruption.ts";
import { runsApplication } from "../operations/restore/application.ts";
import type { Chosen } from "../operations/restore/choose.ts";
import { checkMajor } from "../operations/restore/load.ts";
import { lateWritesStep } from "../operations/restore/late_writes.ts";
import { heldNow, lookAtPresent, neededBytes, type Present } from "../operations/restore/look.ts";
import type { OpenedBackup } from "../operations/restore/open.ts";
import { lastRestore, readLastRestore, recordRestoreStep } from "../operations/restore/record.ts";
import { type RestoreResult, restoreSteps } from "../operations/restore/steps.ts";
import type { Step } from "../steps/step.ts";
import type { CommandContext } from "./context.ts";
import { execute } from "./execute.ts";
import { looking } from "./looking.ts";
import type { RestorePlan } from "./restore_text.ts";

export interface RestoreWish {
  readonly chosen: Chosen;
  readonly key: Key;
  readonly opened: OpenedBackup;
  readonly parts: readonly Part[];
  /** True where the present state cannot be backed up any more, and the operator said so. */
  readonly skipBackup: boolean;
}

/** Everything that stands in the way, and what would be done; changes nothing. */
export async function planRestore(
  context: CommandContext,
  scene: BackupScene,
  wish: RestoreWish,
): Promise<RestorePlan> {
  const { host, dir } = context;
  const { chosen, opened: { manifest }, parts } = wish;
  const { answers } = scene.install;
  await needDatabase(scene);
  if (parts.includes("database")) {
    checkMajor(manifest, await serverVersion(scene));
    checkGraph(manifest, answers.database.graph);
  }
  const present = await looking(
    context,
    { id: "restore-look", title: "Count what is there now", index: 1, total: 2 },
    (report) => lookAtPresent(scene, manifest, context.signal, (what) => report.detail(what)),
  );
  const { DockerRootDir } = await scene.engine.info();
  return {
    chosen,
    manifest,
    parts,
    stack: answers.name,
    dir,
    present,
    safety: !wish.skipBackup && !present.empty,
    neededBytes: neededBytes(manifest, parts),
    freeBytes: (await host.files.space(DockerRootDir)).freeBytes,
    serves: await runsApplication(scene),
    last: await readLastRestore(host, dir),
    notes: notesOf(scene, manifest, present, wish),
  };
}

async function serverVersion({ engine, ...scene }: BackupScene): Promise<string> {
  const { container } = await needDatabase({ engine, ...scene });
  return (await engine.exec(container, ["postgres", "--version"])).stdout
    .replace(/^\D*/, "");
}

/** @throws SetupError `restore_other_graph` (exit 4) */
function checkGraph(manifest: Manifest, graph: string): void {
  const graphs = manifest.graphs.map((each) => each.graph);
  if (graphs.length === 0 || graphs.includes(graph)) return;
  throw new SetupError({
    code: "restore_other_graph",
    message: `This stack works on the graph ${graph} (database.graph); the backup has ${
      graphs.join(", ")
    }. The application would begin an empty one beside them.`,
    hint: "Restore into an empty directory, which takes the names of the backup: " +
      "rxdx-setup backup restore --from FILE --identity-file key.txt --dir /srv/rxdx",
    exit: EXIT.prerequisite,
  });
}

function notesOf(
  { install: { answers } }: BackupScene,
  manifest: Manifest,
  present: Present,
  { chosen, parts }: RestoreWish,
): string[] {
  const notes: string[] = [];
  if (manifest.stack !== answers.name || manifest.environment !== answers.environment) {
    notes.push(`the backup is of the stack ${manifest.stack} (${manifest.environment})`);
  }
  if (parts.includes("database") && manifest.database.user !== answers.database.user) {
    notes.push(
      `its tables belong to ${manifest.database.user}; here they will belong to ` +
        `${answers.database.user}, and grants to other roles are left out`,
    );
  }
  if (chosen.record?.proof?.ok === false) {
    notes.push("it failed its last proof; it is compared again before anything changes");
  }
  if (present.unreadable !== undefined) {
    notes.push("where the backup of the present state fails: --skip-backup goes on without");
  }
  if (parts.length === 1) {
    const [part] = parts;
    const other = part === "database" ? "uploads" : "database";
    notes.push(`only the ${part}: the ${other} stays as it is, and may not fit`);
  }
  return notes;
}

export interface Restored {
  readonly result: RestoreResult;
  readonly last: LastRestore;
  /** The backup of the state before. */
  readonly before: string | undefined;
  /** What was written while the backup was being read; it is in `before`, and in no older one. */
  readonly late: readonly string[];
}

export interface RestoreOrder {
  /** Whether the present state is backed up first. */
  readonly safety: boolean;
  readonly neededBytes: number;
  /** What was seen of it: nothing that came after may be lost where it is not backed up first. */
  readonly present: Present;
}

/** What is there now that nobody else may change it: a plan may be older than the last who has worked. */
export async function orderNow(
  context: CommandContext,
  scene: BackupScene,
  { opened: { manifest }, parts, skipBackup }: RestoreWish,
): Promise<RestoreOrder> {
  const present = await looking(
    context,
    { id: "restore-look-again", title: "Count what is there now", index: 0, total: 1 },
    (report) => lookAtPresent(scene, manifest, context.signal, (what) => report.detail(what)),
  );
  return {
    safety: !skipBackup && !present.empty,
    neededBytes: neededBytes(manifest, parts),
    present,
  };
}

/**
 * A backup of what is about to be replaced. Its name is the second in which these steps are made.
 *
 * @param made called when it is on disk
 */
export function safetySteps(scene: BackupScene, made: (created: Created) => void): Step[] {
  const { host, install: { dir } } = scene;
  return [
    directoryStep(scene),
    sweepStep(scene),
    serverKeyStep(host, dir),
    spaceStep(scene),
    writeStep(scene, () => recipientsLock(host, dir), made, { before_restore: true }),
  ];
}

/** The caller holds the lock and has asked. */
export async function restoreInto(
  context: CommandContext,
  scene: BackupScene,
  wish: RestoreWish,
  plan: RestoreOrder,
): Promise<Restored> {
  const { host } = context;
  const { chosen, key, opened, parts } = wish;
  let result: RestoreResult | undefined;
  let before: Created | undefined;
  let late: readonly string[] = [];
  const backUp = () => safetySteps(scene, (made) => before = made);
  const lateStep = lateWritesStep({
    parts,
    known: () => wish.skipBackup ? undefined : before?.manifest ?? plan.present.held,
    now: (report, signal) => heldNow(scene, signal, (what) => report.detail(what)),
    backUp: async (report, signal) => {
      for (const step of backUp()) if (!await step.isDone()) await step.run(report, signal);
    },
  }, (written) => late = written);
  const steps = restoreSteps(scene, {
    source: {
      path: chosen.path,
      file: chosen.file,
      key,
      sha256: opened.sha256,
      user: opened.manifest.database.user,
      neededBytes: plan.neededBytes,
    },
    parts,
    stopped: [lateStep],
    ended: (found) => result = found,
  });
  const [settle, ...load] = steps.load;
  const safety = plan.safety ? backUp() : [];
  let last: LastRestore | undefined;
  await execute(context, "backup restore", [
    ...(settle === undefined ? [] : [settle]),
    ...safety,
    ...load,
    interruptStep(scene, "backup restore"),
    ...steps.swap,
    ...steps.start,
    ...letInSteps(scene),
    ...steps.drop,
    recordRestoreStep(scene, () => {
      if (result === undefined) throw new TypeError("restored, and nothing is known of it");
      return last ??= lastRestore(host, { file: chosen.file, parts, result });
    }),
  ]);
  if (result === undefined || last === undefined) throw new TypeError("restored without a result");
  return { result, last, before: before?.record.file, late };
}
