/**
 * The shape of `status --json`, schema 1. Field names are API: documented in
 * docs/reference/status-json.md and checked by a test. Add, never rename.
 */

/** Overall state: `down` nothing runs, `starting` on its way, `degraded` something is wrong. */
export type StackState = "healthy" | "degraded" | "starting" | "down";

export interface StatusDocument {
  readonly schema: 1;
  readonly stack: {
    readonly name: string;
    readonly dir: string;
    readonly environment: string;
    readonly state: StackState;
    readonly url: string;
    readonly version: string;
    readonly images_source: string;
  };
  readonly services: readonly ServiceStatus[];
  readonly tls: TlsStatus;
  readonly database: {
    readonly reachable: boolean;
    readonly size_bytes: number | null;
    readonly connections: number | null;
    readonly max_connections: number | null;
    /** How long the slowest statement that is being executed has taken so far; null for none. */
    readonly slowest_query_seconds: number | null;
    readonly age_version: string | null;
    readonly graph: string | null;
  };
  readonly disk: {
    readonly path: string;
    readonly used_percent: number;
    readonly free_bytes: number;
  };
  readonly alerts: AlertsStatus;
  readonly backup: {
    /** `backups.enabled`. */
    readonly wanted: boolean;
    /** When the last one was made, ISO 8601; null when none was. */
    readonly last_at: string | null;
    /** When one was last restored as a test and was whole, ISO 8601. */
    readonly proven_at: string | null;
    /** How long that took: about what a restore of the data takes (RTO). */
    readonly restore_seconds: number | null;
    /** Seconds from the backup before that one to it: so much could be lost (RPO); null where not known. */
    readonly rpo_seconds: number | null;
    /** Places of `backups.copy_to`, by what was last compared there; absent where there is none. */
    readonly copies?: readonly {
      readonly target: string;
      /** When the newest copy there was verified, ISO 8601. */
      readonly last_at: string | null;
      /** The last attempt, where it failed. */
      readonly failure: string | null;
    }[];
    /** When a backup was last put back into this stack, ISO 8601; null when none was. */
    readonly restored_at: string | null;
    /** How long that took in all. */
    readonly restored_seconds: number | null;
  };
  readonly problems: readonly StatusProblem[];
}

export interface AlertsStatus {
  /** True when somebody is told: `alerts.email` or `alerts.webhook`. */
  readonly configured: boolean;
  /** Problems that were told and are not over. */
  readonly open: number;
  /** ISO 8601; null when nothing is held back now. */
  readonly silenced_until: string | null;
  /** When a message about problems last went out, ISO 8601. */
  readonly last_sent_at: string | null;
  /** When a test message last went out through every channel, ISO 8601. */
  readonly tested_at: string | null;
  /** systemd, cron, crontab. */
  readonly scheduled_by: string | null;
}

export interface TlsStatus {
  readonly mode: string;
  /** ISO 8601, null without a certificate. */
  readonly not_after: string | null;
  readonly days_left: number | null;
  readonly names: readonly string[];
  readonly issuer: string | null;
  readonly self_signed: boolean | null;
  /** `AA:BB:…` */
  readonly fingerprint_sha256: string | null;
  /** What stands at the published port: `same` as the file, `other`, `silent`; `off`: not asked. */
  readonly served: "same" | "other" | "silent" | "off";
  /** Value of Strict-Transport-Security, empty for none. */
  readonly hsts: string;
  readonly renewal: {
    /** When it is renewed by itself. */
    readonly at: string | null;
    /** systemd, cron, crontab. */
    readonly scheduled_by: string | null;
    /** True when something should. */
    readonly expected: boolean;
    /** Why another certificate than the present one is wanted. */
    readonly wanted: string | null;
    readonly last_attempt: {
      readonly at: string;
      readonly ok: boolean;
      readonly message: string | null;
      readonly hint: string | null;
    } | null;
    /** In a row. */
    readonly failures: number;
    readonly next_attempt_at: string | null;
    /** By how much this machine's clock was ahead of the authority's when it was asked last. */
    readonly clock_ahead_seconds: number | null;
  };
}

/** One container. Replicas of a service are several entries with the same `service`. */
export interface ServiceStatus {
  readonly service: string;
  readonly container: string;
  /** Docker's own: created, running, restarting, paused, exited, dead; `missing` when there is none. */
  readonly state: string;
  /** healthy, unhealthy, starting, none. */
  readonly health: string;
  readonly restarts: number;
  /** Percent of one core; null when not measured. */
  readonly cpu_percent: number | null;
  readonly memory_bytes: number | null;
  readonly memory_limit_bytes: number | null;
  readonly image: string;
  /** Content digest of the image that the container runs, `sha256:…`. */
  readonly digest: string;
  /** ISO 8601, null when it never started. */
  readonly started_at: string | null;
  /** Published ports as `127.0.0.1:8443->443/tcp`. */
  readonly ports: readonly string[];
  /** Output of the last health check, null without one. */
  readonly last_check: {
    readonly at: string;
    readonly exit_code: number;
    readonly output: string;
  } | null;
}

export interface StatusProblem {
  /** Stable name, snake_case. */
  readonly code: string;
  /**
   * What has the problem: a container, or a service without one; `create` or `verify` of backups; a place of
   * copies; empty for the stack as a whole.
   */
  readonly subject?: string;
  readonly severity: "info" | "warning" | "critical";
  readonly message: string;
  readonly hint: string;
}
