/**
 * What `doctor --fix` does about what was found, as steps for the journaled runner. Nothing here touches
 * data, and nothing writes configuration: it makes true what the files say.
 */
import type { Finding, FixId } from "../../doctor/check.ts";
import type { Engine } from "../../engine/client.ts";
import type { Host } from "../../host/types.ts";
import { imageSteps } from "../../images/steps.ts";
import type { Step } from "../../steps/step.ts";
import { startSteps } from "../apply.ts";
import type { Prepared } from "../prepare.ts";
import { restartStep } from "../services.ts";
import { checkComposeStep, checkNginxStep } from "../check_steps.ts";
import { renewalSteps } from "../tls/schedule.ts";
import { certificateStep } from "../tls/wanted.ts";
import { modesStep } from "./modes.ts";
import { pruneSteps } from "./reclaim.ts";

/** In the order in which they are done. */
const ORDER: readonly FixId[] = [
  "modes",
  "certificate",
  "apply",
  "restart",
  "start",
  "timer",
  "prune",
];

/**
 * @param prune true when it was asked for; without, nothing is removed
 */
export function fixesOf(checks: readonly Finding[], prune: boolean): FixId[] {
  const wanted = new Set<FixId>(checks.flatMap(({ fix }) => fix === null ? [] : [fix]));
  wanted.delete("prune");
  if (prune) wanted.add("prune");
  // Whatever makes containers anew starts them as well.
  if (wanted.has("apply")) wanted.delete("start");
  return ORDER.filter((each) => wanted.has(each));
}

/** What each means, for the plan that is shown first. */
export const FIX_TEXT: Readonly<Record<FixId, string>> = {
  modes: "Make secrets and keys readable by nobody else",
  certificate: "Make a new self-signed certificate and serve it",
  apply: "Bring missing images here; make containers anew that differ from their definition",
  restart: "Restart what runs and is not healthy; its users are cut off meanwhile",
  start: "Start what is down and wait until it is healthy",
  timer: "Install the timer that renews the certificate",
  prune: "Remove images that were built here and that nothing uses, and the build cache",
};

/** Services whose containers run and are not well. */
function unwell(checks: readonly Finding[]): string[] {
  return checks.filter(({ fix }) => fix === "restart")
    .map(({ id }) => id.replace(/^service-/, ""));
}

export async function fixSteps(
  host: Host,
  engine: Engine,
  prepared: Prepared,
  checks: readonly Finding[],
  fixes: readonly FixId[],
): Promise<Step[]> {
  const { plan } = prepared;
  const { dir, answers } = plan;
  const has = (fix: FixId) => fixes.includes(fix);
  const starts = has("apply") || has("start") || has("restart") || has("certificate");
  return [
    ...(has("modes") ? [modesStep(host, dir, answers.backups.directory)] : []),
    ...(has("certificate") ? [certificateStep(host, plan)] : []),
    ...(has("apply")
      ? [
        checkComposeStep(host, plan),
        ...imageSteps(host, engine, plan),
        checkNginxStep(host, plan),
      ]
      : []),
    ...(has("restart")
      ? [restartStep({ host, engine, dir, project: answers.name, services: unwell(checks) })]
      : []),
    ...(starts ? startSteps(host, engine, plan) : []),
    ...(has("timer") ? await renewalSteps(host, plan, plan.facts) : []),
    ...(has("prune") ? pruneSteps(host, engine, prepared) : []),
  ];
}
