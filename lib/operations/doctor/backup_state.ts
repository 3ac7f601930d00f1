/** The one place where `doctor` learns about backups: what is written down of the last ones. */
import type { BackupState } from "../../doctor/upkeep.ts";
import type { Host } from "../../host/types.ts";

/** This version makes no backups, so none is written down. */
export function readBackupState(_host: Host, _dir: string): Promise<BackupState> {
  return Promise.resolve({});
}
