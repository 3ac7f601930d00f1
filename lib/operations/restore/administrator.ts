/** Whose login is told after a move: an account does not change its name because the server does. Pure. */
import { readDocument } from "../../answers/document.ts";
import { parseAnswers } from "../../answers/parse.ts";
import { adminEmailOf } from "../../plan/plan.ts";

/**
 * Settings for the new server, with the address of the administrator as it was where it was made of the domain,
 * and the domain changes.
 *
 * @param settings `key=value`, as they were typed
 * @param configuration text of the backup's `rxdx.yml`
 */
export function withAdministrator(settings: readonly string[], configuration: string): string[] {
  const says = (key: string) => settings.some((each) => each.startsWith(`${key}=`));
  const read = readDocument(configuration, "rxdx.yml");
  const parsed = read.ok ? parseAnswers(read.tree) : undefined;
  if (parsed?.ok !== true || !says("domain") || says("admin.email")) return [...settings];
  if (parsed.answers.admin.email !== "") return [...settings];
  return [...settings, `admin.email=${adminEmailOf(parsed.answers)}`];
}
