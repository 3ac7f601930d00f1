/** The certificate as checks: what `check certificate`, and later `doctor`, say of it. */
import { problemsOfTls } from "../../observe/judge_tls.ts";
import type { Check } from "../../plan/check.ts";
import { keyMatches } from "../../tls/certificate.ts";
import type { CertificateLook } from "./look.ts";
import type { CertificatePlan } from "./scene.ts";
import { tlsStatus } from "./status.ts";

/** Problem → the line that it stands on. */
const LINES: readonly (readonly [id: string, title: string, codes: readonly string[]])[] = [
  ["certificate-dates", "Certificate", [
    "certificate_missing",
    "certificate_expired",
    "certificate_expiring",
  ]],
  ["certificate-served", "Served", ["certificate_not_served", "https_silent"]],
  ["certificate-renewal", "Last order", ["certificate_not_issued", "renewal_failed"]],
  ["certificate-timer", "Timer", ["renewal_unscheduled"]],
  ["certificate-clock", "Clock", ["clock_off"]],
];

export function certificateChecks(
  plan: CertificatePlan,
  look: CertificateLook,
  now: Date,
): Check[] {
  const status = tlsStatus(plan, look, now);
  if (look.live === undefined && look.served.state === "off" && !look.wantsSchedule) {
    const detail = `tls.mode is ${status.mode}; there is none here`;
    return [{ id: "certificate", title: "Certificate", state: "ok", detail }];
  }
  const problems = problemsOfTls({ tls: status, alerts: plan.answers.alerts });
  const well: Readonly<Record<string, string>> = {
    "certificate-dates": `${status.issuer ?? ""}, ${status.days_left} days left`,
    "certificate-served": look.served.state === "off" ? "nginx does not run" : "as on disk",
    "certificate-renewal": status.renewal.last_attempt === null
      ? "none yet"
      : `issued at ${status.renewal.last_attempt.at}`,
    "certificate-timer": status.renewal.scheduled_by ??
      (status.renewal.expected ? "none; the next one: rxdx-setup tls renew" : "none is needed"),
    "certificate-clock": "as the certificate authority's",
  };
  const ordered = look.order !== undefined;
  const lines = LINES.filter(([id]) => ordered || !/renewal|clock/.test(id))
    .map(([id, title, codes]): Check => {
      const problem = problems.find((each) => codes.includes(each.code));
      if (problem === undefined) return { id, title, state: "ok", detail: well[id] ?? "" };
      const state = problem.severity === "critical" ? "fail" : "warn";
      return { id, title, state, detail: problem.message, hint: problem.hint };
    });
  return [...lines.slice(0, 1), keyCheck(look), ...lines.slice(1)];
}

function keyCheck({ live }: CertificateLook): Check {
  const [id, title] = ["certificate-key", "Key"];
  return live !== undefined && keyMatches(live.certificate, live.key)
    ? { id, title, state: "ok", detail: "belongs to the certificate" }
    : {
      id,
      title,
      state: "fail",
      detail: "does not belong to the certificate, or cannot be read",
      hint: "rxdx-setup apply",
    };
}
