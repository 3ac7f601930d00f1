/**
 * Variables of the application as settings of `rxdx.yml`. The application's own names, and those that its
 * older files have. Pure.
 */

/** Text → value; `undefined` for what has no place. */
type Reading = (text: string) => unknown;

const text: Reading = (value) => value === "" ? undefined : value;
const number: Reading = (value) => /^\d+$/.test(value) ? Number(value) : text(value);
const flag: Reading = (value) =>
  /^(true|1|yes|on)$/i.test(value) ? true : /^(false|0|no|off)$/i.test(value) ? false : text(value);
const upper: Reading = (value) => text(value.toUpperCase());
const lower: Reading = (value) => text(value.toLowerCase());

/** Bytes as nginx and `rxdx.yml` spell them. */
const bytes: Reading = (value) => {
  if (!/^\d+$/.test(value)) return text(value);
  const count = Number(value);
  return count % 2 ** 20 === 0 ? `${count / 2 ** 20}m` : `${Math.ceil(count / 1024)}k`;
};

/** Path of `rxdx.yml`, variables that say it (the first that is set wins), reading. */
export const SETTINGS: readonly (readonly [path: string, names: readonly string[], Reading])[] = [
  ["database.graph", ["AGE_GRAPH_NAME"], text],
  ["email.host", ["SMTP_HOST"], text],
  ["email.port", ["SMTP_PORT"], number],
  ["email.user", ["SMTP_USER"], text],
  ["email.tls", ["SMTP_TLS"], flag],
  ["email.from", ["EMAIL_FROM"], text],
  ["email.reply_to", ["EMAIL_REPLY_TO"], text],
  ["imap.host", ["IMAP_HOST"], text],
  ["imap.port", ["IMAP_PORT"], number],
  ["imap.user", ["IMAP_USER"], text],
  ["imap.tls", ["IMAP_TLS"], flag],
  ["imap.mailbox", ["IMAP_MAILBOX"], text],
  ["imap.poll_seconds", ["EMAIL_POLL_INTERVAL_SECONDS"], number],
  ["llm.enabled", ["LLM_ENABLED"], flag],
  ["llm.url", ["LLM_STUDIO_URL"], text],
  ["llm.model", ["LLM_MODEL_NAME"], text],
  ["application.log_level", ["LOG_LEVEL"], upper],
  ["application.access_token_minutes", ["ACCESS_TOKEN_EXPIRE_MINUTES"], number],
  ["application.refresh_token_days", ["REFRESH_TOKEN_EXPIRE_DAYS"], number],
  ["application.max_login_attempts", ["MAX_LOGIN_ATTEMPTS"], number],
  ["application.lock_hours", ["ACCOUNT_LOCK_DURATION_HOURS"], number],
  ["application.audit_retention_days", ["AUDIT_LOG_RETENTION_DAYS"], number],
  ["application.max_upload", ["MAX_UPLOAD_SIZE"], bytes],
  ["environment", ["ENVIRONMENT"], lower],
];

/** Groups that mean nothing without their first value. */
export const ONLY_WITH: Readonly<Record<string, string>> = {
  email: "email.host",
  imap: "imap.host",
};

/** Secrets: ours, and what it may be called there. */
export const SECRET_VARIABLES_THERE = [
  ["SECRET_KEY", ["SECRET_KEY", "JWT_SECRET", "JWT_SECRET_KEY"]],
  ["SMTP_PASSWORD", ["SMTP_PASSWORD"]],
  ["IMAP_PASSWORD", ["IMAP_PASSWORD"]],
] as const;

/** `postgresql+asyncpg://user:password@host:5432/name` taken apart; `undefined` for anything else. */
export function readDatabaseUrl(
  url: string | undefined,
): { readonly user: string; readonly password: string; readonly name: string } | undefined {
  const [, user, password, name] =
    /^postgres(?:ql)?(?:\+\w+)?:\/\/([^:@/]+):([^@/]*)@[^/]+\/([^?]+)/.exec(url ?? "") ?? [];
  if (user === undefined || password === undefined || name === undefined) return undefined;
  try {
    return {
      user: decodeURIComponent(user),
      password: decodeURIComponent(password),
      name: decodeURIComponent(name),
    };
  } catch {
    return undefined;
  }
}

/** Where the application keeps uploads, in its container. */
export function uploadDirectory(env: ReadonlyMap<string, string>): string {
  const set = env.get("UPLOAD_DIR") ?? "/app/uploads";
  return set.startsWith("/") ? set : `/app/${set.replace(/^\.\//, "")}`;
}

/** Origins of `CORS_ORIGINS`: a JSON list, or what people write in its place. */
export function readOrigins(value: string | undefined): string[] {
  if (value === undefined || value.trim() === "") return [];
  try {
    const list: unknown = JSON.parse(value);
    if (Array.isArray(list)) return list.filter((each) => typeof each === "string");
  } catch {
    // Not JSON: the application would not start with it, but an older one might have.
  }
  return value.split(",").map((each) => each.trim()).filter((each) => each !== "");
}
