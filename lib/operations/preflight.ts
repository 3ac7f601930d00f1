/** What stands in the way on this machine, found before anything is changed. */
import { EXIT, SetupError } from "../errors.ts";
import { describeHolder } from "../plan/holder.ts";
import { MINIMUM_DISK_BYTES } from "../plan/machine_checks.ts";
import type { Plan } from "../plan/plan.ts";
import { foreignListeners } from "./measured.ts";

export { describeHolder };

/** Ports that this plan publishes, with the key that sets each. */
export function publishedPorts({ answers }: Plan): [key: string, port: number][] {
  const { ports, environment } = answers;
  return [
    ["ports.http", ports.http],
    // Published in every TLS mode: the Compose files are static.
    ["ports.https", ports.https],
    ...(environment === "development"
      ? ([
        ["ports.backend", ports.backend],
        ["ports.frontend", ports.frontend],
        ["ports.postgres", ports.postgres],
      ] as [string, number][])
      : []),
  ];
}

/**
 * @throws SetupError `port_in_use` (exit 4) naming each port and who holds it
 */
export function checkPorts(plan: Plan): void {
  const foreign = foreignListeners(plan.facts, plan.answers.name);
  const conflicts = publishedPorts(plan).flatMap(([key, port]) => {
    const holder = foreign.find((each) => each.port === port);
    return holder === undefined ? [] : [{ key, port, holder }];
  });
  const [first] = conflicts;
  if (first === undefined) return;
  throw new SetupError({
    code: "port_in_use",
    message: conflicts.map(({ key, port, holder }) =>
      `Port ${port} (${key}) is taken by ${describeHolder(holder)}.`
    ).join("\n"),
    hint: `Stop it, or choose another port: --set ${first.key}=${first.port + 8000}`,
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

/**
 * A database volume whose secrets are gone must never meet new ones (criterion S8): the database
 * keeps its old password, and the application would be locked out of its own data.
 *
 * @throws SetupError `volume_without_secrets` (exit 4)
 */
export function checkDataHasSecrets(plan: Plan, hasPassword: boolean): void {
  if (hasPassword || !plan.facts.volumes.includes(plan.dataVolume)) return;
  throw new SetupError({
    code: "volume_without_secrets",
    message: `The database volume ${plan.dataVolume} exists, but ${plan.dir}/.env with its ` +
      "password does not. A new password would lock the application out of this data.",
    hint: `Put the old .env back to ${plan.dir}/.env, or choose another name: ` +
      `--set name=${plan.answers.name}2. Only if this data may go: docker volume rm ${plan.dataVolume}`,
    exit: EXIT.prerequisite,
  });
}
