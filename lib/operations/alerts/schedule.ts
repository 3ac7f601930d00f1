/** The timer that looks after the stack: which stacks have one, and what it starts. */
import type { Answers } from "../../answers/schema.ts";
import type { Host } from "../../host/types.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Job } from "../../schedule/job.ts";
import { dockerVariables, programOf, proxyVariables } from "../../schedule/program.ts";
import { schedulerOf, scheduleStep, unscheduleStep } from "../../schedule/steps.ts";
import type { Step } from "../../steps/step.ts";

export function alertsJob(project: string): Pick<Job, "project" | "topic"> {
  return { project, topic: "alerts" };
}

/** True when somebody is told at all. */
export function alertsConfigured({ alerts }: Pick<Answers, "alerts">): boolean {
  return alerts.email.length > 0 || alerts.webhook !== "";
}

export function wantsLooking(answers: Pick<Answers, "alerts">): boolean {
  return alertsConfigured(answers) && answers.alerts.every_minutes > 0;
}

export async function alertSteps(
  host: Host,
  plan: Pick<Plan, "answers" | "dir">,
  machine: { readonly systemd: boolean },
): Promise<Step[]> {
  const { answers, dir } = plan;
  const job = alertsJob(answers.name);
  if (!wantsLooking(answers)) return [unscheduleStep(host, job)];
  const [scheduler, program] = await Promise.all([schedulerOf(host, machine), programOf(host)]);
  if (scheduler === "none" || program === undefined) return [];
  return [
    scheduleStep(host, scheduler, {
      ...job,
      description: `Look after the RxDx stack ${answers.name} and tell what is wrong`,
      every: answers.alerts.every_minutes,
      evenly: true,
      command: [program, "healthcheck", "--scheduled", "--dir", dir],
      environment: { ...proxyVariables(host.env), ...dockerVariables(host.env) },
    }),
  ];
}
