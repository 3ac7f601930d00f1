/**
 * Questions on a terminal. The one place that knows the prompt library; cancellation becomes an
 * error here, so that no caller has to remember its symbol.
 */
import * as clack from "@clack/prompts";
import { Cancelled } from "../errors.ts";
import type { Host } from "../host/types.ts";

/** Restores the cursor whatever ends the prompt; the library hides it while it asks. */
async function asking<T>(host: Host, ask: () => Promise<T | symbol>): Promise<T> {
  const restore = () => host.terminal.err("\x1b[?25h");
  const stop = host.terminal.onSignal("SIGTERM", restore);
  try {
    const answer = await ask();
    if (clack.isCancel(answer)) throw new Cancelled("Nothing was changed.");
    return answer as T;
  } finally {
    stop();
    restore();
  }
}

export function askYesNo(host: Host, message: string): Promise<boolean> {
  return asking<boolean>(host, () => clack.confirm({ message, initialValue: true }));
}

export interface TextQuestion {
  readonly message: string;
  readonly placeholder?: string;
  readonly initial?: string;
  /** The rule that is broken, or `undefined`. */
  readonly validate: (value: string) => string | undefined;
}

export function askText(host: Host, question: TextQuestion): Promise<string> {
  return asking<string>(host, () =>
    clack.text({
      message: question.message,
      ...(question.placeholder === undefined ? {} : { placeholder: question.placeholder }),
      ...(question.initial === undefined
        ? {}
        : { initialValue: question.initial, defaultValue: question.initial }),
      validate: (value) => question.validate(value ?? ""),
    }));
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string;
}

export function askChoice<T extends string>(
  host: Host,
  message: string,
  choices: readonly Choice<T>[],
  initial?: T,
): Promise<T> {
  return asking<T>(host, () =>
    clack.select<string>({
      message,
      options: choices.map((each) => ({ ...each })),
      ...(initial === undefined ? {} : { initialValue: initial }),
    }) as Promise<T | symbol>);
}

export function intro(text: string): void {
  clack.intro(text);
}

export function note(text: string, title: string): void {
  clack.note(text, title);
}

export function outro(text: string): void {
  clack.outro(text);
}
