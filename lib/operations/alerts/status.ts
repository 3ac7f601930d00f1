/** The alerts' part of `status`, and what a look has to know of them. Changes nothing. */
import type { Host } from "../../host/types.ts";
import { silencedUntil } from "../../notify/silence.ts";
import { openProblems } from "../../notify/state.ts";
import { withoutFuture } from "../../notify/step.ts";
import { readAlertState } from "../../notify/store.ts";
import type { AlertFindings } from "../../observe/judge.ts";
import type { AlertsStatus } from "../../observe/status.ts";
import { installedBy } from "../../schedule/steps.ts";
import type { Install } from "../install.ts";
import { alertsConfigured, alertsJob, wantsLooking } from "./schedule.ts";

export interface AlertsLook {
  readonly alerts: AlertsStatus & Pick<AlertFindings, "expected" | "undelivered">;
  /** Keys of what was told and is not over: thresholds count lower for it. */
  readonly open: ReadonlySet<string>;
}

export async function lookAtAlerts(host: Host, install: Install): Promise<AlertsLook> {
  const { answers, dir } = install;
  const now = host.clock.now();
  const [{ state }, scheduledBy] = await Promise.all([
    readAlertState(host, dir),
    installedBy(host, alertsJob(answers.name)),
  ]);
  const configured = alertsConfigured(answers);
  const until = silencedUntil(withoutFuture(state, now), answers.alerts.silence, now);
  const failed = state.queue.filter((each) => each.attempts > 0);
  const open = configured ? openProblems(state) : [];
  return {
    alerts: {
      configured,
      open: open.length,
      silenced_until: configured ? until?.toISOString() ?? null : null,
      last_sent_at: state.last_sent_at,
      tested_at: state.tested_at,
      scheduled_by: scheduledBy ?? null,
      expected: wantsLooking(answers),
      undelivered: configured ? failed : [],
    },
    open: new Set(open.map((each) => each.key)),
  };
}
