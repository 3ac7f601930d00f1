/** `rollback`: back to the version before the last upgrade, or out of one that did not come to its end. */
import { Engine } from "../../engine/client.ts";
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { backupScene } from "../../operations/backup/scene.ts";
import { needOwnStack } from "../../operations/pinned.ts";
import { readPending, unfinished } from "../../operations/rotate/pending.ts";
import { needPrevious, planRollback, resumeSteps } from "../../operations/upgrade/rollback.ts";
import { readUpgrade } from "../../operations/upgrade/records.ts";
import { unfinishedText } from "../../upgrade/record.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";
import { giveUp } from "../give_up.ts";
import { lossJson, rollbackJson, rollbackText } from "../rollback_text.ts";
import { runRollback } from "../rollback_flow.ts";
import { needEngine } from "../stack_look.ts";
import { finishCommit } from "../upgrade_flow.ts";
import { secondsText } from "../seconds_text.ts";

interface Flags {
  readonly data: boolean;
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out, dir } = context;
  const engine = new Engine(host);
  await needEngine(engine);
  const pending = await readUpgrade(host, dir);
  if (pending !== undefined && pending.phase !== "committed") return await giveUp(context, pending);
  if (pending !== undefined) await locked(context, "rollback", () => finishCommit(context));
  const rotation = await readPending(host, dir);
  if (rotation !== undefined) throw unfinished(rotation);
  const install = await needOwnStack(host, engine, dir);
  const left = await needPrevious(host, dir);
  const goesOn = left.phase === "rolling-back";
  if (goesOn) {
    out.note(`${unfinishedText(left)}\n`);
    // Killed between two states, it has a database that lets nobody in: what is lost could not be counted.
    const scene = await backupScene(host, install);
    await locked(context, "rollback", () => execute(context, "rollback", resumeSteps(scene)));
  }
  const record = await needPrevious(host, dir);
  const asked = flags.data || (goesOn && left.data === true);
  const back = await planRollback(host, install, record, asked, context.signal);
  if (out.json) out.noteJson({ event: { type: "plan", ...rollbackJson(back) } });
  else out.note(`${rollbackText(back, out.colors)}\n`);
  if (back.data && !asked && !context.interactive) {
    throw new SetupError({
      code: "needs_data",
      message:
        `${record.to.version} has changed the schema of the database, so that the data have ` +
        "to go back as well, and what stands above would be lost. Nothing was changed.",
      hint: "If that is meant: rxdx-setup rollback --data --yes",
      exit: EXIT.usage,
    });
  }
  await confirm(
    context,
    back.data
      ? `Go back to ${record.from.version}, with the data of then?`
      : `Go back to ${record.from.version}? The data stay as they are.`,
    "What would be done stands above; if that is meant, give --yes",
  );
  return await locked(context, "rollback", async () => {
    if (JSON.stringify(await readUpgrade(host, dir, "previous")) !== JSON.stringify(record)) {
      throw new SetupError({
        code: "changed_meanwhile",
        message: "Another run was here meanwhile. Nothing was done.",
        hint: "rxdx-setup status; then run the same command again",
        exit: EXIT.apply,
      });
    }
    const { downtime, safety } = await runRollback(context, back);
    if (out.json) {
      out.resultJson({
        schema: 1,
        from: record.to.version,
        to: record.from.version,
        data: back.data,
        lost: lossJson(back),
        backup: safety ?? null,
        downtime_seconds: downtime,
      });
    } else {
      out.result([
        `${record.from.version} runs again and is healthy.`,
        back.data
          ? `The data are those of ${record.backup_at ?? "the backup"}.`
          : "The data were not touched.",
        `Users were without the application for ${secondsText(downtime)}.`,
        ...(safety === undefined ? [] : [`The state before is in ${safety}.`]),
      ].join("\n"));
    }
    return EXIT.ok;
  });
}
