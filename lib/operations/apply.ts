/** The steps that make the machine match the plan. `init` and `apply` are this list. */
import { Engine } from "../engine/client.ts";
import type { Host } from "../host/types.ts";
import { imageSteps } from "../images/steps.ts";
import type { Plan } from "../plan/plan.ts";
import type { Step } from "../steps/step.ts";
import { HEALTHY_MS, waitHealthyStep } from "../steps/wait_healthy.ts";
import { type WriteFilesOptions, writeFilesStep } from "../steps/write_files.ts";
import { adminStep, schemaStep } from "./database_steps.ts";
import { directoriesStep } from "./directories.ts";
import { behindDoorStep } from "./behind_door_step.ts";
import { checkComposeStep, checkNginxStep } from "./check_steps.ts";
import { frontDoorStep } from "./front_door_step.ts";
import { expectedContainers } from "./hashes.ts";
import { checkPostgresStep } from "./postgres_major.ts";
import { maintenanceOffStep } from "./maintenance.ts";
import type { Prepared } from "./prepare.ts";
import { recordStep } from "./record.ts";
import { settleStep } from "./restore/settle.ts";
import { timerSteps } from "./timers.ts";
import { servedStep } from "./tls/swap_steps.ts";
import { certificateStep, terminatesTls } from "./tls/wanted.ts";
import { reloadNginxStep, type StartOptions, startStep } from "./stack_steps.ts";

/** What is written of a plan, and what is known of it. */
export function writing(host: Host, { plan, files, install }: Prepared): WriteFilesOptions {
  return { host, dir: plan.dir, files, receipt: install?.receipt };
}

export interface ApplyOptions {
  /** False: write the files and stop there. */
  readonly start: boolean;
  /** Backend containers come and go one after the other, see `startStep`. */
  readonly roll?: boolean;
  /** False: the images are here, under the names of the plan. */
  readonly fetch?: boolean;
}

export async function applySteps(
  host: Host,
  prepared: Prepared,
  options: ApplyOptions,
): Promise<Step[]> {
  const { plan } = prepared;
  const engine = new Engine(host);
  const write: Step[] = [
    directoriesStep(host, plan),
    writeFilesStep(writing(host, prepared)),
    ...(terminatesTls(plan) ? [certificateStep(host, plan)] : []),
  ];
  if (!options.start) return [...write, recordStep(host, prepared)];
  return [
    ...write,
    checkComposeStep(host, plan),
    ...(options.fetch === false ? [] : imageSteps(host, engine, plan)),
    // Where there are data, another PostgreSQL must be able to open them.
    ...(plan.facts.volumes.includes(plan.dataVolume)
      ? [checkPostgresStep(host, engine, plan)]
      : []),
    checkNginxStep(host, plan),
    ...startSteps(host, engine, plan, { roll: options.roll === true }),
    schemaStep(host, plan),
    adminStep(host, plan),
    ...await timerSteps(host, plan),
    recordStep(host, prepared),
  ];
}

/** Starting and waiting: also what `start` is made of. */
export function startSteps(
  host: Host,
  engine: Engine,
  plan: Plan,
  options: StartOptions = {},
): Step[] {
  return [
    settleStep({ host, engine, install: plan }),
    startStep(host, engine, plan, options),
    reloadNginxStep(host, engine, plan),
    waitHealthyStep({
      host,
      engine,
      project: plan.answers.name,
      expected: expectedContainers(plan),
      timeoutMs: HEALTHY_MS,
    }),
    behindDoorStep({ host, engine, install: plan }),
    maintenanceOffStep({ host, dir: plan.dir }),
    frontDoorStep(host, plan),
    ...(terminatesTls(plan) ? [servedStep({ host, engine, plan, candidate: {} })] : []),
  ];
}
