/** The one place where `status` and `doctor` learn about backups: what lies beside them on disk. */
import { copyTargets } from "../../answers/rules_copies.ts";
import { standingOf } from "../../backup/copies.ts";
import type { BackupState } from "../../doctor/upkeep.ts";
import type { Host } from "../../host/types.ts";
import { readCopies } from "../backup/copies/state.ts";
import { readFailure } from "../backup/outcome.ts";
import { knownBackups } from "../backup/scene.ts";
import type { Install } from "../install.ts";

/** A directory that cannot be read holds no backups that could be told of. */
export async function readBackupState(
  host: Host,
  install: Pick<Install, "dir" | "answers">,
): Promise<BackupState> {
  const [backups, failure, copies] = await Promise.all([
    knownBackups(host, install).catch(() => []),
    readFailure(host, install.dir),
    readCopies(host, install.dir),
  ]);
  const proven = backups.find(({ record }) => record?.proof?.ok === true)?.record?.proof;
  const bad = backups[0]?.record?.proof?.ok === false;
  return {
    ...(backups[0] === undefined ? {} : { lastAt: backups[0].at }),
    ...(proven === undefined ? {} : {
      provenAt: new Date(proven.at),
      provenSeconds: proven.seconds,
    }),
    ...(failure === undefined ? {} : {
      failure: { at: new Date(failure.failed_at), what: failure.what, reason: failure.reason },
    }),
    ...(bad ? { lastIsBad: true } : {}),
    copies: copyTargets(install.answers.backups.copy_to)
      .map(({ text }) => standingOf(copies, text)),
  };
}
