/** The timer that makes backups: which stacks have one, and what it starts. */
import type { Host } from "../../host/types.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Job } from "../../schedule/job.ts";
import { dockerVariables, programOf, proxyVariables } from "../../schedule/program.ts";
import { schedulerOf, scheduleStep, unscheduleStep } from "../../schedule/steps.ts";
import type { Step } from "../../steps/step.ts";

export function backupJob(project: string): Pick<Job, "project" | "topic"> {
  return { project, topic: "backup" };
}

export async function backupTimerSteps(
  host: Host,
  plan: Pick<Plan, "answers" | "dir">,
  machine: { readonly systemd: boolean },
): Promise<Step[]> {
  const { answers, dir } = plan;
  const job = backupJob(answers.name);
  if (!answers.backups.enabled) return [unscheduleStep(host, job)];
  const [scheduler, program] = await Promise.all([schedulerOf(host, machine), programOf(host)]);
  if (scheduler === "none" || program === undefined) return [];
  return [
    scheduleStep(host, scheduler, {
      ...job,
      description: `Back up the RxDx stack ${answers.name}, prove it, and remove old ones`,
      every: answers.backups.schedule.trim().split(/\s+/).join(" "),
      command: [program, "backup", "run", "--scheduled", "--dir", dir],
      environment: { ...proxyVariables(host.env), ...dockerVariables(host.env) },
    }),
  ];
}
