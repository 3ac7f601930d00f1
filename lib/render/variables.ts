/**
 * Every variable of `.env`: name, meaning, value. The one list behind `.env`, `.env.example`, the
 * documented defaults of each environment, and the reference.
 */
import { parseSize } from "../answers/rules.ts";
import { type Plan, uploadsVolumeOf } from "../plan/plan.ts";
import { Secret } from "../plan/secret.ts";
import { formatSize, type ServiceSize } from "../plan/sizing.ts";
import {
  corsOrigins,
  databaseUrl,
  publishedAs,
  seenFromContainer,
  sourceOf,
} from "./variable_values.ts";
import { SECRET_DOC, SECRET_NAMES } from "../secrets/secrets.ts";

export interface Variable {
  readonly section: string;
  readonly name: string;
  readonly doc: string;
  readonly value: (plan: Plan) => string | Secret;
}

const MIB = 2 ** 20;

type Row = readonly [name: string, doc: string, value: Variable["value"]];

function section(title: string, rows: readonly Row[]): Variable[] {
  return rows.map(([name, doc, value]) => ({ section: title, name, doc, value }));
}

function size(prefix: string, what: string, of: (plan: Plan) => ServiceSize): Row[] {
  const reservedBytes = (plan: Plan) =>
    Math.max(16 * MIB, Math.floor(of(plan).memoryBytes / 4 / MIB) * MIB);
  return [
    [`${prefix}_CPUS`, `CPU limit of ${what}.`, (plan) => String(of(plan).cpus)],
    [`${prefix}_MEMORY`, `Memory limit of ${what}.`, (plan) => formatSize(of(plan).memoryBytes)],
    [
      `${prefix}_CPUS_RESERVED`,
      `CPUs kept for ${what}.`,
      (plan) => String(Math.max(0.1, Math.round(of(plan).cpus * 25) / 100)),
    ],
    [
      `${prefix}_MEMORY_RESERVED`,
      `Memory kept for ${what} under pressure.`,
      (plan) => formatSize(reservedBytes(plan)),
    ],
  ];
}

const secret = (name: (typeof SECRET_NAMES)[number]): Row => [
  name,
  SECRET_DOC[name],
  (plan) => plan.secrets[name],
];

