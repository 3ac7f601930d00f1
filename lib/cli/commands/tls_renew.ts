/** `tls renew`: renews the certificate where it is due; what the timer starts. */
import { EXIT, type ExitCode, invalidAnswers, SetupError } from "../../errors.ts";
import { acmeSteps } from "../../operations/tls/acme_steps.ts";
import { askStep } from "../../operations/tls/ask_step.ts";
import {
  configuredPaths,
  judgeFiles,
  namesToCover,
  pairOf,
  problemOf,
  readGivenFiles,
} from "../../operations/tls/import.ts";
import { importSteps, selfSignedSteps } from "../../operations/tls/own_steps.ts";
import { lookAtRenewal, orderReason, type RenewalLook } from "../../operations/tls/renewal.ts";
import { type CertificateScene, nginxRuns } from "../../operations/tls/scene.ts";
import { settleSteps } from "../../operations/tls/swap_steps.ts";
import { certificateNeed, terminatesTls } from "../../operations/tls/wanted.ts";
import type { Step } from "../../steps/step.ts";
import { readLive } from "../../tls/store.ts";
import { certificateResult } from "../certificate_text.ts";
import { acmeSceneOf, certificatesOf } from "../certificates.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";

interface Flags {
  readonly force: boolean;
  readonly scheduled: boolean;
}

/** Not every machine at the same second (RFC 9773, 4.2). */
const SPREAD_MS = 60_000;

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, signal } = context;
  if (flags.scheduled) {
    const [byte = 0, next = 0] = host.random.bytes(2);
    await host.clock.sleep((byte * 256 + next) / 65_536 * SPREAD_MS, signal);
  }
  const { scene } = await certificatesOf(context);
  if (!terminatesTls(scene.plan)) {
    return said(context, scene, flags, "TLS does not end here; there is nothing to renew.");
  }
  // A stack that was stopped on purpose is left alone.
  if (flags.scheduled && !await nginxRuns(scene)) return EXIT.ok;
  return await locked(context, "tls renew", async () => {
    await settle(context, scene);
    switch (scene.plan.answers.tls.mode) {
      case "letsencrypt":
        return await renewOrdered(context, scene, flags);
      case "self-signed":
        return await renewOwn(context, scene, flags);
      case "files":
        if (scene.plan.answers.tls.cert !== "") return await renewFiles(context, scene, flags);
        return await said(
          context,
          scene,
          flags,
          "This certificate was made elsewhere; when you have the next one: rxdx-setup tls import",
        );
      default:
        return EXIT.ok;
    }
  });
}

/** What an interrupted swap left undone. No run is noted where there is nothing to do. */
async function settle(context: CommandContext, scene: CertificateScene): Promise<void> {
  await executeOpen(context, settleSteps(scene));
}

async function executeOpen(context: CommandContext, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (await step.isDone()) continue;
    await execute(context, "tls renew", steps);
    return;
  }
}

async function renewOwn(context: CommandContext, scene: CertificateScene, flags: Flags) {
  const need = await certificateNeed(scene.host, scene.plan);
  if (need === undefined && !flags.force) {
    return said(context, scene, flags, "The certificate serves all names for a while yet.");
  }
  if (!flags.scheduled) await confirm(context, "Make a new self-signed certificate?");
  await execute(context, "tls renew", selfSignedSteps(scene));
  return said(context, scene, flags, undefined);
}

/** Whoever makes the files has made new ones: they are taken over as soon as they can be used. */
async function renewFiles(context: CommandContext, scene: CertificateScene, flags: Flags) {
  const { host } = context;
  const { plan } = scene;
  const lint = await judgeFiles(host, plan, await readGivenFiles(host, configuredPaths(plan)));
  if (lint.problems.length > 0) {
    throw invalidAnswers(
      lint.problems.map((each) => problemOf(each, `tls.${each.field}`)),
      `the certificate ${plan.answers.tls.cert}`,
    );
  }
  const pair = pairOf(host, plan, lint);
  const live = await readLive(host, plan.dir);
  const same = pair?.certificate === live?.certificate && pair?.key === live?.key;
  if (pair === undefined || (same && !flags.force)) {
    return said(context, scene, flags, `${plan.answers.tls.cert} is what is served.`);
  }
  await execute(context, "tls renew", importSteps(scene, pair, namesToCover(plan)));
  return said(context, scene, flags, undefined);
}

async function renewOrdered(context: CommandContext, scene: CertificateScene, flags: Flags) {
  const { host } = context;
  const acme = acmeSceneOf(scene);
  // Whether to renew does not depend on the answer alone; a CA that is down is no failure here.
  await executeOpen(context, [askStep(acme)]).catch((error: unknown) => {
    if (!(error instanceof SetupError) || error.exit === EXIT.cancelled) throw error;
    if (!flags.scheduled) context.out.note(error.message);
  });
  const look = await lookAtRenewal(host, scene.plan.dir, acme.settings);
  const reason = flags.force ? "it is wanted" : orderReason(look);
  if (reason === undefined) return said(context, scene, flags, waiting(look));
  if (!flags.scheduled) {
    await confirm(context, `Order a certificate from ${new URL(acme.settings.directoryUrl).host}?`);
  }
  await execute(context, "tls renew", acmeSteps(acme));
  return said(context, scene, flags, undefined);
}

function waiting({ decision, limit }: RenewalLook): string {
  if (limit !== undefined) {
    return `No order before ${limit.at.toISOString()}: ${limit.why} are all a CA allows.`;
  }
  if (decision.kind === "renew") return "";
  const until = decision.until.toISOString();
  return {
    not_due: `Not due. It is renewed after ${until}; --force does it now.`,
    back_off: `After a failure the next attempt is at ${until}; --force does it now.`,
    clock:
      `This machine's clock cannot be right: the certificate was issued just now and is said to ` +
      `be at its end. The next attempt is at ${until}.`,
  }[decision.why];
}

/** Nothing is said to a timer when nothing happened. */
async function said(
  context: CommandContext,
  scene: CertificateScene,
  flags: Flags,
  text: string | undefined,
): Promise<ExitCode> {
  if (text === undefined || context.out.json) {
    await certificateResult(context, scene, { renewed: text === undefined });
  } else if (!flags.scheduled) context.out.result(text);
  return EXIT.ok;
}
