/** `apply`: makes the machine match `rxdx.yml`. */
import { EXIT, type ExitCode } from "../../errors.ts";
import { findChanges, isEmpty } from "../../operations/changes.ts";
import { needInstall } from "../../operations/install.ts";
import { checkUnchanged, inputsOf } from "../../operations/pinned.ts";
import { checkDataHasSecrets } from "../../operations/preflight.ts";
import { prepareApply } from "../../operations/prepare.ts";
import { readUnfinished } from "../../operations/upgrade/records.ts";
import { bringUp, bringUpEngine, preflight } from "../bring_up.ts";
import { notIssued, orderAfterwards } from "../certificates.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { locked } from "../execute.ts";
import {
  decideHandEdits,
  handEditChoice,
  type HandEditDecisions,
  withDecisions,
} from "../hand_edits.ts";
import { changesText } from "../review.ts";
import { summary } from "../summary.ts";

interface Flags {
  readonly handEdits?: string;
}

export async function run(context: CommandContext, flags: Flags = {}): Promise<ExitCode> {
  const { host, out, dir } = context;
  const pending = await readUnfinished(host, dir);
  if (pending !== undefined) {
    return await (await import("./upgrade.ts")).goOn(context, pending, flags);
  }
  const reviewed = await inputsOf(host, dir);
  const choice = handEditChoice(flags.handEdits);
  let prepared = await prepareApply(host, await needInstall(host, dir));
  // Before anything else is asked of the files: without the password they are not even whole.
  checkDataHasSecrets(prepared);
  let decisions: HandEditDecisions = new Map();
  const changes = await findChanges(host, prepared);
  if (!isEmpty(changes)) {
    await preflight(context, prepared);
    out.note(`${changesText(prepared, changes, out.colors)}\n`);
    decisions = await decideHandEdits(context, prepared, choice);
    prepared = withDecisions(prepared, decisions);
    await confirm(context, "Apply these changes?");
  }
  return await locked(context, "apply", async () => {
    await checkUnchanged(host, dir, reviewed);
    if (await bringUpEngine(context, prepared, true)) {
      prepared = withDecisions(
        await prepareApply(host, await needInstall(host, dir)),
        decisions,
      );
      await preflight(context, prepared);
    }
    const changed = await bringUp(context, "apply", prepared, { start: true });
    const { ordered, failure } = await orderAfterwards(context, prepared.plan);
    if (changed === 0 && !ordered && failure === undefined && !out.json) {
      out.result(`Nothing to do: the machine matches ${dir}/rxdx.yml.`);
    } else await summary(context, prepared, true);
    if (failure !== undefined) throw notIssued(context, failure);
    return EXIT.ok;
  });
}
