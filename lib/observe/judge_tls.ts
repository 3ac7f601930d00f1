/** What is wrong with a certificate, or about to be. Pure; part of `judge.ts`. */
import type { Answers } from "../answers/schema.ts";
import type { StatusProblem, TlsStatus } from "./status.ts";

export interface TlsSeen {
  readonly tls: TlsStatus;
  readonly alerts: Answers["alerts"];
}

/** Clocks differ by seconds; from here on certificates may be refused. */
const CLOCK_SECONDS = 3600;

export function problemsOfTls({ tls, alerts }: TlsSeen): StatusProblem[] {
  if (tls.mode === "none" || tls.mode === "external") return [];
  if (tls.days_left === null) {
    return [{
      code: "certificate_missing",
      severity: "critical",
      message: "There is no certificate.",
      hint: "rxdx-setup apply",
    }];
  }
  return [
    ...endProblems(tls, tls.days_left, alerts),
    ...servedProblems(tls),
    ...orderProblems(tls),
    ...timerProblems(tls),
    ...clockProblems(tls),
  ];
}

/** What makes the next certificate in each mode. */
function renewHint({ mode }: TlsStatus): string {
  if (mode === "letsencrypt") return "rxdx-setup tls renew";
  return mode === "files" ? "rxdx-setup tls import CERTIFICATE KEY" : "rxdx-setup apply";
}

function endProblems(tls: TlsStatus, days: number, alerts: Answers["alerts"]): StatusProblem[] {
  if (days >= alerts.certificate_days) return [];
  // A certificate of six days is never far from its end; what counts is that its time is not over.
  const { at } = tls.renewal;
  const inTime = tls.mode === "letsencrypt" && at !== null && tls.not_after !== null &&
    Date.parse(at) < Date.parse(tls.not_after) && tls.renewal.failures === 0 && days >= 0 &&
    tls.renewal.scheduled_by !== null;
  if (inTime) return [];
  return [{
    code: days < 0 ? "certificate_expired" : "certificate_expiring",
    severity: days < 0 ? "critical" : "warning",
    message: days < 0
      ? `The certificate expired ${-days} days ago.`
      : `The certificate ends in ${days} days.`,
    hint: renewHint(tls),
  }];
}

function servedProblems({ served }: TlsStatus): StatusProblem[] {
  if (served === "other") {
    return [{
      code: "certificate_not_served",
      severity: "critical",
      message: "nginx serves another certificate than the one on disk.",
      hint: "rxdx-setup tls renew",
    }];
  }
  return served === "silent"
    ? [{
      code: "https_silent",
      severity: "critical",
      message: "nginx runs, but nothing answers on the HTTPS port.",
      hint: "rxdx-setup logs nginx",
    }]
    : [];
}

function orderProblems({ self_signed: own, renewal }: TlsStatus): StatusProblem[] {
  const { wanted, last_attempt: last, failures, next_attempt_at: next } = renewal;
  const hint = last?.hint ?? "rxdx-setup tls issue";
  const why = last?.ok === false ? ` ${last.message ?? ""}` : "";
  const again = next === null || last?.ok !== false ? "" : ` Tried again after ${next}.`;
  if (wanted !== null) {
    return [{
      code: "certificate_not_issued",
      severity: own === true ? "critical" : "warning",
      message: (own === true
        ? "A self-signed certificate is served in place of the one that was asked for."
        : `The certificate is not the one that was asked for: ${wanted}.`) + why + again,
      hint,
    }];
  }
  return failures === 0 ? [] : [{
    code: "renewal_failed",
    severity: "warning",
    message: `The renewal of the certificate failed${failures > 1 ? ` ${failures} times` : ""}.` +
      why + again,
    hint,
  }];
}

function timerProblems({ mode, renewal }: TlsStatus): StatusProblem[] {
  if (!renewal.expected || renewal.scheduled_by !== null || mode !== "letsencrypt") return [];
  return [{
    code: "renewal_unscheduled",
    severity: "warning",
    message: "Nothing renews the certificate by itself: neither systemd nor cron was there.",
    hint: "Install cron, then rxdx-setup apply; or start `rxdx-setup tls renew` every day yourself",
  }];
}

function clockProblems({ renewal }: TlsStatus): StatusProblem[] {
  const { clock_ahead_seconds: ahead } = renewal;
  if (ahead === null || Math.abs(ahead) < CLOCK_SECONDS) return [];
  const hours = Math.round(Math.abs(ahead) / 3600);
  return [{
    code: "clock_off",
    severity: "warning",
    message: `This machine's clock is ${hours} h ${
      ahead > 0 ? "ahead of" : "behind"
    } that of the certificate authority.`,
    hint: "timedatectl; or date, and the time service of this machine",
  }];
}
