/**
 * The part of the wizard's session that looks at the machine and asks others: what was found here,
 * where the names lead, whether the servers that were named answer, what a size commits.
 */
import { emailAddress } from "../answers/rules.ts";
import type { Merged } from "../answers/layers.ts";
import { parseAnswers } from "../answers/parse.ts";
import type { Answers } from "../answers/schema.ts";
import type { Tree } from "../answers/tree.ts";
import { invalidAnswers } from "../errors.ts";
import type { Gathered } from "../operations/gather.ts";
import { machineChecks } from "../plan/machine_checks.ts";
import { explainLines, explainSizing } from "../plan/explain.ts";
import { Secret } from "../plan/secret.ts";
import { postgresParameters } from "../plan/postgres.ts";
import { sizingPreview } from "../plan/sizing_preview.ts";
import { checkNames } from "../probe/names.ts";
import { measureNetwork } from "../probe/network.ts";
import { strengthOf } from "../secrets/strength.ts";
import type { GivenSecrets, Said, WizardSession } from "../tui/wizard/session.ts";
import type { CommandContext } from "./context.ts";
import { runProbe } from "./probes.ts";
import { sizingLines } from "./sizing_text.ts";

type Looking = Pick<
  WizardSession,
  "strength" | "commitment" | "explanation" | "machineChecks" | "nameChecks" | "probe"
>;

export function lookingSession(
  { host, dir }: CommandContext,
  gathered: Gathered,
  merged: (you: Tree) => Merged,
  secretsOf: (said: Said) => GivenSecrets,
): Looking {
  const { facts, install } = gathered;
  /** @throws SetupError what is wrong with the answers, which the wizard shows in place of a result */
  const answersOf = (you: Tree): Answers => {
    const parsed = parseAnswers(merged(you).values);
    if (!parsed.ok) throw invalidAnswers(parsed.problems);
    return parsed.answers;
  };
  return {
    strength: (text) => {
      const { name, database, domain } = merged({}).values as Answers;
      return strengthOf(text, [name, database.user, domain]);
    },
    commitment: (you) => sizingLines(facts, merged(you).values),
    explanation: (you, columns) => {
      const parsed = parseAnswers(merged(you).values);
      if (!parsed.ok) return [];
      const sized = sizingPreview(facts, parsed.answers);
      if (!sized.ok) return [sized.reason];
      const postgres = postgresParameters({
        memoryBytes: sized.sizing.postgres.memoryBytes,
        cpus: sized.sizing.postgres.cpus,
        maxConnections: sized.sizing.maxConnections,
      });
      return explainLines(explainSizing({ sizing: sized.sizing, postgres, facts }), columns);
    },
    machineChecks: async () => {
      const { clock } = await measureNetwork(host, []);
      const { http, https } = (merged({}).values as Answers).ports;
      return machineChecks(facts, {
        dir,
        // Before an install no stack is one's own, whatever its name.
        project: install?.answers.name ?? "",
        ports: [http, https],
        clock,
        now: host.clock.now(),
      });
    },
    nameChecks: async (you) => {
      const { domain, aliases } = answersOf(you);
      return await checkNames(host, [domain, ...aliases], facts.addresses);
    },
    probe: async (name, said) => {
      const answers = answersOf(said.you);
      const present: GivenSecrets = install?.secrets ?? {};
      const given = secretsOf(said);
      const to = said.locals["mail_to"] ?? (answers.admin.email || answers.email.from);
      if (name === "mail" && !emailAddress.holds(to)) {
        return { ok: false, detail: "Who shall get the test message?", hint: "an e-mail address" };
      }
      return await runProbe(name, {
        host,
        answers,
        secret: (secret) => new Secret(given[secret] ?? present[secret] ?? ""),
        listeners: facts.listeners,
        to,
      });
    },
  };
}
