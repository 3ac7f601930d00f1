/**
 * `doctor` for whoever wants its result: the command, the support bundle, the dashboard. Hints address
 * the stack that was looked at.
 */
import type { DoctorResult, Finding } from "../doctor/check.ts";
import { examine } from "../operations/doctor/examine.ts";
import type { Install } from "../operations/install.ts";
import type { CommandContext } from "./context.ts";
import { addressHint } from "./hints.ts";
import { dirFlag } from "./summary.ts";

export interface DoctorLookOptions {
  /** Looks at these services alone; at everything when empty. */
  readonly services?: readonly string[];
  /** Called as checks end, for a line of progress. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Runs every check, changes nothing, and does not throw for what is wrong: that is its result. */
export async function runDoctor(
  context: Pick<CommandContext, "host" | "dir">,
  install: Install,
  options: DoctorLookOptions = {},
): Promise<DoctorResult> {
  const { result, checks } = await examine(context.host, install, options);
  return { result, checks: checks.map((each) => addressed(each, context, install)) };
}

/** Hints are commands to be pasted: they name the directory and the database that are meant. */
function addressed(
  finding: Finding,
  context: Pick<CommandContext, "host" | "dir">,
  { answers: { database } }: Install,
): Finding {
  if (finding.hint === null) return finding;
  const hint = finding.hint
    .replaceAll("-U rxdx -d rxdx", `-U ${database.user} -d ${database.name}`);
  return { ...finding, hint: addressHint(hint, dirFlag(context)) };
}
