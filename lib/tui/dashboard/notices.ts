/**
 * The lines between header and table that ask for attention: the daemon is out of reach, facts are
 * stale, problems that were found. The most urgent first. Pure.
 */
import { clean } from "../../observe/log_line_clean.ts";
import type { StatusProblem } from "../../observe/status.ts";
import type { DashboardModel } from "./model.ts";

/** One notice; `hint` is the command or step that helps. */
export interface Notice {
  /** `working` and `done` are about what the operator has asked for. */
  readonly severity: StatusProblem["severity"] | "working" | "done";
  readonly text: string;
  readonly hint: string;
}

const URGENCY: readonly StatusProblem["severity"][] = ["critical", "warning", "info"];

/** Problems of the status document, the most serious first. */
export function problems(model: DashboardModel): StatusProblem[] {
  return [...model.status?.problems ?? []].sort((a, b) =>
    URGENCY.indexOf(a.severity) - URGENCY.indexOf(b.severity)
  );
}

/** What the system's error codes mean for the daemon's socket. */
const LOSSES: Readonly<Record<string, string>> = {
  ENOENT: "its socket is not there",
  ECONNREFUSED: "nothing listens on its socket",
  EACCES: "no permission to use its socket",
  ECONNRESET: "the connection broke",
};

function whyLost(reason: string): string {
  const code = /\bE[A-Z]{4,}\b/.exec(reason)?.[0] ?? "";
  return LOSSES[code] ?? clean(reason);
}

/** What was asked for, first: whoever has pressed a key looks for its answer. */
function answers({ doing, outcome, now }: DashboardModel): Notice[] {
  const found: Notice[] = [];
  if (outcome !== undefined) {
    found.push({
      severity: outcome.ok ? "done" : "warning",
      text: clean(outcome.text),
      hint: clean(outcome.hint),
    });
  }
  if (doing !== undefined) {
    const seconds = Math.max(0, Math.floor((now - doing.since) / 1000));
    found.push({
      severity: "working",
      text: `${doing.title}${doing.detail === "" ? "" : `: ${clean(doing.detail)}`}`,
      hint: `${seconds} s`,
    });
  }
  return found;
}

/** What was asked for, what is wrong with watching itself, and problems that are more than information. */
export function notices(model: DashboardModel): Notice[] {
  const found = answers(model);
  const { connection } = model.stack;
  if (connection.state === "lost") {
    const seconds = Math.max(0, Math.ceil((connection.retryAt - model.now) / 1000));
    found.push({
      severity: "critical",
      text: `Docker is out of reach: ${whyLost(connection.reason)}`,
      hint: `attempt ${connection.attempt + 1} ${seconds > 0 ? `in ${seconds} s` : "now"}`,
    });
  }
  for (const each of problems(model)) {
    if (each.severity === "info") continue;
    found.push({ severity: each.severity, text: clean(each.message), hint: clean(each.hint) });
  }
  if (model.statusError !== undefined && connection.state !== "lost") {
    found.push({
      severity: "warning",
      text: `Certificate, disk and database are not up to date: ${clean(model.statusError)}`,
      hint: "",
    });
  }
  return found;
}
