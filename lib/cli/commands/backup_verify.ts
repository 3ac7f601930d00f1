/** `backup verify`: restores a backup into a scratch database and compares everything. */
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { keysFor } from "../../operations/backup/keys.ts";
import { backupScene } from "../../operations/backup/scene.ts";
import { needInstall } from "../../operations/install.ts";
import { chosenBackup, verifyBackup } from "../backup_flow.ts";
import { absolute, type CommandContext } from "../context.ts";
import { locked } from "../execute.ts";

interface Flags {
  readonly latest: boolean;
  readonly identityFile?: string;
  readonly passphraseFile?: string;
}

export async function run(
  context: CommandContext,
  flags: Flags,
  ...names: readonly string[]
): Promise<ExitCode> {
  const { host, out, dir } = context;
  const [name] = names;
  if (names.length > 1 || (flags.latest && name !== undefined)) {
    throw new SetupError({
      code: "usage",
      message: "One backup at a time.",
      hint: "rxdx-setup backup verify; or rxdx-setup backup verify NAME",
      exit: EXIT.usage,
    });
  }
  const scene = await backupScene(host, await needInstall(host, dir));
  const backup = await chosenBackup(context, scene, name);
  const { identityFile, passphraseFile } = flags;
  const key = await keysFor(host, dir, {
    ...(identityFile === undefined ? {} : { identityFile: absolute(host, identityFile) }),
    ...(passphraseFile === undefined ? {} : { passphraseFile: absolute(host, passphraseFile) }),
  });
  return await locked(context, "backup verify", async () => {
    const given = identityFile !== undefined || passphraseFile !== undefined;
    const proof = await verifyBackup(context, scene, backup, key, given);
    if (out.json) out.resultJson({ schema: 1, file: backup.file, proof });
    else {
      out.result(
        `${backup.file} is proven: restored in ${proof.seconds} s, every count and digest as in ` +
          "the manifest, and every graph can be written to.",
      );
      out.result(
        proof.application === "ready"
          ? "The application was ready on it."
          : "The application was not asked: there is none, or it is not well itself.",
      );
    }
    return EXIT.ok;
  });
}
