/**
 * The installation qualification record as one value: what is in the JSON form, and what the other
 * forms are rendered from. Field names are API: add, never rename. Pure.
 */
import { createHash } from "node:crypto";
import type { AuditFinding } from "../audit/verify.ts";
import type { CheckState } from "../plan/check.ts";

export interface Report {
  readonly schema: 1;
  readonly document: ReportDocument;
  /** What a reviewer has to look at first: failures, then warnings, then what could not be seen. */
  readonly deviations: readonly Deviation[];
  readonly stack: {
    readonly name: string;
    readonly dir: string;
    readonly environment: string;
    readonly url: string;
    /** healthy, degraded, starting, down; `null` while it cannot be seen. */
    readonly state: string | null;
    /** ISO 8601; `null` without a receipt. */
    readonly installed_at: string | null;
    readonly changed_at: string | null;
    /** Version of the application, as its images are named. */
    readonly version: string;
    /** The version that `rollback` returns to. */
    readonly previous_version: string | null;
    /** An upgrade or a rollback that has not come to its end, as a sentence. */
    readonly unfinished: string | null;
    /** SHA-256 of the checksums of the bundle that the images came from. */
    readonly bundle: string | null;
  };
  readonly program: {
    readonly version: string;
    /** `null` when it does not run from an executable. */
    readonly path: string | null;
    readonly sha256: string | null;
    /** Version that wrote the installed files. */
    readonly installed_by: string | null;
  };
  readonly machine: {
    readonly hostname: string;
    readonly os: string;
    readonly kernel: string | null;
    readonly arch: string;
    readonly cpus: number;
    readonly memory_bytes: number;
    readonly disk_total_bytes: number;
    readonly disk_free_bytes: number;
    readonly addresses: readonly string[];
    /** absent, stopped, denied, running. */
    readonly engine_state: string;
    readonly engine: string | null;
    readonly compose: string | null;
  };
  readonly images: readonly ReportImage[];
  readonly files: readonly ReportFile[];
  readonly configuration: readonly {
    readonly key: string;
    readonly value: string;
    readonly source: string;
  }[];
  readonly secrets: readonly ReportSecret[];
  /** `null` when there is none, or it cannot be read. */
  readonly certificate: {
    readonly mode: string;
    readonly names: readonly string[];
    readonly issuer: string | null;
    readonly not_after: string | null;
    readonly fingerprint_sha256: string | null;
    readonly served: string;
  } | null;
  readonly ports: readonly {
    readonly key: string;
    readonly port: number;
    /** As Docker publishes it; empty while it cannot be seen. */
    readonly published: readonly string[];
  }[];
  readonly checks: readonly {
    readonly id: string;
    readonly title: string;
    readonly state: CheckState;
    readonly detail: string;
  }[];
  readonly audit: {
    readonly ok: boolean;
    readonly entries: number;
    readonly first_at: string | null;
    readonly last_at: string | null;
    /** `41:9f86…`; for `audit verify --against`. */
    readonly head: string | null;
    readonly findings: readonly AuditFinding[];
    readonly notes: readonly AuditFinding[];
    /** The newest runs. */
    readonly runs: readonly {
      readonly at: string;
      readonly who: string;
      readonly command: string;
      readonly result: string;
      readonly changed: readonly string[];
    }[];
  };
  readonly backups: {
    readonly wanted: boolean;
    readonly last_at: string | null;
    readonly proven_at: string | null;
    /** Seconds that the restore of that proof took. */
    readonly proof_seconds: number | null;
    /** Seconds from the backup before the proven one to it (RPO); `null`: none before it, or not written down. */
    readonly proof_rpo_seconds: number | null;
    /** `ready` or `not asked`: whether the application was ready on it; `null` when nobody wrote it down. */
    readonly proof_application: string | null;
    /** The last restore into this stack, and the seconds it took. */
    readonly restored_at: string | null;
    readonly restored_seconds: number | null;
    /** Every place of `backups.copy_to`: when the newest copy was compared there, the last failure. */
    readonly copies: readonly {
      readonly target: string;
      readonly last_at: string | null;
      readonly failure: string | null;
    }[];
  };
}

