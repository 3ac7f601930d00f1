/**
 * What there is to know of the stack's certificate: on disk, served, when it is renewed and how the last
 * attempt ended. Behind `tls show` and the certificate's part of `status`. Changes nothing.
 */
import { SetupError } from "../../errors.ts";
import { installedBy } from "../../schedule/steps.ts";
import { type CertificateInfo, readCertificate, splitChain } from "../../tls/certificate.ts";
import { usualRenewal } from "../../tls/acme/decide.ts";
import { type LivePair, readLive, readPrevious } from "../../tls/store.ts";
import { lookAtRenewal, type RenewalLook, settingsOf } from "./renewal.ts";
import { type CertificateScene, nginxRuns, served } from "./scene.ts";
import { renewalJob, wantsRenewal } from "./schedule.ts";
import { ownRenewalAt, terminatesTls } from "./wanted.ts";

/** What stands at the published port. `off`: no nginx runs, so nobody was asked. */
export type ServedLook =
  | { readonly state: "same" | "other"; readonly fingerprint: string }
  | { readonly state: "silent"; readonly message: string }
  | { readonly state: "off" };

export interface CertificateLook {
  readonly live: LivePair | undefined;
  /** The leaf first; unreadable ones are left out. */
  readonly chain: readonly CertificateInfo[];
  readonly served: ServedLook;
  readonly previous: CertificateInfo | undefined;
  /** What starts the renewal; `undefined` when nothing does. */
  readonly scheduledBy: "systemd" | "cron" | "crontab" | undefined;
  /** False where nothing needs to: development, no TLS of our own. */
  readonly wantsSchedule: boolean;
  /** When it is renewed by itself; `undefined` when never, or when nobody knows. */
  readonly renewalAt: Date | undefined;
  /** letsencrypt only. */
  readonly order: RenewalLook | undefined;
}

/** @param ask false: only what lies on disk, which costs no connection */
export async function lookAtCertificate(
  scene: CertificateScene,
  ask = true,
): Promise<CertificateLook> {
  const { host, plan } = scene;
  const { mode } = plan.answers.tls;
  const ours = terminatesTls(plan);
  const [live, previous, scheduledBy, order] = await Promise.all([
    ours ? readLive(host, plan.dir) : undefined,
    ours ? readPrevious(host, plan.dir) : undefined,
    installedBy(host, renewalJob(plan.answers.name)),
    mode === "letsencrypt" ? lookAtRenewal(host, plan.dir, settingsOf(plan)) : undefined,
  ]);
  const chain = live === undefined
    ? []
    : splitChain(live.certificate).map(readCertificate).filter((each) => each !== undefined);
  return {
    live,
    chain,
    served: ours && ask ? await servedLook(scene, chain[0]) : { state: "off" },
    previous: previous === undefined ? undefined : readCertificate(previous.certificate),
    scheduledBy,
    wantsSchedule: wantsRenewal(plan),
    renewalAt: renewalMoment(plan, chain[0], order),
    order,
  };
}

function renewalMoment(
  plan: CertificateScene["plan"],
  info: CertificateInfo | undefined,
  order: RenewalLook | undefined,
): Date | undefined {
  if (order !== undefined) {
    const moments = [
      order.decision.kind === "wait" ? order.decision.until : undefined,
      order.limit?.at,
    ].filter((each) => each !== undefined);
    return moments.length === 0
      ? info === undefined ? undefined : usualRenewal(info)
      : new Date(Math.max(...moments.map((each) => each.getTime())));
  }
  return info !== undefined && plan.answers.tls.mode === "self-signed"
    ? ownRenewalAt(plan, info)
    : undefined;
}

async function servedLook(
  scene: CertificateScene,
  own: CertificateInfo | undefined,
): Promise<ServedLook> {
  if (!await nginxRuns(scene).catch(() => false)) return { state: "off" };
  try {
    const [leaf = ""] = await served(scene);
    const { fingerprint = "" } = readCertificate(leaf) ?? {};
    return { state: fingerprint === own?.fingerprint ? "same" : "other", fingerprint };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return { state: "silent", message: error.message };
  }
}
