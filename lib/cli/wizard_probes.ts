/** The part of the wizard's session that looks at the machine and asks others (temporary). */
import type { Merged } from "../answers/layers.ts";
import type { Tree } from "../answers/tree.ts";
import { parseAnswers } from "../answers/parse.ts";
import type { Host } from "../host/types.ts";
import type { Gathered } from "../operations/gather.ts";
import { sizing } from "../plan/sizing.ts";
import { sizingLines } from "./sizing_text.ts";
import type { GivenSecrets, Said, WizardSession } from "../tui/wizard/session.ts";

export function probeSettings(
  _host: Host,
  gathered: Gathered,
  merged: (you: Tree) => Merged,
  _secrets: (said: Said) => GivenSecrets,
): Pick<
  WizardSession,
  "strength" | "commitment" | "explanation" | "machineChecks" | "nameChecks" | "probe"
> {
  const { facts } = gathered;
  const sized = (you: Tree) => {
    const parsed = parseAnswers(merged(you).values);
    if (!parsed.ok) return undefined;
    const { environment, resources } = parsed.answers;
    return sizing({ cpus: facts.cpus, memoryBytes: facts.memoryBytes, environment, resources });
  };
  return {
    strength: (text) => ({ bits: text.length * 5, verdict: "fair" }),
    commitment: (you) => sizingLines(facts, merged(you).values),
    explanation: (you) => {
      const result = sized(you);
      return result?.ok
        ? result.sizing.explanations.map((each) =>
          `${each.name} = ${each.formula} = ${each.result}`
        )
        : [];
    },
    machineChecks: () => Promise.resolve([]),
    nameChecks: () => Promise.resolve([]),
    probe: () => Promise.resolve({ ok: false, detail: "not there yet" }),
  };
}
