/**
 * A certificate from a certificate authority, as steps: looked whether it can work, account, rehearsal,
 * order, certificate, then the swap that all certificates go through. A failure is noted for whoever asks
 * for the state, and decides when the timer tries again.
 */
import { Cancelled, EXIT, SetupError } from "../../errors.ts";
import type { Step, StepReport } from "../../steps/step.ts";
import { accountNeedsWork, ensureAccount, knownAccount } from "../../tls/acme/account.ts";
import {
  appendLedger,
  checkLedger,
  namesKey,
  pruneLedger,
  readLedger,
} from "../../tls/acme/ledger.ts";
import { dropPending, hasPending, Order } from "../../tls/acme/order.ts";
import { AcmeError } from "../../tls/acme/problem.ts";
import { renewalId } from "../../tls/acme/renewal_info.ts";
import type { AcmeSettings } from "../../tls/acme/settings.ts";
import {
  afterFailure,
  afterSuccess,
  readRenewalState,
  writeRenewalState,
} from "../../tls/acme/state.ts";
import { AcmeTransport } from "../../tls/acme/transport.ts";
import { hstsFor } from "../../tls/hsts.ts";
import { readLive, stagePair } from "../../tls/store.ts";
import { acmePreflight } from "./preflight.ts";
import type { CertificateScene } from "./scene.ts";
import { swapSteps } from "./swap_steps.ts";

export interface AcmeScene extends CertificateScene {
  readonly settings: AcmeSettings;
}

/** Everything from looking to serving. */
export function acmeSteps(scene: AcmeScene): Step[] {
  const { settings } = scene;
  return [
    preflightStep(scene),
    accountStep(scene),
    ...(settings.stagingUrl === undefined ? [] : [rehearseStep(scene, settings.stagingUrl)]),
    orderStep(scene),
    certificateStep(scene),
    ...swapSteps(scene, settings.names),
    doneStep(scene),
  ].map((step) => noted(scene, step));
}

/** The PEM texts of `tls.ca_bundle`. @throws SetupError when it is not there or no certificate */
export async function bundleOf({ host, settings }: AcmeScene): Promise<string[]> {
  if (settings.bundle === "") return [];
  const text = await host.files.readText(settings.bundle);
  if (text?.includes("-----BEGIN CERTIFICATE-----")) return [text];
  throw new SetupError({
    code: "ca_bundle_unreadable",
    message: `tls.ca_bundle ${settings.bundle} ` +
      (text === undefined ? "is not there." : "holds no certificate in PEM form."),
    hint: "Give the root certificate of the authority as PEM.",
    exit: EXIT.answers,
  });
}

export async function transportOf(
  scene: AcmeScene,
  signal?: AbortSignal,
  directoryUrl = scene.settings.directoryUrl,
): Promise<AcmeTransport> {
  return new AcmeTransport({
    host: scene.host,
    directoryUrl,
    authorities: await bundleOf(scene),
    signal,
  });
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
            afterFailure(state, host.clock.now(), { code, message, hint, retryAt }),
          );
        }
        throw error;
      }
    },
  };
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
      await checkLedger(host, plan.dir, { directory: directoryUrl, names });
      const { meta } = await (await transportOf(scene, signal)).directory();
      await acmePreflight(scene, meta?.caaIdentities ?? [], report);
    },
  };
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

/** The whole way at a CA whose certificates nobody trusts, so that a mistake costs nothing at the real one. */
function rehearseStep(scene: AcmeScene, stagingUrl: string): Step {
  const { host, plan, settings } = scene;
  const { names } = settings;
  const isNew = async () => {
    const key = namesKey(names);
    return !(await readLedger(host, plan.dir)).some((each) =>
      each.event === "issued" && each.names === key &&
      (each.directory === settings.directoryUrl || each.directory === stagingUrl)
    );
  };
  return {
    id: "acme-rehearse",
    title: `Rehearse at ${new URL(stagingUrl).host}`,
    isDone: async () => !await isNew(),
    run: (report, signal) => rehearse(scene, stagingUrl, report, signal),
  };
}

