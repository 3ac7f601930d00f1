/**
 * The one error type for expected failures, and the table of exit codes.
 *
 * Every room throws `SetupError`; only `cli/` catches it and turns it into text, JSON and an exit
 * code. Anything else that reaches `cli/` is a bug in this program (exit 1, with a trace in a file).
 */

/** Process exit codes. Documented in docs/reference/exit-codes.md, which is generated from here. */
export const EXIT = {
  ok: 0,
  bug: 1,
  usage: 2,
  answers: 3,
  prerequisite: 4,
  apply: 5,
  unhealthy: 6,
  locked: 7,
  pending: 10,
  cancelled: 130,
} as const;

/** A numeric exit code from {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each exit code means, in the words of the reference. */
export const EXIT_MEANING: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: "success",
  bug: "a bug in this program; a trace was written to a file",
  usage: "wrong usage: unknown command or flag, or a prompt was needed and there is no terminal",
  answers: "the answers are not valid; nothing was written",
  prerequisite: "something this machine lacks: engine, port, disk, memory, permission",
  apply:
    "a change failed half-way, running the same command again is safe; or an alert was not delivered",
  unhealthy: "the stack is not healthy, or a `check` failed",
  locked: "another run holds the lock",
  pending: "`plan` found changes that are not applied, or `upgrade --check` something newer",
  cancelled: "cancelled by the operator",
};

/** One thing that is wrong with a given value, as shown to the operator. */
export interface Problem {
  /** Path of the field, for example `ports.https`. */
  readonly key: string;
  /** The value as given, printed as the operator wrote it; never a secret. */
  readonly value?: string;
  /** The rule it breaks, as a sentence. */
  readonly rule: string;
  /** A value that would be accepted. */
  readonly example?: string;
}

/** Everything needed to describe an expected failure. */
export interface SetupErrorDetails {
  /** Stable machine-readable name, snake_case, for example `port_in_use`. */
  readonly code: string;
  readonly message: string;
  /** What to do next, ideally a command that can be pasted. */
  readonly hint?: string;
  readonly exit: ExitCode;
  readonly problems?: readonly Problem[];
  readonly cause?: unknown;
}

/** An expected failure: shown without a stack trace, mapped to its exit code by `cli/`. */
export class SetupError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exit: ExitCode;
  readonly problems: readonly Problem[];

  constructor(details: SetupErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "SetupError";
    this.code = details.code;
    this.hint = details.hint;
    this.exit = details.exit;
    this.problems = details.problems ?? [];
  }
}

/** The operator pressed Ctrl-C, or a signal asked the run to end. */
export class Cancelled extends SetupError {
  constructor(hint?: string) {
    super({
      code: "cancelled",
      message: "Cancelled.",
      exit: EXIT.cancelled,
      ...(hint === undefined ? {} : { hint }),
    });
    this.name = "Cancelled";
  }
}

/** Every problem of a set of answers at once (exit 3). */
export function invalidAnswers(problems: readonly Problem[], source = "the answers"): SetupError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return new SetupError({
    code: "invalid_answers",
    message: `${count} in ${source}; nothing was written.`,
    hint: "Correct the fields named above and run the same command again.",
    exit: EXIT.answers,
    problems,
  });
}
