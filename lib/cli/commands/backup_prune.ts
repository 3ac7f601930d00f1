/** `backup prune`: removes what `backups.keep` does not keep, and never the last proven one. */
import { EXIT, type ExitCode } from "../../errors.ts";
import { pruneSteps, retention } from "../../operations/backup/prune_steps.ts";
import { backupScene } from "../../operations/backup/scene.ts";
import { needInstall } from "../../operations/install.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";

interface Flags {
  readonly dryRun: boolean;
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out, dir } = context;
  const scene = await backupScene(host, await needInstall(host, dir));
  const decided = await retention(scene);
  const going = decided.filter(({ because }) => because.length === 0);
  const json = (removed: boolean) =>
    out.resultJson({
      schema: 1,
      kept: decided.filter(({ because }) => because.length > 0)
        .map(({ backup, because }) => ({ file: backup.file, because })),
      removed: removed ? going.map(({ backup }) => backup.file) : [],
      to_remove: removed ? [] : going.map(({ backup }) => backup.file),
    });
  if (!out.json) {
    const c = out.resultColors;
    for (const { backup, because } of decided) {
      out.result(
        because.length === 0
          ? c.red(`- ${backup.file}`)
          : `  ${backup.file}  ${c.dim(because.join(", "))}`,
      );
    }
    if (going.length === 0) out.result("Nothing to remove.");
  }
  if (flags.dryRun || going.length === 0) {
    if (out.json) json(false);
    return EXIT.ok;
  }
  const what = going.length === 1 ? "1 backup" : `${going.length} backups`;
  await confirm(context, `Remove ${what}?`);
  await locked(context, "backup prune", async () => {
    // Decided anew under the lock: a run of the timer may have been at it meanwhile.
    const steps = pruneSteps(scene, await retention(scene));
    await execute(context, "backup prune", steps);
  });
  if (out.json) json(true);
  return EXIT.ok;
}
