/** `backup create`: one encrypted file with everything that cannot be made again. */
import { newKeyPair } from "../../backup/age.ts";
import type { ExitCode } from "../../errors.ts";
import { EXIT } from "../../errors.ts";
import { passphraseOf } from "../../operations/backup/keys.ts";
import { sizeText } from "../../operations/backup/meter.ts";
import { backupScene } from "../../operations/backup/scene.ts";
import { needInstall } from "../../operations/install.ts";
import { createBackup } from "../backup_flow.ts";
import { backupJson } from "../backup_text.ts";
import { absolute, type CommandContext } from "../context.ts";
import { copyBackups, tellCopies } from "../copies_flow.ts";
import { locked } from "../execute.ts";
import { canShowKey, makeRecoveryKey } from "../recovery_key.ts";
import { plural } from "../../tui/widgets/format.ts";
import { addressHint } from "../hints.ts";
import { dirFlag } from "../summary.ts";

interface Flags {
  readonly passphraseFile?: string;
  readonly withLogs?: boolean;
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out, dir } = context;
  // Before the lock, which would make the directory.
  await needInstall(host, dir);
  const passphrase = flags.passphraseFile === undefined
    ? undefined
    : await passphraseOf(host, absolute(host, flags.passphraseFile));
  return await locked(context, "backup create", async () => {
    const { answers } = await needInstall(host, dir);
    const alone = passphrase === undefined && answers.backups.recipients.length === 0;
    const shown = alone && canShowKey(context);
    if (shown) await makeRecoveryKey(context, await newKeyPair());
    const scene = await backupScene(host, await needInstall(host, dir));
    const record = await createBackup(context, scene, {
      passphrase,
      logs: flags.withLogs === true,
    });
    const opens = passphrase !== undefined ? "passphrase" : alone && !shown ? "server" : "keys";
    if (out.json) {
      const copies = await copyBackups(context, scene);
      out.resultJson({
        schema: 1,
        path: `${scene.directory}/${record.file}`,
        opens,
        copies,
        ...backupJson({
          file: record.file,
          stack: record.stack,
          at: new Date(record.at),
          size: record.bytes,
          record,
        }),
      });
      return EXIT.ok;
    }
    const say = (text: string) => out.result(addressHint(text, dirFlag(context)));
    say(
      `${scene.directory}/${record.file}: ${sizeText(record.bytes)}, ${
        plural(record.tables, "table")
      }, ` +
        `${plural(record.rows, "row")}, ${plural(record.graphs, "graph")}, ${
          plural(record.uploads, "upload")
        }, ` +
        `${record.seconds} s. Prove it: rxdx-setup backup verify`,
    );
    if (opens === "server") {
      say(
        "Only this server can open it, and when the server is lost, so is the backup. Make a " +
          "recovery key: rxdx-setup backup key",
      );
    }
    tellCopies(context, await copyBackups(context, scene));
    return EXIT.ok;
  });
}
