/** `rollback`: back to the version before the last upgrade, or out of one that did not come to its end. */
import type { CommandContext } from "../context.ts";

export function run(_context: CommandContext, _flags: { readonly data: boolean }): Promise<void> {
  return Promise.resolve();
}
