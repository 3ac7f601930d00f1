/**
 * What is said of `status --json`: the meaning of every field, and an example. The type checker holds
 * both against `StatusDocument`. Read by `status_page.ts`.
 */
import type { StackState, StatusDocument, StatusProblem } from "../observe/status.ts";
import type { Described } from "./status_paths.ts";

export const STATE_MEANING: Readonly<Record<StackState, string>> = {
  healthy: "every container runs, and every health check passes",
  starting: "something has not reported its health yet, and nothing is wrong",
  degraded: "a container is missing, has ended, restarts, is paused or is unhealthy",
  down: "nothing runs",
};

export const SEVERITY_MEANING: Readonly<Record<StatusProblem["severity"], string>> = {
  info: "worth knowing",
  warning: "will become a failure if nothing is done",
  critical: "something does not work now",
};

/** Every code that a problem can have. */
export const PROBLEM_MEANING: Readonly<Record<string, string>> = {
  service_missing: "a service has no container",
  service_not_running: "a container is stopped, has ended or restarts",
  service_unhealthy: "the health check of a container fails",
  memory_near_limit: "a container uses more than 92 % of its memory limit",
  certificate_missing: "there is no certificate that could be served",
  certificate_expired: "the certificate's time is over",
  certificate_expiring:
    "fewer than `alerts.certificate_days` days are left, and nothing renews it in time",
  certificate_not_served: "nginx serves another certificate than the one on disk",
  https_silent: "nginx runs, and nothing answers on the HTTPS port",
  certificate_not_issued:
    "the certificate is not the one that was asked for; `critical` when it is self-signed in its place",
  renewal_failed: "the last attempt to renew the certificate failed",
  renewal_unscheduled: "neither systemd nor cron renews the certificate",
  clock_off: "this machine's clock differs from the certificate authority's by an hour or more",
  database_unreachable: "the database container runs and does not answer",
  connections_near_limit: "more than 85 % of the database connections are in use",
  graph_missing: "the extension `age` or its graph is not in the database",
  machine_changed:
    "the machine has other CPUs or more than 5 % more or less memory than the limits were planned for",
  disk_nearly_full: "the disk is fuller than `alerts.disk_percent`",
  moved: "the install directory was moved; containers still mount the old place",
  hand_edited: "files that rxdx-setup wrote were edited by hand",
};

export const FIELDS_OF_STATUS: Described = {
  schema: ["number", "`1`. Fields are added, never renamed; a change of meaning raises it."],
  stack: ["object", "The stack as a whole."],
  "stack.name": ["string", "Compose project."],
  "stack.dir": ["string", "Install directory."],
  "stack.environment": ["string", "`development`, `staging` or `production`."],
  "stack.state": ["string", "See [State](#state)."],
  "stack.url": ["string", "Where browsers reach it, without a trailing slash."],
  "stack.version": ["string", "Tag of the application's images; `demo-…` for demo images."],
  "stack.images_source": ["string", "`images.source` of `rxdx.yml`."],
  services: ["array of objects", "One entry a container: replicas of a service are several."],
  "services[].service": ["string", "`nginx`, `frontend`, `backend` or `postgres`."],
  "services[].container": ["string", "Its name; empty when there is none."],
  "services[].state": [
    "string",
    "Docker's own: `created`, `running`, `restarting`, `paused`, `exited`, `dead`; `missing` when " +
    "there is no container.",
  ],
  "services[].health": ["string", "`healthy`, `unhealthy`, `starting`, or `none` without a check."],
  "services[].restarts": ["number", "How often Docker restarted it."],
  "services[].cpu_percent": ["number or null", "Percent of one core; null when not measured."],
  "services[].memory_bytes": ["number or null", "Memory in use; null when not measured."],
  "services[].memory_limit_bytes": ["number or null", "Its limit; null when there is none."],
  "services[].image": ["string", "Image as it is named in the Compose files."],
  "services[].digest": ["string", "Content address of the image it runs, `sha256:…`."],
  "services[].started_at": ["string or null", "ISO 8601; null when it never started."],
  "services[].ports": ["array of strings", "Published ports, `443->443/tcp`."],
  "services[].last_check": ["object or null", "The last health check; null when there was none."],
  "services[].last_check.at": ["string", "When it ended, ISO 8601."],
  "services[].last_check.exit_code": ["number", "0 for a check that passed."],
  "services[].last_check.output": ["string", "The last 500 characters that it printed."],
  tls: ["object", "The certificate."],
  "tls.mode": ["string", "`tls.mode` of `rxdx.yml`."],
  "tls.not_after": ["string or null", "ISO 8601; null when there is no certificate here."],
  "tls.days_left": ["number or null", "Whole days; negative after the end."],
  "tls.names": ["array of strings", "Names and addresses in the certificate."],
  "tls.issuer": ["string or null", "Who issued it; null without a certificate."],
  "tls.self_signed": ["boolean or null", "True when nobody but itself vouches for it."],
  "tls.fingerprint_sha256": ["string or null", "Of the certificate on disk, `AA:BB:…`."],
  "tls.served": [
    "string",
    "What stands at the HTTPS port: `same` as on disk, `other`, `silent`; `off` when nginx does not run.",
  ],
  "tls.hsts": ["string", "Value of Strict-Transport-Security; empty for none."],
  "tls.renewal": ["object", "How the next certificate comes."],
  "tls.renewal.at": ["string or null", "When it is renewed by itself, ISO 8601; null when never."],
  "tls.renewal.scheduled_by": ["string or null", "`systemd`, `cron` or `crontab`; null for none."],
  "tls.renewal.expected": ["boolean", "True when something should renew it."],
  "tls.renewal.wanted": [
    "string or null",
    "Why another certificate than the present one is wanted.",
  ],
  "tls.renewal.last_attempt": ["object or null", "The last order at an authority."],
  "tls.renewal.last_attempt.at": ["string", "ISO 8601."],
  "tls.renewal.last_attempt.ok": [
    "boolean",
    "True when it ended with a certificate that is served.",
  ],
  "tls.renewal.last_attempt.message": ["string or null", "What went wrong."],
  "tls.renewal.last_attempt.hint": ["string or null", "What helps."],
  "tls.renewal.failures": ["number", "Failed attempts in a row."],
  "tls.renewal.next_attempt_at": ["string or null", "After a failure, not before then."],
  "tls.renewal.clock_ahead_seconds": [
    "number or null",
    "By how much this machine's clock was ahead of the authority's when it was asked last.",
  ],
  database: ["object", "What PostgreSQL says of itself."],
  "database.reachable": ["boolean", "False: all other values are null."],
  "database.size_bytes": ["number or null", "Size of the database."],
  "database.connections": ["number or null", "Client connections that are open."],
  "database.max_connections": ["number or null", "How many there may be."],
  "database.age_version": [
    "string or null",
    "Version of Apache AGE; null when it is not installed.",
  ],
  "database.slowest_query_seconds": [
    "number or null",
    "Whole seconds that the slowest statement that is being executed has taken; null for none.",
  ],
  "database.graph": ["string or null", "Name of the graph; null when there is none."],
  disk: ["object", "The file system of the install directory."],
  "disk.path": ["string", "The install directory."],
  "disk.used_percent": ["number", "One decimal."],
  "disk.free_bytes": ["number", "Free for use."],
  problems: [
    "array of objects",
    "What is wrong, in no order of severity; empty when nothing is.",
  ],
  "problems[].code": ["string", "Stable name, see [Problems](#problems)."],
  "problems[].severity": ["string", "See [Severity](#severity)."],
  "problems[].message": ["string", "One sentence for people."],
  "problems[].hint": ["string", "What to do, ideally a command."],
};

