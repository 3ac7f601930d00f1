/** `plan`: what apply would change. */
import { EXIT, type ExitCode } from "../../errors.ts";
import { findChanges, isEmpty } from "../../operations/changes.ts";
import { definedHashes } from "../../operations/hashes.ts";
import { needInstall } from "../../operations/install.ts";
import { checkDataHasSecrets } from "../../operations/preflight.ts";
import { prepareApply } from "../../operations/prepare.ts";
import type { CommandContext } from "../context.ts";
import { changesJson, changesText } from "../review.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { host, out, dir } = context;
  const install = await needInstall(host, dir);
  const hashes = definedHashes(host, dir).catch(() => undefined);
  const prepared = await prepareApply(host, install);
  // A plan that could not be applied is none.
  checkDataHasSecrets(prepared);
  const changes = await findChanges(host, prepared, hashes);
  if (out.json) out.resultJson(changesJson(prepared, changes));
  else out.result(changesText(prepared, changes, out.resultColors));
  return isEmpty(changes) ? EXIT.ok : EXIT.pending;
}
