/** A rollback from its backup to its last step. Its caller holds the lock. */
import { keysFor } from "../operations/backup/keys.ts";
import { runsApplication } from "../operations/restore/application.ts";
import { lateWritesStep } from "../operations/restore/late_writes.ts";
import { type Held, heldNow } from "../operations/restore/look.ts";
import { type RestoreSteps, restoreSteps } from "../operations/restore/steps.ts";
import { readState } from "../operations/restore/target.ts";
import { DowntimeMeter } from "../operations/downtime_meter.ts";
import { restoredBytes, type Rollback, rollbackSteps } from "../operations/upgrade/rollback.ts";
import { noteUpgrade, readUpgrade } from "../operations/upgrade/records.ts";
import type { Step } from "../steps/step.ts";
import { assertWritable } from "../steps/writable.ts";
import { chosenBackup, createBackup, verifyBackup } from "./backup_flow.ts";
import type { CommandContext } from "./context.ts";
import { execute } from "./execute.ts";
import { safetySteps } from "./restore_flow.ts";

export interface RolledBack {
  readonly downtime: number;
  /** The backup of the state before. */
  readonly safety: string | undefined;
}

export async function runRollback(context: CommandContext, back: Rollback): Promise<RolledBack> {
  const { host, dir } = context;
  const { shelf, plan, scene, record } = back;
  const meter = new DowntimeMeter(host, plan.answers.ports.http);
  try {
    // A backup, and its proof, take their time: not for files that cannot be put back then.
    await assertWritable(host, dir, back.files.map(({ path }) => path));
    let safety = await stillHolds(back) ? record.safety : undefined;
    let held: Held | undefined;
    if (record.touches_data && safety === undefined) {
      const made = await createBackup(context, scene, { onMade: (each) => held = each.manifest });
      safety = made.file;
      await noteUpgrade(host, dir, shelf, { safety, data: back.data });
      if (back.data) {
        const backup = await chosenBackup(context, scene, safety);
        await verifyBackup(context, scene, backup, await keysFor(host, dir, {}));
      }
    }
    const restored = (await readUpgrade(host, dir, shelf))?.restored === true;
    // The newer version serves until it is stopped: what is written by then has a backup too.
    const late = lateWritesStep({
      parts: ["database"],
      known: () => held,
      now: (report, signal) => heldNow(scene, signal, (what) => report.detail(what)),
      backUp: async (report, signal) => {
        const steps = safetySteps(scene, ({ record }) => safety = record.file);
        for (const step of steps) if (!await step.isDone()) await step.run(report, signal);
        if (safety !== undefined) await noteUpgrade(host, dir, shelf, { safety });
      },
    });
    const data = back.data && !restored ? await dataSteps(context, back, late) : undefined;
    await execute(context, "rollback", rollbackSteps(back, data));
    return { downtime: await meter.end(), safety };
  } finally {
    await meter.end();
  }
}

/** Whether the backup of a run before this one has all that was written: nobody can have gone on since. */
async function stillHolds({ scene, record }: Rollback): Promise<boolean> {
  if (record.phase !== "rolling-back") return false;
  if (record.restored === true) return true;
  const { host, install } = scene;
  return await readState(host, install.dir) === undefined && !await runsApplication(scene);
}

/** The database of the backup that the upgrade made, restored beside what serves. */
async function dataSteps(
  { host, dir }: CommandContext,
  { scene, backup }: Rollback,
  late: Step,
): Promise<RestoreSteps> {
  if (backup === undefined) throw new TypeError("there is no backup to go back to");
  const { file, record } = backup;
  return restoreSteps(scene, {
    source: {
      path: `${scene.directory}/${file}`,
      file,
      key: await keysFor(host, dir, {}),
      ...(record === undefined ? {} : {
        sha256: record.sha256,
        neededBytes: restoredBytes(record.database_bytes),
        neededForDatabase: restoredBytes(record.database_bytes),
      }),
    },
    parts: ["database"],
    stopped: [late],
  });
}
