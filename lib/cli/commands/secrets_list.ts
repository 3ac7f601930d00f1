/** `secrets list`: every secret with its age and strength, never its value. */
import { EXIT, type ExitCode } from "../../errors.ts";
import { needInstall } from "../../operations/install.ts";
import { secretInventory } from "../../operations/rotate/inventory.ts";
import { readPending } from "../../operations/rotate/pending.ts";
import { pendingNames } from "../../secrets/rotation.ts";
import type { CommandContext } from "../context.ts";
import { addressHint } from "../hints.ts";
import { secretsText } from "../secrets_text.ts";
import { dirFlag } from "../summary.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { host, out, dir } = context;
  const install = await needInstall(host, dir);
  const [secrets, pending] = await Promise.all([
    secretInventory(host, install),
    readPending(host, dir),
  ]);
  const unfinished = pending === undefined ? [] : pendingNames(pending);
  if (out.json) {
    out.resultJson({ schema: 1, unfinished, secrets });
    return EXIT.ok;
  }
  const c = out.resultColors;
  out.result(secretsText(secrets, c));
  if (unfinished.length > 0) {
    out.result(
      `\n${c.yellow("▲")} A rotation of ${unfinished.join(", ")} did not come to its end: ` +
        addressHint("rxdx-setup secrets rotate", dirFlag(context)),
    );
  }
  return EXIT.ok;
}
