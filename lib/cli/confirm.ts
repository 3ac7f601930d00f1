/** Asking before a change. Without a terminal nothing is ever asked. */
import { Cancelled, EXIT, SetupError } from "../errors.ts";
import type { CommandContext } from "./context.ts";

/**
 * Returns when the operator agrees or said `--yes`.
 *
 * @param hint how to agree without a terminal
 * @throws SetupError `needs_yes` (exit 2) without a terminal; {@link Cancelled} on no
 */
export async function confirm(
  context: CommandContext,
  question: string,
  hint = "Look at `rxdx-setup plan`, then give --yes",
): Promise<void> {
  if (context.flags.yes) return;
  if (!context.interactive) {
    throw new SetupError({
      code: "needs_yes",
      message: "This would change the machine, and there is no terminal to ask on.",
      hint,
      exit: EXIT.usage,
    });
  }
  const { askYesNo } = await import("../tui/prompts.ts");
  if (!await askYesNo(context.host, question)) throw new Cancelled("Nothing was changed.");
}

/**
 * For what cannot be taken back: the stack's name must be typed, or given by `--confirm`.
 *
 * @param flag what says it without a terminal
 * @throws SetupError `needs_confirm` (exit 2); {@link Cancelled} when another name is typed
 */
export async function confirmByName(
  context: CommandContext,
  question: string,
  name: string,
  given: string | undefined,
  flag: string = `--confirm ${name}`,
): Promise<void> {
  if (given === name) return;
  if (given !== undefined || !context.interactive) {
    throw new SetupError({
      code: "needs_confirm",
      message: given === undefined
        ? "This destroys data, and there is no terminal to ask on."
        : `--confirm ${given} is not the name of this stack.`,
      hint: `If you mean it: ${flag}`,
      exit: EXIT.usage,
    });
  }
  const { askText } = await import("../tui/prompts.ts");
  const typed = await askText(context.host, {
    message: `${question} Type ${name} to go on.`,
    validate: () => undefined,
  });
  if (typed !== name) throw new Cancelled("Nothing was changed.");
}
