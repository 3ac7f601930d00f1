/** `completions`: prints what a shell has to read once. */
import { EXIT, SetupError } from "../../errors.ts";
import { completionScript } from "../completion/scripts.ts";
import { type Shell, SHELLS } from "../completion/shells.ts";
import type { CommandContext } from "../context.ts";

export function run(context: CommandContext, _flags: unknown, shell: string): Promise<void> {
  if (!(SHELLS as readonly string[]).includes(shell)) {
    throw new SetupError({
      code: "usage",
      message: `There are no completions for ${JSON.stringify(shell)}.`,
      hint: `rxdx-setup completions ${SHELLS.join(", or ")}`,
      exit: EXIT.usage,
    });
  }
  const script = completionScript(shell as Shell);
  if (context.out.json) context.out.resultJson({ schema: 1, shell, script });
  else context.host.terminal.out(script);
  return Promise.resolve();
}
