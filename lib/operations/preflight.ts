/** What stands in the way on this machine, found before anything is changed. */
import type { Answers } from "../answers/schema.ts";
import { EXIT, type Problem, SetupError } from "../errors.ts";
import type { Facts } from "../plan/facts.ts";
import { describeHolder } from "../plan/holder.ts";
import { MINIMUM_DISK_BYTES } from "../plan/machine_checks.ts";
import type { Plan } from "../plan/plan.ts";
import { publishedPorts } from "../plan/ports.ts";
import type { Pending } from "../secrets/rotation.ts";
import { quoted } from "../steps/command_line.ts";
import { foreignListeners } from "./measured.ts";
import { unfinished } from "./rotate/pending.ts";

export { describeHolder };

/** Every published port that is somebody else's, with whose it is. */
function portConflicts(answers: Answers, facts: Facts) {
  const foreign = foreignListeners(facts, answers.name);
  return publishedPorts(answers).flatMap(([key, port]) => {
    const holder = foreign.find((each) => each.port === port);
    if (holder !== undefined) return [{ key, port, holder: describeHolder(holder) }];
    const other = facts.installs.find((each) => each.ports.some(([, theirs]) => theirs === port));
    if (other === undefined) return [];
    const [theirs] = other.ports.find(([, each]) => each === port) ?? [""];
    return [{ key, port, holder: `the stack in ${other.dir} (its ${theirs}), running or not` }];
  });
}

/** The same as problems of their fields, for the moment in which they are typed. */
export function portProblems(answers: Answers, facts: Facts): Problem[] {
  return portConflicts(answers, facts).map(({ key, port, holder }) => ({
    key,
    value: String(port),
    rule: `is taken by ${holder}`,
    example: anotherPort(port),
  }));
}

/** Eight thousand further, as 443 and 8443 are; within the range. */
function anotherPort(port: number): string {
  return String(port + 8000 <= 65_535 ? port + 8000 : port - 8000);
}

/**
 * @throws SetupError `port_in_use` (exit 4) naming each port and who holds it
 */
export function checkPorts(plan: Plan): void {
  const conflicts = portConflicts(plan.answers, plan.facts);
  const [first] = conflicts;
  if (first === undefined) return;
  throw new SetupError({
    code: "port_in_use",
    message: conflicts.map(({ key, port, holder }) =>
      `Port ${port} (${key}) is taken by ${holder}.`
    ).join("\n"),
    hint: `Stop it, or choose another port: --set ${first.key}=${anotherPort(first.port)}`,
    exit: EXIT.prerequisite,
  });
}

/**
 * @throws SetupError `disk_full` (exit 4)
 */
export function checkDisk(plan: Plan, installed: boolean): void {
  const { freeBytes } = plan.facts.disk;
  if (installed || freeBytes >= MINIMUM_DISK_BYTES) return;
  const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(1);
  throw new SetupError({
    code: "disk_full",
    message: `${gib(freeBytes)} GiB are free at ${plan.dir}; a new stack needs ` +
      `${gib(MINIMUM_DISK_BYTES)} GiB.`,
    hint: "Free some space, or choose another place with --dir",
    exit: EXIT.prerequisite,
  });
}

/** A plan, and whether the password of its database is known. */
interface PlannedData {
  readonly plan: Plan;
  /** True when it came from the operator or the present `.env`, false when it was made now. */
  readonly hasPassword: boolean;
  readonly rotating?: Pending;
}

/**
 * While a rotation waits for its end, `.env` and the database may disagree: nothing may be started then.
 *
 * A database volume whose secrets are gone must never meet new ones (criterion S8): the database
 * keeps its old password, and the application would be locked out of its own data.
 *
 * @throws SetupError `rotation_unfinished` (exit 5), `volume_without_secrets` (exit 4)
 */
export function checkDataHasSecrets({ plan, hasPassword, rotating }: PlannedData): void {
  if (rotating !== undefined) throw unfinished(rotating);
  if (hasPassword || !plan.facts.volumes.includes(plan.dataVolume)) return;
  throw new SetupError({
    code: "volume_without_secrets",
    message: `The database volume ${plan.dataVolume} exists, but its password is not in ` +
      `${plan.dir}/.env. A new password would lock the application out of this data.`,
    hint: `Either put the old .env back (or its POSTGRES_PASSWORD, as ` +
      "RXDX_SECRET_POSTGRES_PASSWORD with `init`); or leave this data alone and begin beside it: " +
      `rxdx-setup init --dir ${quoted([plan.dir])}2 --name ${plan.answers.name}2. ` +
      `Only if this data may go: docker volume rm ${plan.dataVolume}`,
    exit: EXIT.prerequisite,
  });
}
