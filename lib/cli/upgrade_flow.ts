/**
 * An upgrade from its first step to its last, and the way back from wherever it fails. Used by `upgrade`,
 * and by `apply` and `rollback` where one did not come to its end. Their caller holds the lock.
 */
import type { Manifest } from "../backup/manifest.ts";
import { Cancelled, EXIT, SetupError } from "../errors.ts";
import { keysFor } from "../operations/backup/keys.ts";
import { backupScene, knownBackups } from "../operations/backup/scene.ts";
import { needInstall } from "../operations/install.ts";
import { DowntimeMeter } from "../operations/downtime_meter.ts";
import { prepareSteps } from "../operations/upgrade/prepare_steps.ts";
import { planReturn, type Return, returnSteps } from "../operations/upgrade/return_steps.ts";
import { noteUpgrade, readUpgrade } from "../operations/upgrade/records.ts";
import { keepCounts } from "../operations/upgrade/store.ts";
import { commitStep, swapSteps } from "../operations/upgrade/swap_steps.ts";
import type { Upgrade } from "../operations/upgrade/upgrade.ts";
import { spendReserve } from "../steps/reserve.ts";
import { fromTo, type UpgradeRecord } from "../upgrade/record.ts";
import { chosenBackup, createBackup, verifyBackup } from "./backup_flow.ts";
import type { CommandContext } from "./context.ts";
import { execute } from "./execute.ts";
import { secondsText } from "./seconds_text.ts";

export interface Upgraded {
  readonly downtime: number;
  readonly backup: string | undefined;
}

/** A backup of an upgrade that is gone on with much later is made anew. */
const FRESH_MS = 60 * 60_000;

/**
 * @throws SetupError the reason of the failure, with what was brought back and how long it took
 */
export async function runUpgrade(context: CommandContext, upgrade: Upgrade): Promise<Upgraded> {
  const { host, dir } = context;
  const meter = new DowntimeMeter(host, upgrade.prepared.plan.answers.ports.http);
  try {
    const what = fromTo(upgrade.record);
    if (upgrade.record.phase === "preparing") {
      heading(context, `Bring it here, while the present version serves: ${what}`);
      await execute(context, "upgrade", prepareSteps(upgrade));
      if (upgrade.record.touches_data) await backUp(context, upgrade);
    }
    const backup = (await readUpgrade(host, dir))?.backup;
    heading(context, `Change: ${what}`);
    await execute(context, "upgrade", await swapSteps(upgrade));
    return { downtime: await meter.end(), backup };
  } catch (error) {
    throw await cameBack(context, error, meter);
  } finally {
    await meter.end();
  }
}

/** Between the runs that an upgrade is made of. */
function heading({ out }: CommandContext, text: string): void {
  if (!out.json) out.note(`\n${out.colors.bold(text)}`);
}

/** A backup that is proven, made while the old version serves. */
async function backUp(context: CommandContext, { scene }: Upgrade): Promise<void> {
  const { host, dir } = context;
  const record = await readUpgrade(host, dir);
  const age = host.clock.now().getTime() - Date.parse(record?.backup_at ?? "");
  const known = age < FRESH_MS
    ? (await knownBackups(host, scene.install)).find(({ file }) => file === record?.backup)
    : undefined;
  let file = known?.file;
  if (file === undefined) {
    heading(context, "Make a backup");
    let manifest: Manifest | undefined;
    const made = await createBackup(context, scene, { onMade: (each) => manifest = each.manifest });
    if (manifest !== undefined) await keepCounts(host, dir, manifest);
    file = made.file;
    await noteUpgrade(host, dir, "upgrade", { backup: file, backup_at: made.at });
  }
  if (known?.record?.proof?.ok === true) return;
  heading(context, "Prove the backup");
  const backup = await chosenBackup(context, scene, file);
  await verifyBackup(context, scene, backup, await keysFor(host, dir, {}));
}

/** What is going on again where it was killed: its way back, or the last step. */
export async function finishCommit(context: CommandContext): Promise<void> {
  const scene = await backupScene(context.host, await needInstall(context.host, context.dir));
  await execute(context, "upgrade", [commitStep(scene)]);
}

/** Goes back to the version before, whatever the state. */
export async function comeBack(
  context: CommandContext,
  record: UpgradeRecord,
): Promise<Return["outcome"]> {
  const { host, dir } = context;
  const back = await planReturn(host, await needInstall(host, dir), "upgrade", record);
  await execute(context, "upgrade return", returnSteps(back));
  return back.outcome;
}

/** What was brought back, in sentences; honest about what was not. */
export function broughtBack(record: UpgradeRecord, outcome: Return["outcome"]): string {
  const { from, to } = record;
  const database = {
    untouched: "The database was not touched.",
    kept: "The database stays as it is: its schema was not changed.",
    "put back": `The database was put back as ${from.version} left it, because ${to.version} had ` +
      `changed its schema. ` +
      (outcome.aside === undefined
        ? `What ${to.version} wrote in between is gone with it.`
        : `What was written with ${to.version} is not in use any more; it is kept, until the next ` +
          `upgrade, in the database ${outcome.aside}.`),
  }[outcome.database];
  return `${from.version} serves again. Images and configuration are as before. ${database}`;
}

/** Comes back, and returns the error that tells why it was necessary. */
async function cameBack(
  context: CommandContext,
  error: unknown,
  meter: DowntimeMeter,
): Promise<unknown> {
  const { host, dir, out } = context;
  const record = await readUpgrade(host, dir);
  if (record === undefined) return error;
  const reason = error instanceof Error ? error.message : String(error);
  if (record.phase === "committed") {
    return new SetupError({
      code: "upgrade_unfinished",
      message: `${record.to.version} serves; only the last step of the upgrade failed: ${reason}`,
      hint: "rxdx-setup upgrade",
      exit: EXIT.apply,
      cause: error,
    });
  }
  const untouched = record.phase === "preparing";
  if (!untouched) {
    if (!out.json) out.note(`\n${reason}`);
    heading(context, `Back to ${record.from.version}`);
  }
  // Ctrl-C ended the upgrade; it must not end the way back as well.
  const calm = { ...context, signal: new AbortController().signal };
  let outcome: Return["outcome"];
  // It may have failed between two runs, of which none has given the room for the way back.
  await spendReserve(host, dir);
  try {
    outcome = await comeBack(calm, record);
  } catch (second) {
    return new SetupError({
      code: "upgrade_return_failed",
      message: `The upgrade ${fromTo(record)} failed: ${reason}\n\nThe way back failed too: ${
        second instanceof Error ? second.message : String(second)
      }`,
      hint: "rxdx-setup rollback goes on with the way back",
      exit: EXIT.apply,
      cause: error,
    });
  }
  const downtime = await meter.end();
  const after = untouched
    ? `Nothing that runs was changed; ${record.from.version} serves as before.`
    : `${broughtBack(record, outcome)} Users were without the application for ${
      secondsText(downtime)
    }.`;
  if (error instanceof Cancelled) return new Cancelled(after);
  if (!(error instanceof SetupError)) {
    out.note(after);
    return error;
  }
  return new SetupError({
    code: untouched ? error.code : "upgrade_failed",
    message: untouched
      ? `${error.message}\n\n${after}`
      : `The upgrade ${fromTo(record)} failed: ${error.message}\n\n${after}`,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    exit: untouched ? error.exit : EXIT.apply,
    problems: error.problems,
    cause: error,
  });
}
