/**
 * `rollback` out of an upgrade that did not come to its end. Where people may have worked in the newer version
 * and its database goes back, they are told how much that is, and it is backed up first.
 */
import { EXIT, type ExitCode, SetupError } from "../errors.ts";
import { backupScene } from "../operations/backup/scene.ts";
import { needInstall } from "../operations/install.ts";
import { type GivenUp, lookAtGivingUp } from "../operations/upgrade/give_up.ts";
import { readUpgrade } from "../operations/upgrade/records.ts";
import { FAILED } from "../upgrade/database_sql.ts";
import { lossLines } from "../upgrade/loss.ts";
import { fromTo, unfinishedText, type UpgradeRecord } from "../upgrade/record.ts";
import { confirm } from "./confirm.ts";
import type { CommandContext } from "./context.ts";
import { execute, locked } from "./execute.ts";
import { looking } from "./looking.ts";
import { safetySteps } from "./restore_flow.ts";
import { lossJson } from "./rollback_text.ts";
import { broughtBack, comeBack } from "./upgrade_flow.ts";
import { part } from "./upgrade_text.ts";

export async function giveUp(context: CommandContext, pending: UpgradeRecord): Promise<ExitCode> {
  const { host, out, dir } = context;
  out.note(`${unfinishedText(pending)}\n`);
  const scene = await backupScene(host, await needInstall(host, dir));
  const look = (record: UpgradeRecord) =>
    looking(
      context,
      { id: "upgrade-look", title: "Compare the data with those of then", index: 0, total: 1 },
      (report) => lookAtGivingUp(scene, record, context.signal, (table) => report.detail(table)),
    );
  if (pending.copied === true) {
    const found = await look(pending);
    if (out.json) {
      out.noteJson({ event: { type: "plan", data: found.goesBack, lost: lossJson(found) } });
    } else out.note(`${part("The data", dataLines(pending, found), out.colors)}\n`);
  }
  await confirm(context, `Give the upgrade up and go back to ${pending.from.version}?`);
  return await locked(context, "rollback", async () => {
    const now = await readUpgrade(host, dir);
    const same = now?.started_at === pending.started_at && now.phase !== "committed";
    if (now === undefined || !same) throw changedMeanwhile();
    // People may have gone on working until the question was answered.
    const found = now.copied === true ? await look(now) : undefined;
    const newer = found?.goesBack === true && found.opened ? await backUp(context, now) : undefined;
    const outcome = await comeBack(context, now);
    if (out.json) {
      out.resultJson({
        schema: 1,
        from: now.to.version,
        to: now.from.version,
        data: outcome.database === "put back",
        lost: found === undefined ? null : lossJson(found),
        kept_database: outcome.aside ?? null,
        newer_backup: newer ?? null,
        backup: now.backup ?? null,
        downtime_seconds: null,
      });
    } else {
      out.result(
        `The upgrade ${fromTo(now)} was given up. ${broughtBack(now, outcome)}` +
          (newer === undefined ? "" : ` It is in the backup ${newer}, too.`),
      );
    }
    return EXIT.ok;
  });
}

function changedMeanwhile(): SetupError {
  return new SetupError({
    code: "changed_meanwhile",
    message: "Another run brought the upgrade to its end meanwhile. Nothing was done.",
    hint: "rxdx-setup status",
    exit: EXIT.apply,
  });
}

export function dataLines({ from, to }: UpgradeRecord, found: GivenUp): string[] {
  const { goesBack, opened, loss, unknown } = found;
  const kept = `kept in the database ${FAILED} until the next upgrade`;
  if (unknown !== undefined) {
    return [
      `they could not be looked at: ${unknown}`,
      `If ${to.version} has changed the schema, they go back to what ${from.version} left.` +
      (opened ? ` What was written with ${to.version} is then ${kept}.` : ""),
    ];
  }
  if (!goesBack || loss === undefined) return ["stay as they are: the schema is that of then"];
  return [
    `go back to what ${from.version} left, because ${to.version} has changed the schema`,
    `what is there now and was not then${
      opened ? "" : "; nobody was let in, so it is the new version's own"
    }:`,
    ...lossLines(loss).map((line) => `  ${line}`),
    ...(opened ? [`It is backed up first, and ${kept}.`] : []),
  ];
}

/**
 * The name of the backup. Where none can be made the way back is gone all the same: what would be in it stays in
 * a database of its own, and the old version has to serve.
 */
async function backUp(context: CommandContext, record: UpgradeRecord): Promise<string | undefined> {
  const { host, out, dir } = context;
  const scene = await backupScene(host, await needInstall(host, dir));
  let made: string | undefined;
  try {
    const steps = safetySteps(scene, (created) => made = created.record.file);
    await execute(context, "backup create", steps);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof SetupError)) throw error;
    out.note(
      `The data of ${record.to.version} could not be backed up: ${error.message}\n` +
        `They are kept in the database ${FAILED}.\n`,
    );
  }
  return made;
}
