/** The timer that keeps the certificate: which stacks have one, and what it starts. */
import type { Host } from "../../host/types.ts";
import type { Step } from "../../steps/step.ts";
import type { Job } from "../../schedule/job.ts";
import { programOf, proxyVariables } from "../../schedule/program.ts";
import { schedulerOf, scheduleStep, unscheduleStep } from "../../schedule/steps.ts";
import { terminatesTls } from "./wanted.ts";
import type { CertificatePlan } from "./scene.ts";

/**
 * Often, because the pauses after a failure are short at first (T4) and certificates of six days exist. A
 * start that finds nothing to do takes some hundredths of a second and asks nobody.
 */
const EVERY_MINUTES = 15;

export function renewalJob(project: string): Pick<Job, "project" | "topic"> {
  return { project, topic: "tls" };
}

/** A stack for work has its certificate renewed by itself; one for development does not. */
export function wantsRenewal(plan: CertificatePlan): boolean {
  const { mode, cert } = plan.answers.tls;
  // Nobody can renew what was imported once, but the one who made it.
  return terminatesTls(plan) && plan.answers.environment !== "development" &&
    !(mode === "files" && cert === "");
}

export async function renewalSteps(
  host: Host,
  plan: CertificatePlan,
  machine: { readonly systemd: boolean },
): Promise<Step[]> {
  const job = renewalJob(plan.answers.name);
  if (!wantsRenewal(plan)) return [unscheduleStep(host, job)];
  const [scheduler, program] = await Promise.all([
    schedulerOf(host, machine),
    programOf(host),
  ]);
  if (scheduler === "none" || program === undefined) return [];
  return [
    scheduleStep(host, scheduler, {
      ...job,
      description: `Renew the certificate of the RxDx stack ${plan.answers.name}`,
      every: EVERY_MINUTES,
      command: [program, "tls", "renew", "--scheduled", "--dir", plan.dir],
      environment: proxyVariables(host.env),
    }),
  ];
}
