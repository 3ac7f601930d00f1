/** Values that are fine alone, and not with each other or on this machine (4 CPUs, 8 GiB); shape and spelling. */
import { bad, type Case } from "./case.ts";

export const ACROSS: readonly Case[] = [
  // Names that are taken.
  bad(
    "a template as database",
    "database: { name: template1 }",
    "database.name",
    /keeps for itself/,
  ),
  bad("everybody as role", "database: { user: public }", "database.user", /keeps for itself/),
  bad(
    "the schema of AGE as graph",
    "database: { graph: ag_catalog }",
    "database.graph",
    /keeps for itself/,
  ),
  bad(
    "the public schema as graph",
    "database: { graph: public }",
    "database.graph",
    /keeps for itself/,
  ),
  bad(
    "a graph of the role's name",
    "database: { user: rxdx, graph: rxdx }",
    "database.graph",
    /search path/,
  ),

  // Arithmetic.
  bad(
    "fewer connections than the pools need",
    "resources: { postgres: { max_connections: 100 } }",
    "resources.postgres.max_connections",
    /at least 220: 4 workers × 50 connections of their pools \+ 20/,
  ),
  bad(
    "fewer connections than replicas and workers need",
    "resources: { backend: { replicas: 2, workers: 3 }, postgres: { max_connections: 319 } }",
    "resources.postgres.max_connections",
    /at least 320: 6 workers × 50/,
  ),
  bad(
    "more connections than the memory carries",
    "resources: { postgres: { max_connections: 9000 } }",
    "resources.postgres.max_connections",
    /at 2M a connection carry \d+/,
  ),
  bad(
    "more workers than the database can serve",
    "resources: { backend: { workers: 60, memory: 4G } }",
    "resources.backend.workers",
    /60 workers × 50 \+ 20 = 3020 connections/,
  ),
  bad(
    "more replicas than the database can serve",
    "resources: { backend: { replicas: 16, workers: 4, memory: 320M } }",
    "resources.backend.workers",
    /connections/,
  ),
  bad(
    "workers that do not fit into their container",
    "resources: { backend: { workers: 8, memory: 256M } }",
    "resources.backend.workers",
    /32M \+ 8 × 64M = 544M/,
  ),
  bad(
    "a backend too small for its workers",
    "resources: { backend: { memory: 128M } }",
    "resources.backend.memory",
    /a backend container has 128M/,
  ),
  bad(
    "a database of 32 megabytes",
    "resources: { postgres: { memory: 32M } }",
    "resources",
    /at least 96M/,
  ),
  bad("a backend of 64 megabytes", "resources: { backend: { memory: 64M } }", "resources", /96M/),
  bad(
    "nginx larger than the machine",
    "resources: { nginx: { memory: 9G } }",
    "resources",
    /does not fit/,
  ),
  bad(
    "limits that fill the machine twice",
    "resources: { backend: { memory: 4G }, postgres: { memory: 4G } }",
    "resources",
    /postgres 4G \+ backend 1 × 4G does not fit into 7680M/,
  ),
  bad(
    "a budget of 128 megabytes",
    "resources: { preset: custom, memory: 128M }",
    "resources",
    /at least 384M/,
  ),
  bad(
    "a replica too many for the budget",
    "resources: { preset: custom, memory: 512M, backend: { replicas: 8 } }",
    "resources",
  ),
  bad(
    "more CPUs for nginx than there are",
    "resources: { nginx: { cpus: 4.25 } }",
    "resources.nginx.cpus",
    /4 CPUs/,
  ),
  bad(
    "more CPUs for the pages than there are",
    "resources: { frontend: { cpus: 5 } }",
    "resources.frontend.cpus",
  ),
  bad(
    "a body larger than nginx can hold",
    "nginx: { max_body: 1g }",
    "nginx.max_body",
    /256M \/ 2 = 128M/,
  ),
  bad(
    "an upload larger than the backend can hold",
    "resources: { nginx: { memory: 1G } }\nnginx: { max_body: 300m }\napplication: { max_upload: 200m }",
    "application.max_upload",
    /128m/,
  ),
  bad(
    "an upload one byte unit too large",
    "application: { max_upload: 21m }",
    "application.max_upload",
    /nginx\.max_body/,
  ),

  // What one of two needs.
  bad(
    "a refresh that ends with the login",
    "application: { access_token_minutes: 1440, refresh_token_days: 1 }",
    "application.refresh_token_days",
    /longer/,
  ),
  bad(
    "backups of which none is kept",
    "backups: { keep: { daily: 0, weekly: 0, monthly: 0 } }",
    "backups.keep",
    /keep something/,
  ),
  bad(
    "alerts by mail without a mail server",
    "alerts: { email: [ops@example.com] }",
    "alerts.email",
    /email\.host/,
  ),
  bad(
    "a mailbox without a login",
    "imap: { host: imap.example.com }",
    "imap.user",
    /must be given/,
  ),
  bad(
    "a list that names one address twice",
    "email: { host: m.org, from: a@b.org }\nalerts: { email: [a@b.org, A@b.org] }",
    "alerts.email",
    /once/,
  ),
  bad(
    "a proxy twice",
    "tls: { mode: external, trusted_proxies: [10.0.0.5, 10.0.0.5] }",
    "tls.trusted_proxies",
    /once/,
  ),
  bad(
    "an origin twice",
    "application: { cors_origins: ['https://a.org', 'https://a.org'] }",
    "application.cors_origins",
    /once/,
  ),
  bad("TLS off in staging", "environment: staging\ntls: { mode: none }", "tls.mode", /staging/),
  bad(
    "equal ports while TLS is off: both are published all the same",
    "environment: development\ntls: { mode: none }\nports: { http: 8090, https: 8090 }",
    "ports.https",
    /differ/,
  ),

  // Keys.
  bad("a key in capitals", "Domain: a.org", "Domain", /did you mean domain\?/),
  bad("a key with a dash", "backups: { copy-to: x }", "backups.copy-to", /did you mean copy_to\?/),
  bad("a key with a blank", "'domain ': a.org", "domain", /not a known key/),
  bad("a key of another group", "domain: a.org\nhttps: 443", "https", /not a known key/),
  bad("swapped letters", "amdin: { email: a@b.org }", "amdin", /did you mean admin\?/),
  bad("the plural", "database: { users: x }", "database.users", /did you mean user\?/),
  bad("a dotted key", "ports.https: 8443", "ports.https", /not a known key/),
  bad("a number as key", "1: x", "1", /not a known key/),
  bad("an empty key", "'': x", '""', /not a known key/),
  bad("a list as key", "[a, b]: x", "", /not a known key|YAML/),
  bad("a key with an escape sequence", '"\\e[2Jdomain": x', "", /not a known key/),
  bad("a deep unknown key", "nginx: { rate_limits: { login: 5r/m } }", "nginx.rate_limits.login"),
  bad("a prototype inside", "ports: { __proto__: { http: 1 } }", "ports.__proto__"),
  bad("a key of 300 characters", `${"k".repeat(300)}: 1`, "kkk"),

  // Types.
  bad("a date as name", "name: 2026-01-01T00:00:00Z", "name"),
  bad("nothing as environment", "environment: ~", "environment"),
  bad("a group as number", "ports: { http: { port: 80 } }", "ports.http"),
  bad("a list as boolean", "backups: { enabled: [true] }", "backups.enabled"),
  bad("1 as boolean", "backups: { enabled: 1 }", "backups.enabled", /true or false/),
  bad("off as boolean", "llm: { enabled: off }", "llm.enabled", /true or false/),
  bad("a text as group", "email: smtp.example.com", "email", /group of keys/),
  bad("true as group", "resources: true", "resources", /group of keys/),
  bad("a group as list", "aliases: { a: b }", "aliases", /list/),
  bad("a boolean in a list", "alerts: { email: [true] }", "alerts.email.0"),
  bad("a number past every integer", "backups: { keep: { daily: 1e30 } }", "backups.keep.daily"),
  bad("an octal number", "ports: { http: 0o200000 }", "ports.http"),
  bad("binary data", "name: !!binary aGVsbG8=", "name"),
  bad("a tag of Python", "name: !!python/object/apply:os.system [id]", "name"),

  // The format.
  bad("schema 0", "schema: 0", "schema"),
  bad("schema 99", "schema: 99", "schema", /newer rxdx-setup/),
  bad("schema 1.5", "schema: 1.5", "schema"),
  bad("no schema", "schema: ~", "schema"),

  // Spelling of the file.
  bad("a tab in the middle", "ports:\n  http: 80\n\thttps: 443", "answers.yml, line 3", /tabs/),
  bad("a byte order mark and a mistake", "\uFEFFdomain: a b", "domain"),
  bad(
    "lines that end as on Windows, and a mistake",
    "domain: a.org\r\nports:\r\n  http: 0\r\n",
    "ports.http",
  ),
  bad("lines that end as on old Macs", "domain: a.org\rports: { http: 0 }\r", "", /./),
  bad(
    "a key twice inside",
    "ports: { http: 1080, http: 1081 }",
    "answers.yml, line 1",
    /unique|twice/i,
  ),
  bad("a group twice", "ports: { http: 1080 }\nports: { https: 1443 }", "answers.yml, line 2"),
  bad("a NUL in a value", "domain: a\0.org", "answers.yml, line 1, column 10", /UTF-8/),
  bad(
    "bytes that are no UTF-8",
    "domain: m\uFFFDnchen.example",
    "answers.yml, line 1, column 10",
    /UTF-8/,
  ),
  bad("a wrong indentation", "ports:\n  http: 80\n https: 443", "answers.yml, line 3"),
  bad("a value on the line of its group", "ports: http: 80", "answers.yml, line 1"),
  bad("JSON with a comma too many", '{"domain": "a.org",, "x": 1}', "answers.yml, line 1"),
  bad("a hundred thousand brackets", "[".repeat(20_000), "answers.yml"),
  bad("ten thousand groups in each other", "a: {".repeat(10_000), "answers.yml"),
  bad("a directive of YAML 9", "%YAML 9.9\n---\ndomain: a b", "", /./),
  bad(
    "a billion laughs",
    "a: &a [l,l,l,l,l,l,l,l,l,l]\n" +
      [..."bcdefghi"].map((name, index) =>
        `${name}: &${name} [${Array(10).fill(`*${"abcdefghi"[index]}`)}]`
      ).join("\n"),
    "answers.yml",
    /aliases/,
  ),
];
