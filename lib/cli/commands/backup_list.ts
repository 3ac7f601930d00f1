/** `backup list`: what there is, how old, how large, and whether it was proven. */
import { EXIT, type ExitCode } from "../../errors.ts";
import { readFailure } from "../../operations/backup/outcome.ts";
import { backupDirectory, knownBackups } from "../../operations/backup/scene.ts";
import { needInstall } from "../../operations/install.ts";
import { backupJson, listText } from "../backup_text.ts";
import type { CommandContext } from "../context.ts";
import { addressHint } from "../hints.ts";
import { dirFlag } from "../summary.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { host, out, dir } = context;
  const install = await needInstall(host, dir);
  const [backups, failure] = await Promise.all([
    knownBackups(host, install),
    readFailure(host, dir),
  ]);
  const directory = backupDirectory(install);
  if (out.json) {
    out.resultJson({
      schema: 1,
      directory,
      recipients: install.answers.backups.recipients,
      backups: backups.map(backupJson),
      failure: failure === undefined
        ? null
        : { at: failure.failed_at, what: failure.what, reason: failure.reason },
    });
    return EXIT.ok;
  }
  const c = out.resultColors;
  out.result(
    backups.length === 0
      ? addressHint(
        `There is no backup in ${directory}. Make one: rxdx-setup backup create`,
        dirFlag(context),
      )
      : listText(backups, host.clock.now(), c),
  );
  if (failure !== undefined) {
    out.result(c.red(`The last ${failure.what} failed at ${failure.failed_at}: ${failure.reason}`));
  }
  return EXIT.ok;
}