export const VARIABLES: readonly Variable[] = [
  ...section("Compose", [
    [
      "COMPOSE_PROJECT_NAME",
      "Prefix of containers, volumes and networks. Changing it orphans the data.",
      (p) => p.answers.name,
    ],
    [
      "COMPOSE_FILE",
      "Files that plain `docker compose` merges here, in this order.",
      (p) => p.composeFiles.join(":"),
    ],
    ["COMPOSE_PROFILES", "Optional services.", () => ""],
    [
      "IMAGE_PULL_POLICY",
      "missing: use what is on this machine, fetch the rest.",
      (p) => p.answers.images.source === "registry" ? "missing" : "never",
    ],
  ]),
  ...section("Images", [
    ["POSTGRES_IMAGE", "PostgreSQL 17 with Apache AGE.", (p) => p.images.postgres],
    ["BACKEND_IMAGE", "FastAPI backend.", (p) => p.images.backend],
    ["FRONTEND_IMAGE", "React frontend.", (p) => p.images.frontend],
    ["NGINX_IMAGE", "nginx 1.30 or newer.", (p) => p.images.nginx],
    secret("REGISTRY_PASSWORD"),
    [
      "BACKEND_SOURCE",
      "Development: mounted over /app of the backend.",
      (p) => sourceOf(p, "backend"),
    ],
    [
      "FRONTEND_SOURCE",
      "Development: mounted over /app of the frontend.",
      (p) => sourceOf(p, "frontend"),
    ],
  ]),
  ...section("Address and ports", [
    ["NGINX_PORT", "HTTP on all addresses.", (p) => publishedAs(p, p.answers.ports.http)],
    ["NGINX_SSL_PORT", "HTTPS on all addresses.", (p) => publishedAs(p, p.answers.ports.https)],
    ["BACKEND_PORT", "API on loopback; development only.", (p) => String(p.answers.ports.backend)],
    [
      "FRONTEND_PORT",
      "Development server on loopback; development only.",
      (p) => String(p.answers.ports.frontend),
    ],
    [
      "POSTGRES_PORT",
      "Database on loopback; development only.",
      (p) => String(p.answers.ports.postgres),
    ],
    [
      "NGINX_UID",
      "User nginx runs as; owner of nginx/ssl/key.pem.",
      (p) => String(p.nginxUser.uid),
    ],
    ["NGINX_GID", "Group nginx runs as.", (p) => String(p.nginxUser.gid)],
    [
      "NGINX_TMP_SIZE",
      "Room for uploads that are still arriving; part of NGINX_MEMORY.",
      (p) => `${Math.floor(p.sizing.nginx.memoryBytes / 2 / MIB)}m`,
    ],
  ]),
  ...section("Security", [
    secret("ACME_EAB_KEY"),
    secret("SECRET_KEY"),
    ["ALGORITHM", "Signature of logins.", () => "HS256"],
    [
      "ACCESS_TOKEN_EXPIRE_MINUTES",
      "Life of a login.",
      (p) => String(p.answers.application.access_token_minutes),
    ],
    [
      "REFRESH_TOKEN_EXPIRE_DAYS",
      "Life of a refresh token.",
      (p) => String(p.answers.application.refresh_token_days),
    ],
    [
      "MAX_LOGIN_ATTEMPTS",
      "Failures until an account is locked.",
      (p) => String(p.answers.application.max_login_attempts),
    ],
    [
      "ACCOUNT_LOCK_DURATION_HOURS",
      "How long it stays locked.",
      (p) => String(p.answers.application.lock_hours),
    ],
    ["CORS_ORIGINS", "JSON list of allowed origins.", corsOrigins],
    ["ADMIN_EMAIL", "Login of the first administrator.", (p) => p.adminEmail],
    secret("ADMIN_PASSWORD"),
  ]),
  ...section("Database", [
    ["POSTGRES_USER", "Role of the application.", (p) => p.answers.database.user],
    secret("POSTGRES_PASSWORD"),
    ["POSTGRES_DB", "Database.", (p) => p.answers.database.name],
    ["AGE_GRAPH_NAME", "Apache AGE graph.", (p) => p.answers.database.graph],
    ["DATABASE_URL", "Made from the lines above; the password is percent-encoded.", databaseUrl],
    [
      "POSTGRES_MAX_CONNECTIONS",
      "Workers × replicas × 50, plus 20.",
      (p) => String(p.postgres.maxConnections),
    ],
    ["POSTGRES_SHARED_BUFFERS", "A quarter of POSTGRES_MEMORY.", (p) => p.postgres.sharedBuffers],
    [
      "POSTGRES_EFFECTIVE_CACHE_SIZE",
      "Three quarters of POSTGRES_MEMORY.",
      (p) => p.postgres.effectiveCacheSize,
    ],
    [
      "POSTGRES_MAINTENANCE_WORK_MEM",
      "A sixteenth, at most 2 GB.",
      (p) => p.postgres.maintenanceWorkMem,
    ],
    ["POSTGRES_WORK_MEM", "Per sort; at least 4 MB.", (p) => p.postgres.workMem],
    ["POSTGRES_WAL_BUFFERS", "3 % of shared buffers, at most 16 MB.", (p) => p.postgres.walBuffers],
    ["POSTGRES_MIN_WAL_SIZE", "WAL kept.", (p) => p.postgres.minWalSize],
    ["POSTGRES_MAX_WAL_SIZE", "WAL between checkpoints.", (p) => p.postgres.maxWalSize],
    ["POSTGRES_RANDOM_PAGE_COST", "SSD.", (p) => p.postgres.randomPageCost],
    ["POSTGRES_EFFECTIVE_IO_CONCURRENCY", "SSD.", (p) => String(p.postgres.effectiveIoConcurrency)],
    [
      "POSTGRES_MAX_WORKER_PROCESSES",
      "Background workers.",
      (p) => String(p.postgres.maxWorkerProcesses),
    ],
    [
      "POSTGRES_MAX_PARALLEL_WORKERS",
      "Of them for parallel queries.",
      (p) => String(p.postgres.maxParallelWorkers),
    ],
    [
      "POSTGRES_MAX_PARALLEL_WORKERS_PER_GATHER",
      "Of them for one query.",
      (p) => String(p.postgres.maxParallelWorkersPerGather),
    ],
    [
      "POSTGRES_MAX_PARALLEL_MAINTENANCE_WORKERS",
      "Of them for one index build.",
      (p) => String(p.postgres.maxParallelMaintenanceWorkers),
    ],
    ["POSTGRES_SHM_SIZE", "/dev/shm; more than maintenance_work_mem.", (p) => p.postgres.shmSize],
  ]),
  ...section("Volumes", [
    ["POSTGRES_VOLUME", "Docker volume of the database.", (p) => p.dataVolume],
    [
      "POSTGRES_VOLUME_EXTERNAL",
      "true: it was there before, so Compose neither makes nor removes it.",
      (p) => String(p.answers.volumes.database !== ""),
    ],
    ["UPLOADS_VOLUME", "Docker volume of the uploads.", (p) => uploadsVolumeOf(p.answers)],
    [
      "UPLOADS_VOLUME_EXTERNAL",
      "true: it was there before, so Compose neither makes nor removes it.",
      (p) => String(p.answers.volumes.uploads !== ""),
    ],
  ]),
  ...section("Application", [
    ["ENVIRONMENT", "development, staging or production.", (p) => p.answers.environment],
    [
      "DEBUG",
      "Must be false outside development: it echoes SQL.",
      (p) => String(p.answers.environment === "development"),
    ],
    [
      "LOG_LEVEL",
      "DEBUG, INFO, WARNING, ERROR or CRITICAL.",
      (p) => p.answers.application.log_level,
    ],
    ["LOG_DIR", "In the container; on the volume backend_logs.", () => "/app/logs"],
    ["LOG_MAX_BYTES", "Size of one log file.", () => "104857600"],
    ["LOG_BACKUP_COUNT", "Log files kept.", () => "14"],
    ["UPLOAD_DIR", "In the container; on the volume backend_uploads.", () => "/app/uploads"],
    ["MAX_UPLOAD_SIZE", "Bytes.", (p) => String(parseSize(p.answers.application.max_upload) ?? 0)],
    [
      "AUDIT_LOG_RETENTION_DAYS",
      "Days.",
      (p) => String(p.answers.application.audit_retention_days),
    ],
    ["VITE_API_URL", "Empty: the page calls its own origin.", () => ""],
    ["VITE_API_BASE_URL", "Empty: the page calls its own origin.", () => ""],
    [
      "VITE_LOG_LEVEL",
      "Log level of the page.",
      (p) => p.answers.environment === "development" ? "debug" : "warn",
    ],
    ["SENTRY_DSN", "Error reports; off while empty.", () => ""],
    ["PROMETHEUS_ENABLED", "Metrics of the backend.", (p) => String(p.answers.monitoring.enabled)],
  ]),
  ...section("E-mail", [
    ["SMTP_HOST", "Outgoing mail; off while empty.", (p) => p.answers.email.host],
    ["SMTP_PORT", "Port.", (p) => String(p.answers.email.port)],
    ["SMTP_USER", "Login.", (p) => p.answers.email.user],
    secret("SMTP_PASSWORD"),
    ["SMTP_TLS", "STARTTLS.", (p) => String(p.answers.email.tls)],
    ["EMAIL_FROM", "Sender.", (p) => p.answers.email.from],
    ["EMAIL_REPLY_TO", "Replies.", (p) => p.answers.email.reply_to],
    ["IMAP_HOST", "Incoming mail; off while empty.", (p) => p.answers.imap.host],
    ["IMAP_PORT", "Port.", (p) => String(p.answers.imap.port)],
    ["IMAP_USER", "Login.", (p) => p.answers.imap.user],
    secret("IMAP_PASSWORD"),
    ["IMAP_TLS", "TLS.", (p) => String(p.answers.imap.tls)],
    ["IMAP_MAILBOX", "Mailbox.", (p) => p.answers.imap.mailbox],
    ["EMAIL_POLL_INTERVAL_SECONDS", "Interval.", (p) => String(p.answers.imap.poll_seconds)],
  ]),
  ...section("Language model", [
    ["LLM_ENABLED", "true or false.", (p) => String(p.answers.llm.enabled)],
    [
      "LLM_STUDIO_URL",
      "From a container the host is host.docker.internal.",
      (p) =>
        seenFromContainer(
          p.answers.llm.url === "" ? "http://localhost:1234/v1" : p.answers.llm.url,
        ),
    ],
    ["LLM_MODEL_NAME", "Model.", (p) => p.answers.llm.model],
  ]),
  ...section("Resources", [
    ["BACKEND_REPLICAS", "Backend containers.", (p) => String(p.sizing.replicas)],
    ["BACKEND_WORKERS", "uvicorn workers of each.", (p) => String(p.sizing.workers)],
    ...size("BACKEND", "one backend container", (p) => p.sizing.backend),
    ...size("POSTGRES", "the database", (p) => p.sizing.postgres),
    ...size("NGINX", "nginx", (p) => p.sizing.nginx),
    ...size("FRONTEND", "the frontend", (p) => p.sizing.frontend),
  ]),
  ...section("Backups", [
    ["BACKUP_ENABLED", "Scheduled backups.", (p) => String(p.answers.backups.enabled)],
    ["BACKUP_SCHEDULE", "cron.", (p) => p.answers.backups.schedule],
    ["BACKUP_RETENTION_DAYS", "Daily backups kept.", (p) => String(p.answers.backups.keep.daily)],
  ]),
];

/** Names whose values are never shown. `DATABASE_URL` holds the password. */
export const SECRET_VARIABLES: ReadonlySet<string> = new Set([...SECRET_NAMES, "DATABASE_URL"]);

/** The value as it goes into the file. */
export function spelled(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}