/** One order at the staging CA; its certificate is looked at and thrown away. */
export async function rehearse(
  scene: AcmeScene,
  stagingUrl: string,
  report: Pick<StepReport, "detail">,
  signal: AbortSignal,
): Promise<void> {
  const { host, plan, settings } = scene;
  await checkLedger(host, plan.dir, { directory: stagingUrl, names: settings.names });
  const transport = await transportOf(scene, signal, stagingUrl);
  const account = await ensureAccount(transport, plan.dir, settings, stagingUrl);
  await counted(scene, stagingUrl, async () => {
    const order = await Order.open({
      transport,
      account,
      dir: plan.dir,
      directoryUrl: stagingUrl,
      names: settings.names,
      profile: settings.profile,
      detail: (text) => report.detail(text),
    });
    await order.authorize();
    await order.certificate();
    await issued(scene, stagingUrl, order.url);
  });
  await dropPending(host, plan.dir, stagingUrl);
}

/** Opens the order, or the one a killed run left. */
async function openOrder(scene: AcmeScene, report: StepReport, signal: AbortSignal) {
  const { host, plan, settings } = scene;
  const { directoryUrl, names, profile } = settings;
  const transport = await transportOf(scene, signal);
  const account = await knownAccount(host, plan.dir, directoryUrl) ??
    await ensureAccount(transport, plan.dir, settings, directoryUrl);
  const live = await readLive(host, plan.dir);
  const replaced = live?.meta?.source === "acme" && live.meta.directory === directoryUrl
    ? await renewalId(live.certificate)
    : undefined;
  return await Order.open({
    transport,
    account,
    dir: plan.dir,
    directoryUrl,
    names,
    profile,
    replaces: replaced,
    detail: (text) => report.detail(text),
  });
}

function orderStep(scene: AcmeScene): Step {
  const { host, plan, settings } = scene;
  return {
    id: "acme-order",
    title: `Order a certificate and prove ${
      settings.names.length === 1 ? "the name" : "the names"
    }`,
    isDone: () => Promise.resolve(false),
    run: async (report, signal) => {
      const { directoryUrl, names } = settings;
      if (!await hasPending(host, plan.dir, directoryUrl)) {
        await checkLedger(host, plan.dir, { directory: directoryUrl, names });
      }
      await counted(scene, directoryUrl, async () => {
        await (await openOrder(scene, report, signal)).authorize();
      });
    },
  };
}

function certificateStep(scene: AcmeScene): Step {
  const { host, plan, settings, candidate } = scene;
  return {
    id: "acme-certificate",
    title: "Get the certificate",
    isDone: () => Promise.resolve(false),
    run: async (report, signal) => {
      const { directoryUrl } = settings;
      await counted(scene, directoryUrl, async () => {
        const order = await openOrder(scene, report, signal);
        // The order may be a new one, if the CA has forgotten the one before this step.
        await order.authorize();
        const certificate = await order.certificate();
        await issued(scene, directoryUrl, order.url);
        const trust = settings.isPublic ? "everybody" : "some";
        candidate.id = await stagePair(host, plan.dir, {
          certificate,
          key: order.key,
          hsts: hstsFor(plan.answers.tls.hsts, trust),
          meta: {
            schema: 1,
            source: "acme",
            trust,
            at: host.clock.now().toISOString(),
            directory: directoryUrl,
            ...(settings.profile === "" ? {} : { profile: settings.profile }),
          },
        }, plan.nginxUser);
      });
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

/** One line an order, however often a killed run is continued. */
async function issued({ host, plan, settings }: AcmeScene, directory: string, order: string) {
  const known = (await readLedger(host, plan.dir)).some((each) =>
    each.event === "issued" && each.order === order
  );
  if (known) return;
  await appendLedger(host, plan.dir, {
    at: host.clock.now().toISOString(),
    event: "issued",
    directory,
    names: namesKey(settings.names),
    order,
  });
}

/** Refusals go into the ledger; an order that the CA refused is not continued. */
async function counted(scene: AcmeScene, directory: string, body: () => Promise<void>) {
  const { host, plan, settings } = scene;
  try {
    await body();
  } catch (error) {
    if (error instanceof AcmeError) {
      await appendLedger(host, plan.dir, {
        at: host.clock.now().toISOString(),
        event: "failed",
        directory,
        names: namesKey(settings.names),
        problem: error.code,
      });
      // After a failure of the CA's own the order may still come to its end.
      if (!CONTINUED.has(error.problem.type)) await dropPending(host, plan.dir, directory);
    }
    throw error;
  }
}

/** Refusals that say nothing about the order. */
const CONTINUED: ReadonlySet<string> = new Set(["", "serverInternal", "rateLimited"]);
