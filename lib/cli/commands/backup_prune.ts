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

type Decided = Awaited<ReturnType<typeof retention>>;

/** Names of the files that no rule keeps. */
const goingOf = (decided: Decided) =>
  decided.filter(({ because }) => because.length === 0).map(({ backup }) => backup.file);

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out, dir } = context;
  const scene = await backupScene(host, await needInstall(host, dir));
  const decided = await retention(scene);
  const going = goingOf(decided);
  const json = (of: Decided, removed: boolean) =>
    out.resultJson({
      schema: 1,
      kept: of.filter(({ because }) => because.length > 0)
        .map(({ backup, because }) => ({ file: backup.file, because })),
      removed: removed ? goingOf(of) : [],
      to_remove: removed ? [] : goingOf(of),
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
    if (out.json) json(decided, false);
    return EXIT.ok;
  }
  const what = going.length === 1 ? "1 backup" : `${going.length} backups`;
  await confirm(context, `Remove ${what}?`);
  const done = await locked(context, "backup prune", async () => {
    // Decided anew under the lock: a run of the timer may have been at it meanwhile.
    const anew = await retention(scene);
    await execute(context, "backup prune", pruneSteps(scene, anew));
    return anew;
  });
  if (out.json) json(done, true);
  return EXIT.ok;
}
