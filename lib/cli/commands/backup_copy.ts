/** `backup copy`: brings backups to the places of `backups.copy_to`, or to one that is named. */
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { chosenTargets } from "../../operations/backup/copies/open.ts";
import { backupScene } from "../../operations/backup/scene.ts";
import { needInstall } from "../../operations/install.ts";
import { chosenBackup } from "../backup_flow.ts";
import type { CommandContext } from "../context.ts";
import { copyBackups, type CopyOutcome } from "../copies_flow.ts";
import { locked } from "../execute.ts";
import { addressHint } from "../hints.ts";
import { dirFlag } from "../summary.ts";

interface Flags {
  readonly to?: readonly string[];
}

export async function run(
  context: CommandContext,
  flags: Flags,
  ...names: readonly string[]
): Promise<ExitCode> {
  const { host, dir } = context;
  const [name] = names;
  if (names.length > 1) {
    throw new SetupError({
      code: "usage",
      message: "One backup at a time; without a name, all that are kept and missing there.",
      hint: "rxdx-setup backup copy; or rxdx-setup backup copy NAME",
      exit: EXIT.usage,
    });
  }
  const scene = await backupScene(host, await needInstall(host, dir));
  const targets = chosenTargets(scene.install, flags.to ?? []);
  const only = name === undefined ? undefined : await chosenBackup(context, scene, name);
  // There has to be something to copy.
  await chosenBackup(context, scene, name);
  const outcomes = await locked(
    context,
    "backup copy",
    () => copyBackups(context, scene, { targets, ...(only === undefined ? {} : { only }) }),
  );
  return told(context, outcomes);
}

function told(context: CommandContext, outcomes: readonly CopyOutcome[]): ExitCode {
  const { out } = context;
  const failed = outcomes.some((each) => !each.ok);
  if (out.json) out.resultJson({ schema: 1, result: failed ? "fail" : "ok", targets: outcomes });
  else {
    const c = out.resultColors;
    for (const { target, ok, copied, reason, hint } of outcomes) {
      const what = copied.length === 0
        ? "nothing was missing"
        : `${copied.join(", ")} copied and compared`;
      out.result(
        ok
          ? `${c.green("ok")}      ${target}: ${what}`
          : `${c.red("failed")}  ${reason}\n        → ${addressHint(hint ?? "", dirFlag(context))}`,
      );
    }
  }
  return failed ? EXIT.unhealthy : EXIT.ok;
}
