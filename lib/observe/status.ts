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
  readonly tls: {
    readonly mode: string;
    /** ISO 8601, null without a certificate. */
    readonly not_after: string | null;
    readonly days_left: number | null;
    readonly names: readonly string[];
  };
  readonly database: {
    readonly reachable: boolean;
    readonly size_bytes: number | null;
    readonly connections: number | null;
    readonly max_connections: number | null;
    readonly age_version: string | null;
    readonly graph: string | null;
  };
  readonly disk: {
    readonly path: string;
    readonly used_percent: number;
    readonly free_bytes: number;
  };
  readonly problems: readonly StatusProblem[];
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
  readonly severity: "info" | "warning" | "critical";
  readonly message: string;
  readonly hint: string;
}
