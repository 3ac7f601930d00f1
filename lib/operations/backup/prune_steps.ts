/** The steps of `backup prune`: removes what `backups.keep` does not keep. */
import { recordFile } from "../../backup/names.ts";
import type { KnownBackup } from "../../backup/record.ts";
import { decideKept, type Kept } from "../../backup/retention.ts";
import type { Step } from "../../steps/step.ts";
import { backupsForTheWayBack } from "../upgrade/records.ts";
import { type BackupScene, knownBackups } from "./scene.ts";

/** Every backup, the newest first, with the reasons why it stays. */
export async function retention({ host, install }: BackupScene): Promise<Kept<KnownBackup>[]> {
  const needed = await backupsForTheWayBack(host, install.dir);
  const backups = (await knownBackups(host, install)).map((each) => ({
    ...each,
    ...(needed.has(each.file) ? { forRollback: true } : {}),
    ...(each.record?.proof === undefined ? {} : { proven: each.record.proof.ok }),
    ...(each.record?.before_restore === true ? { beforeRestore: true } : {}),
  }));
  return decideKept(backups, install.answers.backups.keep);
}

export function pruneSteps(scene: BackupScene, kept: readonly Kept<KnownBackup>[]): Step[] {
  const { host, directory } = scene;
  return kept.filter(({ because }) => because.length === 0).map(({ backup: { file } }) => ({
    id: `prune-${file.replace(/\.tar\.age$/, "")}`,
    title: `Remove ${file}`,
    isDone: async () => await host.files.stat(`${directory}/${file}`) === undefined,
    run: async () => {
      // The record last: without its backup it is swept away by the next run.
      await host.files.remove(`${directory}/${file}`);
      await host.files.remove(`${directory}/${recordFile(file)}`);
    },
  }));
}
