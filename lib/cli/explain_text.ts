/** `--explain` as text and as data: what `plan` and `init` print. The lines themselves are made in `plan/`. */
import type { Plan } from "../plan/plan.ts";
import { explainLines, explainSizing } from "../plan/explain.ts";
import type { Colors } from "./output.ts";

/** Width of the smallest terminal that is promised. */
const WIDTH = 80;

export function explainText(plan: Plan, c: Colors): string {
  const groups = explainSizing(plan);
  const titles = new Set(groups.map((group) => group.title));
  const lines = explainLines(groups, WIDTH).map((line) => titles.has(line) ? c.bold(line) : line);
  return [...lines, "", "PGTune: the formulas of le0pard/pgtune (web application, SSD)."].join(
    "\n",
  );
}

/** For `--json`: groups of `{name, formula, result, source}`. */
export function explainJson(plan: Plan): { explain: ReturnType<typeof explainSizing> } {
  return { explain: explainSizing(plan) };
}
