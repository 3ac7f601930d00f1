/** Everything that the machine does by itself for a stack: renewing its certificate, looking after it, backups. */
import type { Host } from "../host/types.ts";
import type { Plan } from "../plan/plan.ts";
import type { Job } from "../schedule/job.ts";
import type { Step } from "../steps/step.ts";
import { alertsJob, alertSteps } from "./alerts/schedule.ts";
import { backupJob, backupTimerSteps } from "./backup/schedule.ts";
import { renewalJob, renewalSteps } from "./tls/schedule.ts";

/** Installs what is wanted and removes what is not; `plan` tells which of it is not so yet. */
export async function timerSteps(host: Host, plan: Plan): Promise<Step[]> {
  return [
    ...await renewalSteps(host, plan, plan.facts),
    ...await alertSteps(host, plan, plan.facts),
    ...await backupTimerSteps(host, plan, plan.facts),
  ];
}

/** Jobs that a stack may have. */
export function timerJobs(project: string): readonly Pick<Job, "project" | "topic">[] {
  return [renewalJob(project), alertsJob(project), backupJob(project)];
}