export interface ReportDocument {
  /** `IQ-rxdx-20260314T101500Z` */
  readonly number: string;
  readonly title: string;
  /** ISO 8601. */
  readonly at: string;
  /** Who made it, as the machine knows them. */
  readonly made_by: string;
  /** Over the whole of the JSON form without this field, as one line. */
  readonly sha256: string;
}

export interface Deviation {
  readonly severity: "failure" | "warning" | "not checked";
  /** What it is about: a check, a file, a secret. */
  readonly subject: string;
  readonly detail: string;
}

export interface ReportImage {
  readonly service: string;
  readonly image: string;
  /** Content address that was installed; `null` when it was not written down. */
  readonly installed: string | null;
  /** Digests at the registry; none for an image that was built or loaded here. */
  readonly digests: readonly string[];
  /** Content address that the containers run; none while it cannot be seen. */
  readonly running: readonly string[];
}

export interface ReportFile {
  readonly path: string;
  /** `kept`: edited by hand, and kept so on purpose. */
  readonly state: "as written" | "changed" | "kept" | "missing";
  /** Permission bits in octal; empty when it is missing. */
  readonly mode: string;
  /** Of the file as it is; `null` for one that holds secrets: a hash would help to guess them. */
  readonly sha256: string | null;
}

export interface ReportSecret {
  readonly name: string;
  readonly meaning: string;
  readonly set: boolean;
  readonly strength: "weak" | "fair" | "strong" | null;
  /** ISO 8601; `null` when nobody has written down when it was set. */
  readonly since: string | null;
}

/** Completes the report with its own hash. */
export function sealed(
  report: Omit<Report, "document"> & {
    readonly document: Omit<ReportDocument, "sha256">;
  },
): Report {
  const { schema, document, ...rest } = report;
  const body = { schema, document, ...rest };
  const sha256 = createHash("sha256").update(JSON.stringify(body)).digest("hex");
  return { schema, document: { ...document, sha256 }, ...rest };
}

/** True when nobody has changed the value since. */
export function isSealed(report: Report): boolean {
  const { sha256, ...document } = report.document;
  return sealed({ ...report, document }).document.sha256 === sha256;
}

const RANK: Readonly<Record<Deviation["severity"], number>> = {
  "failure": 0,
  "warning": 1,
  "not checked": 2,
};

/** What stands first in the report: everything that is not as it should be, the worst first. */
export function deviationsOf(
  report: Pick<Report, "stack" | "checks" | "files" | "secrets" | "audit" | "images">,
  unseen: readonly { readonly subject: string; readonly why: string }[],
): Deviation[] {
  const found: Deviation[] = [];
  const add = (severity: Deviation["severity"], subject: string, detail: string) =>
    found.push({ severity, subject, detail });
  const { unfinished } = report.stack;
  if (unfinished !== null) add("failure", "Upgrade", unfinished);
  for (const { title, state, detail } of report.checks) {
    if (state === "fail") add("failure", title, detail);
    else if (state === "warn") add("warning", title, detail);
    else if (state === "unknown") add("not checked", title, detail);
  }
  for (const { path, state } of report.files) {
    if (state === "missing") add("failure", path, "was installed and is missing");
    if (state === "changed") add("failure", path, "is not as it was installed");
    if (state === "kept") add("warning", path, "was edited by hand and kept so");
  }
  for (const { service, installed, running } of report.images) {
    if (installed !== null && running.some((each) => each !== installed)) {
      add("failure", service, "runs another image than the one that was installed");
    }
  }
  for (const { name, strength } of report.secrets) {
    if (strength === "weak") add("warning", name, "is easy to guess");
  }
  for (const { line, text } of report.audit.findings) {
    add("failure", "Record of changes", line === null ? text : `line ${line}: ${text}`);
  }
  for (const { line, text } of report.audit.notes) {
    add("warning", "Record of changes", line === null ? text : `line ${line}: ${text}`);
  }
  for (const { subject, why } of unseen) add("not checked", subject, why);
  return found.map((each, index) => ({ each, index }))
    .sort((a, b) => RANK[a.each.severity] - RANK[b.each.severity] || a.index - b.index)
    .map(({ each }) => each);
}
