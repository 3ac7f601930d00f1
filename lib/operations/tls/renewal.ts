/** Whether a certificate is to be ordered, judged from what lies on disk; asks nobody. */
import type { Host } from "../../host/types.ts";
import { decide, type Decision, type SuggestedWindow } from "../../tls/acme/decide.ts";
import { nextOrderAt, readLedger } from "../../tls/acme/ledger.ts";
import { type AcmeSettings, acmeSettings } from "../../tls/acme/settings.ts";
import { readRenewalState, type RenewalState } from "../../tls/acme/state.ts";
import { covers, readCertificate } from "../../tls/certificate.ts";
import { type LivePair, readLive } from "../../tls/store.ts";
import type { CertificatePlan } from "./scene.ts";

export interface RenewalLook {
  /** Why one is to be ordered at all, present time or not; `undefined` when the present one is right. */
  readonly missing: string | undefined;
  readonly decision: Decision;
  /** An order before then would come too close to a limit of the CA. */
  readonly limit: { readonly at: Date; readonly why: string } | undefined;
  readonly state: RenewalState;
}

/** What a plan with `tls.mode: letsencrypt` says about its CA. */
export function settingsOf(plan: CertificatePlan): AcmeSettings {
  return acmeSettings(plan.answers, plan.secrets.ACME_EAB_KEY);
}

/** Why the present certificate is not one of this CA for these names; `undefined` when it is. */
function notOfThisCa(
  live: LivePair | undefined,
  settings: AcmeSettings,
): string | undefined {
  const info = live === undefined ? undefined : readCertificate(live.certificate);
  if (info === undefined) return "there is no certificate";
  const { source, directory, profile = "" } = live?.meta ?? {};
  if (source !== "acme") return "the present one is not from a certificate authority";
  if (directory !== settings.directoryUrl) return "the present one is from another authority";
  if (profile !== settings.profile) return "tls.profile changed";
  const missing = settings.names.filter((name) => !covers(info.names, name));
  if (missing.length > 0) return `the present one does not name ${missing.join(", ")}`;
  const surplus = info.names.filter((name) => !settings.names.includes(name));
  return surplus.length > 0 ? `the present one also names ${surplus.join(", ")}` : undefined;
}

function windowOf({ window }: RenewalState): SuggestedWindow | undefined {
  if (window === undefined) return undefined;
  const { start, end, chosen } = window;
  return { start: new Date(start), end: new Date(end), chosen: new Date(chosen) };
}

export async function lookAtRenewal(
  host: Host,
  dir: string,
  settings: AcmeSettings,
): Promise<RenewalLook> {
  const [live, state, ledger] = await Promise.all([
    readLive(host, dir),
    readRenewalState(host, dir),
    readLedger(host, dir),
  ]);
  const now = host.clock.now();
  const limit = nextOrderAt(ledger, {
    directory: settings.directoryUrl,
    names: settings.names,
    now: new Date(now.getTime() - (state.skewMs ?? 0)),
  });
  const missing = notOfThisCa(live, settings);
  const nextAttemptAt = state.nextAttemptAt === undefined
    ? undefined
    : new Date(state.nextAttemptAt);
  const info = live === undefined ? undefined : readCertificate(live.certificate);
  if (missing !== undefined || info === undefined) {
    const decision: Decision = nextAttemptAt !== undefined && now < nextAttemptAt
      ? { kind: "wait", until: nextAttemptAt, why: "back_off" }
      : { kind: "renew" };
    return { missing: missing ?? "there is no certificate", decision, limit, state };
  }
  const decision = decide({
    now,
    lifetime: info,
    issuedAt: live?.meta === undefined ? undefined : new Date(live.meta.at),
    window: windowOf(state),
    skewMs: state.skewMs,
    nextAttemptAt,
  });
  return { missing: undefined, decision, limit, state };
}

/** Why `apply` and the timer order now, in a few words; `undefined` when they do not. */
export function orderReason(look: RenewalLook): string | undefined {
  if (look.decision.kind === "wait" || look.limit !== undefined) return undefined;
  return look.missing ?? "it is due for renewal";
}
