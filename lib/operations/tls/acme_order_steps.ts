/** Rehearsing and placing an order, and getting its certificate, as steps. */
import type { Step, StepReport } from "../../steps/step.ts";
import { ensureAccount, forgetAccountUrl, knownAccount } from "../../tls/acme/account.ts";
import { checkLedger, namesKey, readLedger } from "../../tls/acme/ledger.ts";
import { Order } from "../../tls/acme/order.ts";
import { dropPending, hasPending } from "../../tls/acme/pending.ts";
import { AcmeError } from "../../tls/acme/problem.ts";
import { renewalId } from "../../tls/acme/renewal_info.ts";
import { hstsFor } from "../../tls/hsts.ts";
import { readLive, stagePair } from "../../tls/store.ts";
import { counted, issued, noteSkew } from "./acme_count.ts";
import { type AcmeScene, timeOfCa, transportOf } from "./acme_scene.ts";

/** The whole way at a CA whose certificates nobody trusts, so that a mistake costs nothing at the real one. */
export function rehearseStep(scene: AcmeScene, stagingUrl: string): Step {
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
  await checkLedger(host, plan.dir, {
    directory: stagingUrl,
    names: settings.names,
    now: await timeOfCa(scene),
  });
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
async function openOrder(
  scene: AcmeScene,
  report: StepReport,
  signal: AbortSignal,
): Promise<Order> {
  const { host, plan, settings } = scene;
  const { directoryUrl, names, profile } = settings;
  const transport = await transportOf(scene, signal);
  const open = async () =>
    await Order.open({
      transport,
      account: await knownAccount(host, plan.dir, directoryUrl) ??
        await ensureAccount(transport, plan.dir, settings, directoryUrl),
      dir: plan.dir,
      directoryUrl,
      names,
      profile,
      replaces: await replacedBy(scene),
      detail: (text) => report.detail(text),
    });
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof AcmeError) || error.problem.type !== "accountDoesNotExist") throw error;
    await forgetAccountUrl(host, plan.dir, directoryUrl);
    return await open();
  }
}

/** The certificate of this CA that the new one takes the place of, by its name in ARI. */
async function replacedBy({ host, plan, settings }: AcmeScene): Promise<string | undefined> {
  const live = await readLive(host, plan.dir);
  return live?.meta?.source === "acme" && live.meta.directory === settings.directoryUrl
    ? await renewalId(live.certificate)
    : undefined;
}

export function orderStep(scene: AcmeScene): Step {
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
        await checkLedger(host, plan.dir, {
          directory: directoryUrl,
          names,
          now: await timeOfCa(scene),
        });
      }
      await counted(scene, directoryUrl, async () => {
        await (await openOrder(scene, report, signal)).authorize();
      });
    },
  };
}

export function acmeCertificateStep(scene: AcmeScene): Step {
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
        await noteSkew(scene, order.skewMs);
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
