/** The key that opens the backups of a server that is lost: made, shown once, and encrypted to from then on. */
import type { KeyPair } from "../backup/age.ts";
import { recipientStep } from "../operations/backup/keys.ts";
import { recoveryKeyText } from "./backup_text.ts";
import type { CommandContext } from "./context.ts";
import { execute } from "./execute.ts";

/** True where somebody sees it: what is piped ends in some log, and this is a secret. */
export function canShowKey({ host, out }: CommandContext): boolean {
  return !out.json && host.terminal.stdoutIsTerminal;
}

/** Shown first, then used: a key that nobody has seen must never be the only one. */
export async function makeRecoveryKey(context: CommandContext, pair: KeyPair): Promise<void> {
  const { host, out, dir } = context;
  if (out.json) out.resultJson({ schema: 1, ...pair });
  else out.result(recoveryKeyText(pair, out.resultColors));
  await execute(context, "backup key", [recipientStep(host, dir, pair)]);
}
