/**
 * What `doctor --fix` does about what was found, as steps for the journaled runner. Nothing here touches
 * data, and nothing writes configuration: it makes true what the files say.
 */
import type { Finding, FixId } from "../../doctor/check.ts";
import type { Engine } from "../../engine/client.ts";
import type { Host } from "../../host/types.ts";
import { BASES } from "../../images/demo.ts";
import { imageSteps } from "../../images/steps.ts";
import type { Step } from "../../steps/step.ts";
import { startSteps } from "../apply.ts";
import type { Prepared } from "../prepare.ts";
import { restartStep } from "../services.ts";
import { checkComposeStep, checkNginxStep } from "../stack_steps.ts";
import { renewalSteps } from "../tls/schedule.ts";
import { certificateStep } from "../tls/wanted.ts";
import { modesStep } from "./modes.ts";

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
  prune: "Remove images that were built here for earlier versions of this stack",
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
    ...(has("prune") ? [pruneStep(host, engine, prepared)] : []),
  ];
}

/** Images that the receipt says were made here, and that the present plan has no use for. */
async function formerImages(engine: Engine, { plan, install }: Prepared): Promise<string[]> {
  const wanted = new Set<string>([
    ...Object.values(plan.images),
    // No container runs a base image, so Docker would not keep it; the next build needs it.
    ...Object.values(BASES).map((base) => base.tag),
  ]);
  const former = (install?.receipt?.images ?? []).filter((image) => !wanted.has(image));
  const there = await Promise.all(
    former.map(async (image) => await engine.image(image) === undefined ? [] : [image]),
  );
  return there.flat();
}

/** Never volumes, never what somebody else made. */
function pruneStep(host: Host, engine: Engine, prepared: Prepared): Step {
  return {
    id: "prune-images",
    title: "Remove images of earlier versions of this stack",
    isDone: async () => (await formerImages(engine, prepared)).length === 0,
    run: async (report, signal) => {
      for (const image of await formerImages(engine, prepared)) {
        // Another install on this machine may run the same image; Docker then refuses, rightly.
        const { code } = await host.process.run(["docker", "image", "rm", image], { signal });
        report.detail(code === 0 ? image : `${image} is in use elsewhere and stays`);
      }
    },
  };
}
