/** How a release fails to be what it must be: one error, exit 5, nothing was replaced. Pure. */
import { EXIT, SetupError } from "../errors.ts";

/** Why a release, or a part of it, is not used. Stable names of the error. */
export type ReleaseFault =
  | "signature_invalid"
  | "signature_malformed"
  | "key_malformed"
  | "checksum_wrong"
  | "release_malformed";

/** An expected failure; what it speaks of is not used. */
export function releaseError(
  code: ReleaseFault,
  message: string,
  hint = "Get it again; if it stays so, do not use it, and tell those who publish it.",
): SetupError {
  return new SetupError({ code, message, hint, exit: EXIT.apply });
}
