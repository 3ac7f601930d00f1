/**
 * A certificate from a certificate authority, as steps: looked whether it can work, account, rehearsal,
 * order, certificate, then the swap that all certificates go through. A failure is noted for whoever asks
 * for the state, and decides when the timer tries again.
 */
import { Cancelled, EXIT, SetupError } from "../../errors.ts";
import type { Step } from "../../steps/step.ts";
import { accountNeedsWork, ensureAccount } from "../../tls/acme/account.ts";
import { checkLedger, pruneLedger } from "../../tls/acme/ledger.ts";
import { dropPending, hasPending } from "../../tls/acme/pending.ts";
import { AcmeError } from "../../tls/acme/problem.ts";
import {
  afterFailure,
  afterSuccess,
  readRenewalState,
  writeRenewalState,
} from "../../tls/acme/state.ts";
import { acmeCertificateStep, orderStep, rehearseStep } from "./acme_order_steps.ts";
import { type AcmeScene, timeOfCa, transportOf } from "./acme_scene.ts";
import { readCertificate } from "../../tls/certificate.ts";
import { readLive } from "../../tls/store.ts";
import { acmePreflight } from "./preflight.ts";
import { swapSteps } from "./swap_steps.ts";

/** Everything from looking to serving. */
export function acmeSteps(scene: AcmeScene): Step[] {
  const { settings } = scene;
  return [
    preflightStep(scene),
    accountStep(scene),
    ...(settings.stagingUrl === undefined ? [] : [rehearseStep(scene, settings.stagingUrl)]),
    orderStep(scene),
    acmeCertificateStep(scene),
    ...swapSteps(scene, settings.names, () => timeOfCa(scene)),
    doneStep(scene),
  ].map((step) => noted(scene, step));
}

/** A failure of any step is remembered; Ctrl-C is none. */
function noted(scene: AcmeScene, step: Step): Step {
  const { host, plan } = scene;
  return {
    ...step,
    run: async (report, signal) => {
      try {
        await step.run(report, signal);
      } catch (error) {
        if (error instanceof SetupError && !(error instanceof Cancelled) && !signal.aborted) {
          const state = await readRenewalState(host, plan.dir);
          const retryAt = error instanceof AcmeError ? error.retryAt : undefined;
          const { code, message, hint } = error;
          await writeRenewalState(
            host,
            plan.dir,
            afterFailure(state, host.clock.now(), {
              code,
              message,
              hint,
              retryAt,
              rest: await restOf(scene),
            }),
          );
        }
        throw error;
      }
    },
  };
}

/** Milliseconds until the certificate that is served ends; `undefined` when nobody would miss it. */
async function restOf(scene: AcmeScene): Promise<number | undefined> {
  const live = await readLive(scene.host, scene.plan.dir);
  const info = live?.meta?.source === "acme" ? readCertificate(live.certificate) : undefined;
  return info === undefined
    ? undefined
    : info.notAfter.getTime() - (await timeOfCa(scene)).getTime();
}

function preflightStep(scene: AcmeScene): Step {
  const { host, plan, settings } = scene;
  const { directoryUrl, names } = settings;
  return {
    id: "acme-preflight",
    title: `Look whether ${new URL(directoryUrl).host} can reach ${names.join(", ")}`,
    check: true,
    // An order that is under way has been looked at.
    isDone: () => hasPending(host, plan.dir, directoryUrl),
    run: async (report, signal) => {
      await checkLedger(host, plan.dir, {
        directory: directoryUrl,
        names,
        now: await timeOfCa(scene),
      });
      const { meta } = await (await transportOf(scene, signal)).directory();
      checkProfile(scene, Object.keys(meta?.profiles ?? {}));
      await acmePreflight(scene, meta?.caaIdentities ?? [], report);
    },
  };
}

/** @throws SetupError `acme_profile` (exit 3) for a profile that the CA does not offer */
function checkProfile({ settings }: AcmeScene, offered: readonly string[]): void {
  const { profile, directoryUrl } = settings;
  if (profile === "" || offered.includes(profile)) return;
  throw new SetupError({
    code: "acme_profile",
    message: `${new URL(directoryUrl).host} offers ` +
      (offered.length === 0 ? "no profiles" : `the profiles ${offered.join(", ")}`) +
      `, and not ${profile}. No order was made.`,
    hint: "rxdx-setup config set tls.profile=" + (offered[0] ?? ""),
    exit: EXIT.answers,
  });
}

function accountStep(scene: AcmeScene): Step {
  const { host, plan, settings } = scene;
  const { directoryUrl, email } = settings;
  return {
    id: "acme-account",
    title: `Have an account at ${new URL(directoryUrl).host}`,
    isDone: async () => !await accountNeedsWork(host, plan.dir, directoryUrl, email),
    run: async (_report, signal) => {
      await ensureAccount(await transportOf(scene, signal), plan.dir, settings, directoryUrl);
    },
  };
}

/** Its certificate is served: the order is over. */
function doneStep(scene: AcmeScene): Step {
  const { host, plan, settings } = scene;
  return {
    id: "acme-done",
    title: "Close the order",
    isDone: () => Promise.resolve(false),
    run: async () => {
      const state = await readRenewalState(host, plan.dir);
      await writeRenewalState(host, plan.dir, afterSuccess(state, host.clock.now()));
      await dropPending(host, plan.dir, settings.directoryUrl);
      await pruneLedger(host, plan.dir);
    },
  };
}