/** A whole document. `satisfies` keeps it one. */
export const EXAMPLE = {
  schema: 1,
  stack: {
    name: "rxdx",
    dir: "/opt/rxdx",
    environment: "production",
    state: "degraded",
    url: "https://rxdx.example.com",
    version: "demo-1a2b3c4d",
    images_source: "demo",
  },
  services: [
    {
      service: "nginx",
      container: "rxdx-nginx-1",
      state: "running",
      health: "healthy",
      restarts: 0,
      cpu_percent: 0.3,
      memory_bytes: 12_582_912,
      memory_limit_bytes: 234_881_024,
      image: "rxdx-demo/nginx:1cd0ce851890",
      digest: "sha256:9f5d3f0c6a7e9a1b5a5f6d1c1f0f7a3c2b4e6d8f9a0b1c2d3e4f5a6b7c8d9e0f",
      started_at: "2026-03-15T08:00:00.123456789Z",
      ports: ["443->443/tcp", "80->80/tcp"],
      last_check: { at: "2026-03-15T11:59:30.4Z", exit_code: 0, output: "" },
    },
    {
      service: "backend",
      container: "",
      state: "missing",
      health: "none",
      restarts: 0,
      cpu_percent: null,
      memory_bytes: null,
      memory_limit_bytes: null,
      image: "",
      digest: "",
      started_at: null,
      ports: [],
      last_check: null,
    },
  ],
  tls: {
    mode: "self-signed",
    not_after: "2027-04-16T07:00:00.000Z",
    days_left: 396,
    names: ["rxdx.example.com", "localhost", "127.0.0.1", "::1"],
    issuer: "CN=rxdx.example.com",
    self_signed: true,
    fingerprint_sha256:
      "15:CD:FC:A1:39:C5:D7:93:29:0B:EC:A2:D8:B9:0E:ED:32:23:77:57:BF:2E:8A:AF:8C:04:5D:42:4A:FC:2F:86",
    served: "same",
    hsts: "",
    renewal: {
      at: "2027-03-17T07:00:00.000Z",
      scheduled_by: "systemd",
      expected: true,
      wanted: null,
      last_attempt: null,
      failures: 0,
      next_attempt_at: null,
      clock_ahead_seconds: null,
    },
  },
  database: {
    reachable: true,
    size_bytes: 10_485_760,
    connections: 5,
    max_connections: 120,
    slowest_query_seconds: 2,
    age_version: "1.5.0",
    graph: "rxdx_graph",
  },
  disk: { path: "/opt/rxdx", used_percent: 41.2, free_bytes: 63_350_767_616 },
  problems: [
    {
      code: "service_missing",
      severity: "critical",
      message: "backend has no container.",
      hint: "rxdx-setup start",
    },
  ],
} as const satisfies StatusDocument;
