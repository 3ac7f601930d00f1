/**
 * Short questions on a terminal, one line each: no cursor is moved, so they work over any connection,
 * in a log and for a screen reader. The wizard's plain mode is made of these, and every confirmation.
 */
import { Cancelled } from "../errors.ts";
import type { Host, HostSignal, LineInput } from "../host/types.ts";

const ENDINGS: readonly HostSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Reads one line after a prompt.
 *
 * @throws Cancelled on Ctrl-C, Ctrl-D, a signal or when the terminal is gone
 */
export async function askLine(
  host: Host,
  input: LineInput,
  prompt: string,
  options: { readonly hidden?: boolean } = {},
): Promise<string> {
  host.terminal.err(prompt);
  const ended = Promise.withResolvers<undefined>();
  const stop = ENDINGS.map((name) => host.terminal.onSignal(name, () => ended.resolve(undefined)));
  try {
    const line = await Promise.race([input.read(options), ended.promise]);
    if (options.hidden === true || line === undefined) host.terminal.err("\n");
    if (line === undefined) throw new Cancelled("Nothing was changed.");
    return line;
  } finally {
    for (const each of stop) each();
  }
}

/** Asks with a terminal of its own for the time of the question. */
async function asking<T>(host: Host, body: (input: LineInput) => Promise<T>): Promise<T> {
  const input = host.terminal.lines();
  try {
    return await body(input);
  } finally {
    input.close();
  }
}

export function askYesNo(host: Host, message: string): Promise<boolean> {
  return asking(host, (input) => yesOrNo(host, input, message, true));
}

/** Asks until the answer is a yes or a no; Enter takes `initial`. */
export async function yesOrNo(
  host: Host,
  input: LineInput,
  message: string,
  initial: boolean,
): Promise<boolean> {
  for (;;) {
    const typed = await askLine(host, input, `${message} ${initial ? "[Y/n]" : "[y/N]"} `);
    const answer = typed.trim().toLowerCase();
    if (answer === "") return initial;
    if (["y", "yes"].includes(answer)) return true;
    if (["n", "no"].includes(answer)) return false;
    host.terminal.err("Please answer y or n.\n");
  }
}

export interface TextQuestion {
  readonly message: string;
  readonly initial?: string;
  /** The rule that is broken, or `undefined`. */
  readonly validate: (value: string) => string | undefined;
}

export function askText(host: Host, question: TextQuestion): Promise<string> {
  return asking(host, async (input) => {
    const { initial = "" } = question;
    for (;;) {
      const shown = initial === "" ? "" : ` [${initial}]`;
      const typed = await askLine(host, input, `${question.message}${shown} `);
      const text = typed.trim() === "" ? initial : typed.trim();
      const broken = question.validate(text);
      if (broken === undefined) return text;
      host.terminal.err(`✗ ${broken}\n`);
    }
  });
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
  return asking(host, (input) => oneOf(host, input, message, choices, initial));
}

/** Numbered choices; the number, the value or its beginning answers, Enter takes `initial`. */
export async function oneOf<T extends string>(
  host: Host,
  input: LineInput,
  message: string,
  choices: readonly Choice<T>[],
  initial?: T,
): Promise<T> {
  const numbered = choices.map(({ label, hint }, index) =>
    `  ${index + 1}  ${label}${hint === undefined ? "" : `: ${hint}`}\n`
  );
  const usual = Math.max(0, choices.findIndex((each) => each.value === initial));
  host.terminal.err(`${message}\n${numbered.join("")}`);
  for (;;) {
    const typed = await askLine(host, input, `Number or name [${usual + 1}] `);
    const found = choiceNamed(typed.trim(), choices, usual);
    if (found !== undefined) return found.value;
    host.terminal.err(`Please give a number from 1 to ${choices.length}.\n`);
  }
}

/** `undefined` for what names none of them, or more than one. */
export function choiceNamed<T extends string>(
  typed: string,
  choices: readonly Choice<T>[],
  usual: number,
): Choice<T> | undefined {
  if (typed === "") return choices[usual];
  if (/^\d+$/.test(typed)) return choices[Number(typed) - 1];
  const word = typed.toLowerCase();
  const exact = choices.find((each) => each.value.toLowerCase() === word);
  if (exact !== undefined) return exact;
  const near = choices.filter((each) =>
    each.label.toLowerCase().startsWith(word) || each.value.toLowerCase().startsWith(word)
  );
  return near.length === 1 ? near[0] : undefined;
}

/** Asks for what must not be seen on the screen. */
export function askHidden(host: Host, message: string): Promise<string> {
  return asking(host, (input) => askLine(host, input, `${message}: `, { hidden: true }));
}
