/**
 * Which certificate the configuration asks for, and whether the present one is that: the step of `apply`
 * that comes before nginx starts. With `letsencrypt` it only sees to it that nginx can start at all; the
 * order follows once nginx serves the challenge.
 */
import type { Host } from "../../host/types.ts";
import type { Step } from "../../steps/step.ts";
import { readCertificate, unfit } from "../../tls/certificate.ts";
import { hstsFor } from "../../tls/hsts.ts";
import { SELF_SIGNED_DAYS, selfSigned } from "../../tls/self_signed.ts";
import {
  isReadableByNginx,
  type LivePair,
  type Pair,
  previousId,
  prunePairs,
  readLive,
  stagePair,
  switchTo,
  writeHsts,
} from "../../tls/store.ts";
import { configuredPaths, judgeFiles, pairOf, readGivenFiles } from "./import.ts";
import type { CertificatePlan } from "./scene.ts";

/** Days before its end that a self-signed certificate is made anew, so that no warning stays. */
const RENEW_DAYS = 30;
const DAY_MS = 86_400_000;

/** True when HTTPS ends in our own nginx. */
export function terminatesTls(plan: CertificatePlan): boolean {
  return plan.answers.tls.mode !== "none" && plan.answers.tls.mode !== "external";
}

/** Why `apply` makes another certificate, or writes something beside it; `undefined` when it does not. */
export async function certificateNeed(
  host: Host,
  plan: CertificatePlan,
): Promise<string | undefined> {
  if (!terminatesTls(plan)) return undefined;
  const live = await readLive(host, plan.dir);
  const reason = await pairNeed(host, plan, live);
  if (reason !== undefined) return reason;
  return live !== undefined && hstsChanges(plan, live) ? "tls.hsts changed" : undefined;
}

function hstsChanges(plan: CertificatePlan, live: LivePair): boolean {
  return live.hsts !== hstsFor(plan.answers.tls.hsts, live.meta?.trust ?? "nobody");
}

async function pairNeed(
  host: Host,
  plan: CertificatePlan,
  live: LivePair | undefined,
): Promise<string | undefined> {
  const { mode } = plan.answers.tls;
  const reason = mode === "self-signed"
    ? ownReason(host, plan, live)
    : await fileReason(host, plan, live) ?? startReason(live);
  if (reason !== undefined) return reason;
  if (await isReadableByNginx(host, plan.dir, plan.nginxUser)) return undefined;
  return "nginx could not read its key";
}

function renewDays(plan: CertificatePlan): number {
  return Math.max(RENEW_DAYS, plan.answers.alerts.certificate_days);
}

/** When a self-signed certificate is made anew by itself. */
export function ownRenewalAt(plan: CertificatePlan, info: { readonly notAfter: Date }): Date {
  return new Date(info.notAfter.getTime() - renewDays(plan) * DAY_MS);
}

/** A self-signed pair must serve all names of the plan for a while yet. */
function ownReason(
  host: Host,
  plan: CertificatePlan,
  live: LivePair | undefined,
): string | undefined {
  const days = renewDays(plan);
  const reason = unfit({
    certificate: live?.certificate,
    key: live?.key,
    names: plan.names.certificate,
    now: new Date(host.clock.now().getTime() + days * DAY_MS),
  });
  return reason === "it has expired" ? `it ends within ${days} days` : reason;
}

/** The files that `tls.cert` and `tls.key` name are taken over whenever they have changed. */
async function fileReason(
  host: Host,
  plan: CertificatePlan,
  live: LivePair | undefined,
): Promise<string | undefined> {
  const given = await givenPair(host, plan);
  if (given === undefined) return undefined;
  if (live === undefined) return "there is none";
  return given.certificate === live.certificate && given.key === live.key
    ? undefined
    : `it is not that of ${plan.answers.tls.cert}`;
}

/** The pair in those files; `undefined` where none are named, or they cannot be used. */
async function givenPair(host: Host, plan: CertificatePlan): Promise<Pair | undefined> {
  const paths = configuredPaths(plan);
  if (plan.answers.tls.mode !== "files" || paths.cert === "" || paths.key === "") return undefined;
  const files = await readGivenFiles(host, paths);
  return pairOf(host, plan, await judgeFiles(host, plan, files));
}

/**
 * Whatever nginx can start with will do: a certificate that has expired or lacks a name is served until
 * the one that is ordered has taken its place.
 */
function startReason(live: LivePair | undefined): string | undefined {
  const reason = unfit({
    certificate: live?.certificate,
    key: live?.key,
    names: [],
    now: new Date(0),
  });
  return reason === "it is not valid yet" ? undefined : reason;
}

/** A new self-signed pair for every name of the plan. */
export async function makeSelfSigned(host: Host, plan: CertificatePlan): Promise<Pair> {
  const pair = await selfSigned({
    names: plan.names.certificate,
    now: host.clock.now(),
    serial: host.random.bytes(16),
  });
  return {
    ...pair,
    hsts: "",
    meta: {
      schema: 1,
      source: "self-signed",
      trust: "nobody",
      at: host.clock.now().toISOString(),
    },
  };
}

/** Makes what {@link certificateNeed} asks for. */
export function certificateStep(host: Host, plan: CertificatePlan): Step {
  const { dir, nginxUser } = plan;
  let before: LivePair | undefined;
  return {
    id: "certificate",
    title: {
      "self-signed": `Make a self-signed certificate (ECDSA P-256, ${SELF_SIGNED_DAYS} days)`,
      "letsencrypt": "Have a certificate to start with",
      "files": "Take over the certificate that was made elsewhere",
      "external": "",
      "none": "",
    }[plan.answers.tls.mode],
    isDone: async () => await certificateNeed(host, plan) === undefined,
    run: async (report) => {
      before = await readLive(host, dir);
      const reason = await pairNeed(host, plan, before);
      if (reason === undefined) {
        if (before === undefined) return;
        const { id = "" } = before;
        await writeHsts(
          host,
          dir,
          id,
          hstsFor(plan.answers.tls.hsts, before.meta?.trust ?? "nobody"),
        );
        return;
      }
      // A pair that nginx merely could not read is laid down again, with the right owner.
      const again = reason.startsWith("nginx could not") ? before : undefined;
      const pair = again === undefined
        ? await givenPair(host, plan) ?? await makeSelfSigned(host, plan)
        : { ...again, meta: again.meta ?? (await makeSelfSigned(host, plan)).meta };
      report.detail(
        again === undefined ? (readCertificate(pair.certificate)?.names ?? []).join(", ") : reason,
      );
      await switchTo(host, dir, await stagePair(host, dir, pair, nginxUser), nginxUser);
      await prunePairs(host, dir);
    },
    undo: async () => {
      // Two plain files have become the pair before.
      const id = before?.id ?? (before === undefined ? undefined : await previousId(host, dir));
      if (id !== undefined) await switchTo(host, dir, id, nginxUser);
    },
  };
}
