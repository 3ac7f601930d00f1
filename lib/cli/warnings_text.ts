/** What works and is probably not meant, as text before a confirmation and as data of `plan --json`. */
import type { Problem } from "../errors.ts";
import type { Plan } from "../plan/plan.ts";
import { warningsOf } from "../plan/warnings.ts";
import type { Colors } from "./output.ts";

/** Empty when there is nothing to say. */
export function warningsText(plan: Plan, c: Colors): string {
  const lines = warningsOf(plan.answers).map(({ key, value, rule, example }) =>
    `  ${c.yellow("!")} ${key}${value === undefined || value === "" ? "" : ` ${value}`} ${rule}` +
    (example === undefined ? "" : `\n    for example: ${example}`)
  );
  return lines.length === 0 ? "" : `${c.yellow("Worth a look")}\n${lines.join("\n")}\n`;
}

export function warningsJson(plan: Plan): { warnings: readonly Problem[] } {
  return { warnings: warningsOf(plan.answers) };
}
