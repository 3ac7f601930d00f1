/** `backup key`: makes a recovery key, shows its secret half once, and encrypts to it from now on. */
import { newKeyPair } from "../../backup/age.ts";
import { EXIT, type ExitCode } from "../../errors.ts";
import { needInstall } from "../../operations/install.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { locked } from "../execute.ts";
import { makeRecoveryKey } from "../recovery_key.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { host, dir } = context;
  const { answers } = await needInstall(host, dir);
  const count = answers.backups.recipients.length;
  if (count > 0) {
    const keys = count === 1 ? "1 key" : `${count} keys`;
    await confirm(context, `Backups open with ${keys} already. Make a further one?`);
  }
  await locked(context, "backup key", async () => {
    await makeRecoveryKey(context, await newKeyPair());
  });
  return EXIT.ok;
}
