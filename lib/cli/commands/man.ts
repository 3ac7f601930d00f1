/** `man`: prints the manual page, which `deno task reference` makes from the table of commands. */
import page from "../../../docs/man/rxdx-setup.1" with { type: "text" };
import type { CommandContext } from "../context.ts";

export function run(context: CommandContext): Promise<void> {
  if (context.out.json) context.out.resultJson({ schema: 1, page });
  else context.host.terminal.out(page);
  return Promise.resolve();
}
