/** `backup list`: what there is, how old, how large, whether it was proven, and where copies are. */
import { copyTargets } from "../../answers/rules_copies.ts";
import { standingOf } from "../../backup/copies.ts";
import { EXIT, type ExitCode } from "../../errors.ts";
import { lookAtTargets } from "../../operations/backup/copies/look.ts";
import { readCopies } from "../../operations/backup/copies/state.ts";
import { readFailures } from "../../operations/backup/outcome.ts";
import { backupScene, knownBackups } from "../../operations/backup/scene.ts";
import { needInstall } from "../../operations/install.ts";
import { backupJson, listText } from "../backup_text.ts";
import { copiesAt, copiesText, targetJson } from "../copies_text.ts";
import type { CommandContext } from "../context.ts";
import { addressHint } from "../hints.ts";
import { dirFlag } from "../summary.ts";

interface Flags {
  readonly remote?: boolean;
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out, dir } = context;
  const install = await needInstall(host, dir);
  const scene = await backupScene(host, install);
  const [backups, failed, copies] = await Promise.all([
    knownBackups(host, install),
    readFailures(host, dir),
    readCopies(host, dir),
  ]);
  const failures = failed.map(({ failed_at, what, reason }) => ({ at: failed_at, what, reason }));
  const targets = copyTargets(install.answers.backups.copy_to);
  if (flags.remote === true && targets.length > 0) {
    out.note(`Asking ${targets.length === 1 ? "the target" : "the targets"} of copies …`);
  }
  const looks = flags.remote === true ? await lookAtTargets(scene, targets) : [];
  const standings = targets.map(({ text }, index) => ({
    ...standingOf(copies, text),
    ...(looks[index] === undefined ? {} : { look: looks[index] }),
  }));
  if (out.json) {
    out.resultJson({
      schema: 1,
      directory: scene.directory,
      recipients: install.answers.backups.recipients,
      backups: backups.map((each) => ({
        ...backupJson(each),
        copies: copiesAt(standings, each.file).map((index) => standings[index]?.target),
      })),
      targets: standings.map(targetJson),
      failure: failures[0] ?? null,
      failures,
    });
    return EXIT.ok;
  }
  const c = out.resultColors;
  out.result(
    backups.length === 0
      ? addressHint(
        `There is no backup in ${scene.directory}. Make one: rxdx-setup backup create`,
        dirFlag(context),
      )
      : listText(backups, host.clock.now(), c, (file) => copiesAt(standings, file)),
  );
  if (targets.length > 0) {
    out.result(copiesText(standings, backups.map((each) => each.file), host.clock.now(), c));
  }
  for (const { at, what, reason } of failures) {
    out.result(c.red(`The last ${what} failed at ${at}: ${reason}`));
  }
  return EXIT.ok;
}
