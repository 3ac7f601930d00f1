/** How the fake host fails: injected errors of the disk, and the death of the process. */
import { EXIT, SetupError } from "../../lib/errors.ts";

/** Ends the fake process: nothing catches it, and every later call of the host throws it again. */
export class Killed extends Error {
  constructor(where: string) {
    super(`killed at ${where}`);
    this.name = "Killed";
  }
}

/** What an injected failure looks like to the caller. `kill`: power gone in the middle of it. */
export type Failure = "ENOSPC" | "EIO" | "EACCES" | "kill";

/** Codes and words of the real host's errors. */
const EXPLAINED: Readonly<Record<Exclude<Failure, "kill">, readonly [code: string, text: string]>> =
  {
    ENOSPC: ["disk_full", "No space left on device (os error 28)"],
    EIO: ["disk_error", "Input/output error (os error 5)"],
    EACCES: ["permission_denied", "Permission denied (os error 13)"],
  };

/** An error as the real host words it. */
export function refusal(code: string, message: string): SetupError {
  return new SetupError({ code, message, hint: "", exit: EXIT.apply });
}

/** The error of an injected failure. */
export function explained(
  failure: Exclude<Failure, "kill">,
  action: string,
  path: string,
): SetupError {
  const [code, text] = EXPLAINED[failure];
  return refusal(code, `Cannot ${action} ${path}: ${text}`);
}
