/** Whether the server's own key for backups goes with the data, or stays for backups that it opens. */
import type { Host } from "../host/types.ts";
import { copyTargets } from "../answers/rules_copies.ts";
import { serverKeyPath } from "./backup/keys.ts";
import { backupDirectory } from "./backup/scene.ts";
import { readCopies } from "./backup/copies/state.ts";
import type { Install } from "./install.ts";

/**
 * False only where it is seen that there is nothing to open: the directory of the backups lies in the install and
 * is empty, and no copies are known or wanted. A directory elsewhere that is empty, or is not there, may be a disk
 * that is not mounted.
 */
export async function keyStays(host: Host, install: Install): Promise<boolean> {
  const { dir, answers } = install;
  if (await host.files.stat(serverKeyPath(dir)) === undefined) return false;
  if (copyTargets(answers.backups.copy_to).length > 0) return true;
  if (Object.keys((await readCopies(host, dir)).targets).length > 0) return true;
  const directory = backupDirectory(install);
  if (!directory.startsWith(`${dir}/`)) return true;
  const found = await host.files.stat(directory).catch(() => undefined);
  if (found?.kind !== "directory") return true;
  return await host.files.list(directory).then((names) => names.length > 0, () => true);
}
