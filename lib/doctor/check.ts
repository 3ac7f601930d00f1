/**
 * What a check of `doctor` is, as data: the same list is behind the text, `--json` and `--fix`. The
 * checks themselves stand in `operations/doctor/`, where everything can be asked; what they judge by,
 * in the other modules of this room. Pure.
 */
import type { Check, CheckState } from "../plan/check.ts";

/** What `doctor --fix` can do. None of them touches data. */
export type FixId = "modes" | "certificate" | "restart" | "start" | "apply" | "timer" | "prune";

export type Severity = "info" | "warning" | "critical";

/** What a check found: a {@link Check} whose text may be long, with what would mend it. */
export interface Found extends Check {
  /** In place of the check's own; `null`: this finding cannot be mended by it. */
  readonly fix?: FixId | null;
}

/** @typeParam S what the checks are given to ask with */
export interface DoctorCheck<S> {
  /** Stable name, kebab-case; its findings carry it, or names that begin with it. */
  readonly id: string;
  /** For the line that says that it could not be looked at. */
  readonly title: string;
  /** For the reference, in one line. */
  readonly looksAt: string;
  /** How bad a `fail` of it is; `critical` when absent. */
  readonly severity?: "warning" | "critical";
  /** Services that it is about; of the machine or the whole stack when absent. */
  readonly services?: readonly string[];
  /** True where nothing can be asked while the daemon does not answer. */
  readonly engine?: true;
  /** What to do where a finding names nothing better. */
  readonly remedy: string;
  readonly fix?: FixId;
  readonly run: (scene: S) => Promise<Found | readonly Found[]>;
}

/** One line of the result, and one element of `checks` in `doctor --json`. */
export interface Finding {
  readonly id: string;
  readonly title: string;
  readonly state: CheckState;
  readonly severity: Severity;
  readonly detail: string;
  readonly hint: string | null;
  /** True when `doctor --fix` would try to mend it. */
  readonly fixable: boolean;
  readonly fix: FixId | null;
}

export interface DoctorResult {
  readonly result: CheckState;
  readonly checks: readonly Finding[];
}

/** A finding whose detail is as long as it has to be; it is wrapped where it is shown. */
export function found(
  id: string,
  title: string,
  state: CheckState,
  detail: string,
  more: { readonly hint?: string | undefined; readonly fix?: FixId | null } = {},
): Found {
  const { hint, fix } = more;
  return {
    id,
    title,
    state,
    detail,
    ...(hint === undefined || hint === "" ? {} : { hint }),
    ...(fix === undefined ? {} : { fix }),
  };
}

function severityOf(state: CheckState, most: "warning" | "critical"): Severity {
  if (state === "fail") return most;
  return state === "warn" ? "warning" : "info";
}

/** What a check found, completed with what the check itself says. */
export function toFinding<S>(check: DoctorCheck<S>, each: Found): Finding {
  const wrong = each.state === "fail" || each.state === "warn";
  const fix = !wrong ? null : each.fix === undefined ? check.fix ?? null : each.fix;
  return {
    id: each.id,
    title: each.title,
    state: each.state,
    severity: severityOf(each.state, check.severity ?? "critical"),
    detail: each.detail,
    hint: each.hint ?? (wrong ? check.remedy : null),
    fixable: fix !== null,
    fix,
  };
}

/** `512 MiB`, `3.2 GiB`. */
export function size(bytes: number): string {
  return bytes < 2 ** 30
    ? `${Math.round(bytes / 2 ** 20)} MiB`
    : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/** `40 s`, `12 min`, `3 h`, `5 days`. @param seconds of an age or a time that is left */
export function age(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
