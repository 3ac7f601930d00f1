/** docs/reference/failure-signatures.md, from the list of signatures. Pure; called by `pages.ts`. */
import { SIGNATURES } from "../doctor/signatures.ts";
import { code, type Page, page, table } from "./page.ts";

const INTRO =
  "When a service does not become healthy, the last lines of its log are held against " +
  "this list, newest line first; the first entry that matches is printed as the likely cause, with " +
  "what to do about it. `doctor` does the same for a service that is not well. Entries that say no " +
  "more than that something failed count only where no line says why. Nothing is sent anywhere.";

export function failureSignaturesPage(): Page {
  const rows = SIGNATURES.map(({ id, pattern, cause, remedy }) => [
    code(id),
    cause,
    remedy,
    code(pattern.source),
  ]);
  return page("failure-signatures.md", "lib/doctor/signatures.ts", [
    "# Failure signatures",
    INTRO,
    table(["Signature", "Likely cause", "What to do", "Log line (regular expression)"], rows),
    "By symptom rather than by log line: [Troubleshooting](../troubleshooting.md).",
  ]);
}
