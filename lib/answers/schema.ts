/**
 * `rxdx.yml`, schema 1: every field with its type, default, rule, meaning and an example. The one
 * source of the parser, the written file, the environment variables, the questions and the
 * reference. Field names are API: extend, do not rename.
 */
import * as v from "valibot";
import * as rules from "./rules.ts";
import * as edge from "./rules_edge.ts";
import { choice, flag, list, notes, number, optionalText, section, text } from "./schema_fields.ts";
import { ALERTS_SECTION } from "./schema_alerts.ts";
import { BACKUPS_SECTION } from "./schema_backups.ts";
import { IMAGES_SECTION } from "./schema_images.ts";

export { IMAGE_SOURCES } from "./schema_images.ts";

export const ENVIRONMENTS = ["development", "staging", "production"] as const;
export const TLS_MODES = ["self-signed", "letsencrypt", "files", "external", "none"] as const;
/** `auto`: a day with a certificate that everybody trusts, else none. */
export const HSTS = ["auto", "off", "day", "year", "preload"] as const;
export const PRESETS = ["auto", "small", "medium", "large", "custom"] as const;
export const LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;

const cpus = (doc: string) => v.optional(number(rules.cpuCount, doc, "1.5"));
const memory = (doc: string) => v.optional(text(rules.memorySize, doc, "2G"));

