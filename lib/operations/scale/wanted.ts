/** The present install with another number of backends, checked as a whole. Used by `scale` and the dashboard. */
import { changeDocument } from "../../answers/document_change.ts";
import { parseAnswers } from "../../answers/parse.ts";
import { EXIT, invalidAnswers, SetupError } from "../../errors.ts";
import type { Plan } from "../../plan/plan.ts";
import { CONNECTIONS_BESIDE, CONNECTIONS_PER_WORKER, formatSize } from "../../plan/sizing.ts";
import type { Changes } from "../changes.ts";
import { downtimeText } from "../downtime.ts";
import type { Install } from "../install.ts";

/**
 * @throws SetupError `not_scalable` (exit 3) in development, `invalid_answers` (exit 3) for a number that
 *   rxdx.yml does not take. Whether it fits the machine is found by planning.
 */
export function scaled(install: Install, replicas: number): Install {
  const { answers } = install;
  if (answers.environment === "development" && replicas !== 1) {
    throw new SetupError({
      code: "not_scalable",
      message:
        "A development stack has one backend: its port is published, and its source is mounted.",
      hint: "rxdx-setup config set environment=staging",
      exit: EXIT.answers,
    });
  }
  const parsed = parseAnswers({
    ...answers,
    resources: { ...answers.resources, backend: { ...answers.resources.backend, replicas } },
  });
  if (!parsed.ok) throw invalidAnswers(parsed.problems, "the new number");
  return {
    ...install,
    answers: parsed.answers,
    provenance: new Map(install.provenance).set("resources.backend.replicas", "flag"),
    configuration: changeDocument(install.configuration, parsed.answers),
  };
}

/** What the number does to the limits, one line each; the same figure before and after is named once. */
export function scaleLines(before: Plan, after: Plan): string[] {
  const step = (from: string, to: string) => from === to ? to : `${from} → ${to}`;
  const of = ({ sizing }: Plan) => ({
    replicas: String(sizing.replicas),
    workers: String(sizing.workers),
    memory: formatSize(sizing.backend.memoryBytes),
    database: formatSize(sizing.postgres.memoryBytes),
    connections: String(sizing.maxConnections),
  });
  const [was, is] = [of(before), of(after)];
  const { replicas, workers } = after.sizing;
  const byHand = after.answers.resources.postgres.max_connections !== undefined;
  return [
    `backend containers  ${step(was.replicas, is.replicas)}`,
    `  workers of each   ${step(was.workers, is.workers)}`,
    `  memory of each    ${step(was.memory, is.memory)}`,
    `database memory     ${step(was.database, is.database)}`,
    `max_connections     ${step(was.connections, is.connections)}` +
    (byHand
      ? " (set in rxdx.yml)"
      : ` (${replicas} × ${workers} × ${CONNECTIONS_PER_WORKER} + ${CONNECTIONS_BESIDE})`),
  ];
}

/** How long users would be without the stack, and how to do without that, as lines. */
export function scaleDowntime(changes: Changes, after: Plan): string[] {
  const running = !changes.services.some((each) => each.action === "create");
  const text = downtimeText(changes, running, ["backend"]);
  const restarts = changes.services.some((each) =>
    each.service === "postgres" && each.action === "recreate"
  );
  if (!running || !restarts) return [text];
  const { sizing } = after;
  return [
    text,
    "The database starts anew because its limits change. To scale without that, set them once, at a",
    "quiet hour, for the largest number you want; with these figures this change needs no restart:",
    `rxdx-setup config set resources.postgres.max_connections=${sizing.maxConnections} ` +
    `resources.postgres.memory=${formatSize(sizing.postgres.memoryBytes)}`,
  ];
}
