/** Whether there is a record of changes to look at; for the commands of `audit`. */
import { auditPath, headPath } from "../audit/store.ts";
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import { receiptPath } from "../steps/receipt.ts";

/**
 * A record is looked at also where nothing is installed any more: it stays with the data.
 *
 * @throws SetupError `no_record` (exit 4)
 */
export async function needRecord(host: Host, dir: string): Promise<void> {
  for (const path of [auditPath(dir), headPath(dir)]) {
    if (await host.files.stat(path) !== undefined) return;
  }
  const installed = await host.files.stat(receiptPath(dir)) !== undefined;
  throw new SetupError({
    code: "no_record",
    message: installed
      ? "Nothing is recorded yet: this stack is older than its record, and nothing was changed since."
      : `There is no record of changes in ${dir}.`,
    hint: installed
      ? "It begins by itself with the next change: rxdx-setup apply"
      : "rxdx-setup init, or name another directory with --dir",
    exit: EXIT.prerequisite,
  });
}
