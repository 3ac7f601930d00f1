/** `plan`: what apply would change. */
import { EXIT, type ExitCode } from "../../errors.ts";
import { findChanges, isEmpty } from "../../operations/changes.ts";
import { definedHashes } from "../../operations/hashes.ts";
import { needInstall } from "../../operations/install.ts";
import { checkDataHasSecrets } from "../../operations/preflight.ts";
import { readUnfinished } from "../../operations/upgrade/records.ts";
import { prepareApply } from "../../operations/prepare.ts";
import { unfinishedText } from "../../upgrade/record.ts";
import { planHash } from "../../steps/write_files.ts";
import type { CommandContext } from "../context.ts";
import { explainJson, explainText } from "../explain_text.ts";
import { warningsJson, warningsText } from "../warnings_text.ts";
import { changesJson, changesText } from "../review.ts";

interface Flags {
  readonly explain: boolean;
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out, dir } = context;
  const install = await needInstall(host, dir);
  const pending = await readUnfinished(host, dir);
  if (pending !== undefined && !out.json) out.note(`${unfinishedText(pending)}\n`);
  const hashes = definedHashes(host, dir).catch(() => undefined);
  const prepared = await prepareApply(host, install, { compose: false });
  // A plan that could not be applied is none.
  checkDataHasSecrets(prepared);
  const changes = await findChanges(host, prepared, hashes);
  // What is agreed to here can be found again in the record of the run that did it.
  const hash = planHash(prepared.files);
  if (out.json) {
    out.resultJson({
      plan: hash,
      ...changesJson(prepared, changes) as Record<string, unknown>,
      ...warningsJson(prepared.plan),
      ...(flags.explain ? explainJson(prepared.plan) : {}),
      unfinished: pending === undefined ? null : unfinishedText(pending),
    });
  } else {
    const c = out.resultColors;
    if (flags.explain) out.result(`${explainText(prepared.plan, c)}\n`);
    const warnings = warningsText(prepared.plan, c);
    if (warnings !== "") out.result(`${warnings}\n`);
    out.result(changesText(prepared, changes, c));
    if (!isEmpty(changes)) out.result(`\n${c.bold("Plan")}\n  ${hash}`);
  }
  return isEmpty(changes) ? EXIT.ok : EXIT.pending;
}
