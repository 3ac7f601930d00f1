/** The certificate's part of `status`, from a look at it. Pure but for the types it reads. */
import type { TlsStatus } from "../../observe/status.ts";
import { daysLeft, nameText } from "../../tls/certificate.ts";
import type { CertificateLook } from "./look.ts";
import type { CertificatePlan } from "./scene.ts";

export function tlsStatus(plan: CertificatePlan, look: CertificateLook, now: Date): TlsStatus {
  const [leaf] = look.chain;
  const state = look.order?.state;
  const attempt = state?.lastAttempt;
  return {
    mode: plan.answers.tls.mode,
    not_after: leaf?.notAfter.toISOString() ?? null,
    days_left: leaf === undefined ? null : daysLeft(leaf.notAfter, now),
    names: leaf?.names ?? [],
    issuer: leaf === undefined ? null : nameText(leaf.issuer),
    self_signed: leaf?.selfSigned ?? null,
    fingerprint_sha256: leaf?.fingerprint ?? null,
    served: look.served.state,
    hsts: look.live?.hsts ?? "",
    renewal: {
      at: look.renewalAt?.toISOString() ?? null,
      scheduled_by: look.scheduledBy ?? null,
      expected: look.wantsSchedule,
      wanted: look.order?.missing ?? null,
      last_attempt: attempt === undefined ? null : {
        at: attempt.at,
        ok: attempt.ok,
        message: attempt.message ?? null,
        hint: attempt.hint ?? null,
      },
      failures: state?.failures ?? 0,
      next_attempt_at: state?.nextAttemptAt ?? null,
      clock_ahead_seconds: state?.skewMs === undefined ? null : Math.round(state.skewMs / 1000),
    },
  };
}