export const AnswersSchema = v.strictObject({
  schema: v.optional(
    v.pipe(
      v.literal(1, "must be 1; a higher number needs a newer rxdx-setup"),
      v.metadata(notes("Version of this file's format.", "1")),
    ),
    1,
  ),
  name: v.optional(
    text(rules.projectName, "Compose project; prefix of containers, volumes, networks.", "rxdx"),
    "rxdx",
  ),
  environment: v.optional(
    choice(ENVIRONMENTS, "Development mounts sources and publishes all ports on loopback."),
    "production",
  ),
  domain: v.optional(
    text(rules.hostname, "Name or address by which browsers reach the stack.", "rxdx.example.com"),
    "localhost",
  ),
  aliases: v.optional(
    list(rules.hostname, "More names or addresses it answers to.", "[www.example.com]"),
    [],
  ),
  ports: section({
    http: v.optional(number(rules.port, "HTTP, redirects to HTTPS.", "80"), 80),
    https: v.optional(number(rules.port, "HTTPS.", "443"), 443),
    backend: v.optional(
      number(rules.port, "API on loopback, development only.", "8000"),
      8000,
    ),
    frontend: v.optional(
      number(rules.port, "Development server on loopback, development only.", "3000"),
      3000,
    ),
    postgres: v.optional(
      number(rules.port, "Database on loopback, development only.", "5432"),
      5432,
    ),
  }, "Ports published on this machine."),
  images: IMAGES_SECTION,
  tls: section({
    mode: v.optional(choice(TLS_MODES, "How HTTPS gets its certificate."), "self-signed"),
    email: v.optional(
      optionalText(rules.emailAddress, "letsencrypt: contact.", "ops@example.com"),
      "",
    ),
    directory: v.optional(
      optionalText(rules.httpUrl, "letsencrypt: ACME directory of another CA.", "https://ca/dir"),
      "",
    ),
    ca_bundle: v.optional(
      optionalText(rules.filePath, "letsencrypt: roots of a private CA.", "/etc/ssl/ca.pem"),
      "",
    ),
    accept_terms: v.optional(flag("letsencrypt: the CA's terms of service are accepted."), false),
    staging_directory: v.optional(
      optionalText(
        rules.httpUrl,
        "letsencrypt: where the first order is rehearsed; Let's Encrypt has its own.",
        "https://ca/staging",
      ),
      "",
    ),
    profile: v.optional(
      optionalText(rules.profileName, "letsencrypt: certificate profile.", "shortlived"),
      "",
    ),
    eab_kid: v.optional(
      optionalText(rules.singleLine, "letsencrypt: key id of an external account.", "kid-1"),
      "",
    ),
    cert: v.optional(
      optionalText(rules.filePath, "files: certificate; empty means imported.", "/root/cert.pem"),
      "",
    ),
    key: v.optional(optionalText(rules.filePath, "files: private key.", "/root/key.pem"), ""),
    chain: v.optional(optionalText(rules.filePath, "files: chain.", "/root/chain.pem"), ""),
    hsts: v.optional(
      choice(HSTS, "HTTP Strict Transport Security; never with a self-signed certificate."),
      "auto",
    ),
    trusted_proxies: v.optional(
      list(rules.cidr, "external: addresses of the proxy in front.", "[10.0.0.0/8]"),
      [],
    ),
  }, "HTTPS."),
  database: section({
    user: v.optional(text(rules.sqlIdentifier, "Role of the application.", "rxdx"), "rxdx"),
    name: v.optional(text(rules.sqlIdentifier, "Database.", "rxdx"), "rxdx"),
    graph: v.optional(text(rules.graphName, "Apache AGE graph.", "rxdx_graph"), "rxdx_graph"),
  }, "PostgreSQL. Changing names later does not rename what exists."),
  volumes: section(
    {
      database: v.optional(
        optionalText(
          rules.volumeName,
          "A volume that was there before and holds the database; empty means the stack's own.",
          "oldstack_pgdata",
        ),
        "",
      ),
      uploads: v.optional(
        optionalText(
          rules.volumeName,
          "A volume that was there before and holds the uploads; empty means the stack's own.",
          "oldstack_uploads",
        ),
        "",
      ),
    },
    "Volumes that were taken over, see `import`. They are never made here; `uninstall --purge` removes them.",
  ),
  admin: section({
    email: v.optional(
      optionalText(
        rules.emailAddress,
        "First administrator; empty means admin@ the domain.",
        "admin@example.com",
      ),
      "",
    ),
  }, "The administrator created with the stack."),
  resources: section({
    preset: v.optional(
      choice(PRESETS, "auto uses the whole machine; small 4 GiB, medium 8 GiB, large 16 GiB."),
      "auto",
    ),
    cpus: cpus("custom: CPUs the stack may use."),
    memory: memory("custom: memory the stack may use."),
    backend: section({
      replicas: v.optional(number(rules.between(1, 32), "Backend containers.", "2")),
      workers: v.optional(number(rules.between(1, 64), "Workers a container.", "4")),
      cpus: cpus("CPU limit a container."),
      memory: memory("Memory limit a container."),
    }, "Backend."),
    postgres: section({
      cpus: cpus("CPU limit."),
      memory: memory("Memory limit; the parameters follow from it."),
      max_connections: v.optional(
        number(rules.between(20, 10000), "Connections; computed when absent.", "200"),
      ),
    }, "Database."),
    nginx: section({ cpus: cpus("CPU limit."), memory: memory("Memory limit.") }, "Proxy."),
    frontend: section({ cpus: cpus("CPU limit."), memory: memory("Memory limit.") }, "Pages."),
  }, "Limits; absent values are computed from the machine."),
  email: section({
    host: v.optional(optionalText(rules.hostname, "SMTP server.", "smtp.example.com"), ""),
    port: v.optional(number(rules.port, "SMTP port.", "587"), 587),
    user: v.optional(optionalText(rules.singleLine, "SMTP login.", "rxdx"), ""),
    tls: v.optional(flag("STARTTLS."), true),
    from: v.optional(optionalText(rules.emailAddress, "Sender.", "rxdx@example.com"), ""),
    reply_to: v.optional(optionalText(rules.emailAddress, "Replies.", "qa@example.com"), ""),
  }, "Outgoing mail; off while host is empty."),
  imap: section({
    host: v.optional(optionalText(rules.hostname, "IMAP server.", "imap.example.com"), ""),
    port: v.optional(number(rules.port, "IMAP port.", "993"), 993),
    user: v.optional(optionalText(rules.singleLine, "IMAP login.", "rxdx"), ""),
    tls: v.optional(flag("TLS."), true),
    mailbox: v.optional(text(rules.singleLine, "Mailbox to read.", "INBOX"), "INBOX"),
    poll_seconds: v.optional(number(rules.between(5, 86400), "Interval.", "60"), 60),
  }, "Incoming mail; off while host is empty."),
  llm: section({
    enabled: v.optional(flag("Use a local language model.", "false"), false),
    url: v.optional(
      optionalText(rules.httpUrl, "OpenAI-compatible address.", "http://10.0.0.5:1234/v1"),
      "",
    ),
    model: v.optional(optionalText(rules.singleLine, "Model name.", "local-model"), ""),
  }, "Language model."),
  application: section({
    log_level: v.optional(choice(LOG_LEVELS, "Log level of the backend."), "INFO"),
    cors_origins: v.optional(
      list(rules.webOrigin, "Allowed origins; the own address is always added.", "[https://x.org]"),
      [],
    ),
    access_token_minutes: v.optional(
      number(rules.between(1, 1440), "Life of a login.", "30"),
      30,
    ),
    refresh_token_days: v.optional(number(rules.between(1, 365), "Life of a refresh.", "7"), 7),
    max_login_attempts: v.optional(number(rules.between(1, 100), "Then locked.", "3"), 3),
    lock_hours: v.optional(number(rules.between(1, 720), "For how long.", "1"), 1),
    audit_retention_days: v.optional(
      number(rules.between(1, 36500), "Audit log.", "3650"),
      3650,
    ),
    max_upload: v.optional(text(rules.bodySize, "Largest upload.", "10m"), "10m"),
  }, "The application."),
  nginx: section({
    rate_limits: section({
      api: v.optional(text(rules.requestRate, "API, per client address.", "10r/s"), "10r/s"),
      auth: v.optional(text(rules.requestRate, "Login, per client address.", "5r/m"), "5r/m"),
      api_burst: v.optional(
        number(rules.between(0, 10_000), "API requests at once, beyond the rate.", "20"),
        20,
      ),
      auth_burst: v.optional(
        number(rules.between(0, 1_000), "Logins at once, beyond the rate.", "3"),
        3,
      ),
      endpoints: v.optional(
        list(
          edge.endpointLimit,
          "Limits of single endpoints, by path prefix, per client address.",
          '["/api/v1/reports 2r/s burst=5"]',
        ),
        [],
      ),
    }, "Rate limits."),
    max_body: v.optional(text(rules.bodySize, "Largest request.", "20m"), "20m"),
    timeouts: section({
      backend_seconds: v.optional(
        number(rules.between(1, 3_600), "How long the backend may think.", "300"),
        300,
      ),
      websocket_seconds: v.optional(
        number(rules.between(10, 86_400), "How long a WebSocket may be silent.", "3600"),
        3_600,
      ),
      client_seconds: v.optional(
        number(rules.between(5, 600), "How long a client may be silent.", "15"),
        15,
      ),
    }, "Timeouts."),
    csp: v.optional(
      optionalText(
        edge.contentPolicy,
        "Content-Security-Policy of the pages; empty means the built-in one.",
        "default-src 'self'; img-src 'self' https://cdn.example.com",
      ),
      "",
    ),
    csp_report_only: v.optional(
      flag("Report what the policy forbids, and let it be.", "false"),
      false,
    ),
  }, "Proxy."),
  backups: BACKUPS_SECTION,
  alerts: ALERTS_SECTION,
  monitoring: section({
    enabled: v.optional(flag("Run the exporters.", "false"), false),
  }, "Metrics."),
}, "must be a group of keys");

/** The validated answers: every default filled in, every single-field rule satisfied. */
export type Answers = v.InferOutput<typeof AnswersSchema>;
export type Environment = Answers["environment"];
