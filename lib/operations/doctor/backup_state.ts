/** The one place where `status` and `doctor` learn about backups: what lies beside them on disk. */
import { copyTargets } from "../../answers/rules_copies.ts";
import { standingOf } from "../../backup/copies.ts";
import { shortReason } from "../../backup/record.ts";
import { RESTORE_STATE } from "../../backup/restore_state.ts";
import type { BackupState } from "../../doctor/upkeep.ts";
import type { Host } from "../../host/types.ts";
import { readCopies } from "../backup/copies/state.ts";
import { readFailures } from "../backup/outcome.ts";
import { knownBackups } from "../backup/scene.ts";
import type { Install } from "../install.ts";
import { readLastRestore } from "../restore/record.ts";
import { readState } from "../restore/target.ts";

/** A directory that cannot be read holds no backups that could be told of. */
export async function readBackupState(
  host: Host,
  install: Pick<Install, "dir" | "answers">,
): Promise<BackupState> {
  const [backups, failures, copies, restore, restoring] = await Promise.all([
    knownBackups(host, install).catch(() => []),
    readFailures(host, install.dir),
    readCopies(host, install.dir),
    readLastRestore(host, install.dir),
    isRestoring(host, install.dir),
  ]);
  const proven = backups.find(({ record }) => record?.proof?.ok === true)?.record?.proof;
  const last = backups[0]?.record?.proof;
  const bad = last?.ok === false;
  return {
    ...(backups[0] === undefined ? {} : { lastAt: backups[0].at }),
    ...(proven === undefined ? {} : {
      provenAt: new Date(proven.at),
      provenSeconds: proven.seconds,
      ...(proven.rpo_seconds === undefined ? {} : { provenRpoSeconds: proven.rpo_seconds }),
      ...(proven.application === undefined ? {} : { provenApplication: proven.application }),
    }),
    failures: failures.map(({ failed_at, ...rest }) => ({ at: new Date(failed_at), ...rest })),
    ...(restore === undefined
      ? {}
      : { restoredAt: new Date(restore.at), restoredSeconds: restore.seconds }),
    ...(restoring ? { restoring: true } : {}),
    ...(bad ? { lastIsBad: true } : {}),
    ...(bad && last.reason !== undefined ? { lastBadReason: shortReason(last.reason) } : {}),
    copies: copyTargets(install.answers.backups.copy_to)
      .map(({ text }) => standingOf(copies, text)),
  };
}

/** The exchange takes seconds; a restore that is at work now is no interrupted one. */
const EXCHANGE_MS = 120_000;

/** True while the stack is between two states. What cannot be read is no reason to be silent. */
async function isRestoring(host: Host, dir: string): Promise<boolean> {
  const info = await host.files.stat(`${dir}/${RESTORE_STATE}`);
  if (info === undefined) return false;
  const phase = await readState(host, dir).then((state) => state?.phase, () => "swap");
  return phase === "swap" && host.clock.now().getTime() - info.modified.getTime() > EXCHANGE_MS;
}
