/** A backup restored where no stack is. */
import { EXIT, type ExitCode, SetupError } from "../errors.ts";
import type { Chosen } from "../operations/restore/choose.ts";
import type { Flags } from "./commands/backup_restore.ts";
import type { CommandContext } from "./context.ts";

export function restoreFresh(
  { dir }: CommandContext,
  _flags: Flags,
  _chosen: Chosen,
  _parts: readonly string[],
): Promise<ExitCode> {
  throw new SetupError({
    code: "not_installed",
    message: `There is no RxDx stack in ${dir}.`,
    hint: "rxdx-setup init; then run the same command again",
    exit: EXIT.prerequisite,
  });
}
