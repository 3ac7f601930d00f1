/** What the commands about certificates share: whose stack it is, ordering, and what is said of it. */
import { Engine } from "../engine/client.ts";
import { EXIT, SetupError } from "../errors.ts";
import type { Install } from "../operations/install.ts";
import { needOwnStack } from "../operations/pinned.ts";
import { acmeSteps } from "../operations/tls/acme_steps.ts";
import type { AcmeScene } from "../operations/tls/acme_scene.ts";
import { lookAtRenewal, orderReason, settingsOf } from "../operations/tls/renewal.ts";
import {
  type CertificatePlan,
  certificatePlan,
  type CertificateScene,
  nginxRuns,
} from "../operations/tls/scene.ts";
import { terminatesTls } from "../operations/tls/wanted.ts";
import { quoted } from "../steps/command_line.ts";
import type { CommandContext } from "./context.ts";
import { execute } from "./execute.ts";
import { dirFlag } from "./summary.ts";

export interface Certificates {
  readonly install: Install;
  readonly scene: CertificateScene;
}

/** The stack of the install directory, with what certificates need of it. */
export async function certificatesOf(context: CommandContext): Promise<Certificates> {
  const { host, dir } = context;
  const engine = new Engine(host);
  const install = await needOwnStack(host, engine, dir);
  return { install, scene: sceneOf(context, await certificatePlan(host, install)) };
}

export function sceneOf({ host }: CommandContext, plan: CertificatePlan): CertificateScene {
  return { host, engine: new Engine(host), plan, candidate: {} };
}

export function acmeSceneOf(scene: CertificateScene): AcmeScene {
  return { ...scene, settings: settingsOf(scene.plan) };
}

/** @throws SetupError `tls_elsewhere` (exit 3) where TLS does not end in our nginx */
export function needOwnTls(context: CommandContext, plan: CertificatePlan, mode: string): void {
  if (terminatesTls(plan)) return;
  const where = plan.answers.tls.mode === "none"
    ? "TLS is off"
    : "TLS ends at the proxy in front of this stack";
  const dir = quoted(dirFlag(context));
  throw new SetupError({
    code: "tls_elsewhere",
    message: `${where} (tls.mode: ${plan.answers.tls.mode}), so it has no certificate of its own.`,
    hint: `rxdx-setup config set tls.mode=${mode} ${dir}`.trimEnd() + "; then rxdx-setup apply",
    exit: EXIT.answers,
  });
}

/** @throws SetupError `stack_down` (exit 6): a CA asks the running nginx */
export async function needNginx(scene: CertificateScene): Promise<void> {
  if (await nginxRuns(scene)) return;
  throw new SetupError({
    code: "stack_down",
    message: "nginx does not run. A certificate authority asks it for the proof.",
    hint: "rxdx-setup start",
    exit: EXIT.unhealthy,
  });
}

/** Runs an order to its end. The caller holds the lock. */
export async function order(
  context: CommandContext,
  scene: CertificateScene,
  command: string,
): Promise<void> {
  await execute(context, command, acmeSteps(acmeSceneOf(scene)));
}

/**
 * After an apply: orders a certificate where one is due.
 *
 * @returns what went wrong; the stack runs all the same, with the certificate it had
 */
export async function orderAfterwards(
  context: CommandContext,
  plan: CertificatePlan,
): Promise<{ readonly ordered: boolean; readonly failure?: SetupError }> {
  if (plan.answers.tls.mode !== "letsencrypt") return { ordered: false };
  const scene = sceneOf(context, plan);
  const look = await lookAtRenewal(context.host, plan.dir, settingsOf(plan));
  if (orderReason(look) === undefined) {
    const { lastAttempt, nextAttemptAt } = look.state;
    if (look.missing === undefined || lastAttempt?.ok !== false) return { ordered: false };
    return {
      ordered: false,
      failure: new SetupError({
        code: lastAttempt.code ?? "certificate_not_issued",
        message: `${lastAttempt.message ?? ""} It is tried again after ` +
          `${look.limit?.at.toISOString() ?? nextAttemptAt ?? "a while"}.`,
        ...(lastAttempt.hint === undefined ? {} : { hint: lastAttempt.hint }),
        exit: EXIT.unhealthy,
      }),
    };
  }
  try {
    await order(context, scene, "tls issue");
    return { ordered: true };
  } catch (error) {
    if (!(error instanceof SetupError) || error.exit === EXIT.cancelled) throw error;
    return { ordered: false, failure: error };
  }
}

/** The stack is up, but browsers will not trust it: said as loudly as any failure. */
export function notIssued(context: CommandContext, failure: SetupError): SetupError {
  const dir = quoted(dirFlag(context));
  return new SetupError({
    code: failure.code,
    message: "The stack runs, but without the certificate that was asked for; the one that is " +
      `served stays. ${failure.message}`,
    hint: `${failure.hint ?? ""}${failure.hint === undefined ? "" : "; again by hand: "}` +
      `rxdx-setup tls issue ${dir}`.trimEnd(),
    exit: EXIT.unhealthy,
    cause: failure,
  });
}
