/**
 * Hints are commands to be pasted: they must mean the stack that was spoken of, also when that is not in
 * the usual directory. Pure; used for errors, `status`, `doctor` and alerts.
 */
import { quoted } from "../steps/command_line.ts";

/** Commands whose name has a second word, behind which flags begin. */
const COMMAND =
  /\brxdx-setup (?:(?:tls|config|alerts|admin|audit|backup|bundle|secrets) [a-z][a-z-]*|[a-z][a-z-]*)/g;

/** @param dirFlag `--dir D`, or nothing where the directory is the usual one */
export function addressHint(hint: string, dirFlag: readonly string[]): string {
  if (dirFlag.length === 0 || hint.includes("--dir")) return hint;
  return hint.replace(COMMAND, (words) => `${words} ${quoted(dirFlag)}`);
}
