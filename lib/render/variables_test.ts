/** The list of variables against the Compose files that read it and the application that needs it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import base from "../../templates/docker-compose.yml" with { type: "text" };
import production from "../../templates/docker-compose.prod.yml" with { type: "text" };
import { samplePlan } from "../../tests/support/samples.ts";
import { parse } from "yaml";
import type { Tree } from "../answers/tree.ts";
import { Secret } from "../plan/secret.ts";
import { SECRET_NAMES } from "../secrets/secrets.ts";
import { readEnv } from "./env_codec.ts";
import { envFile, referenceFiles } from "./env_files.ts";
import { encodeUserInfo, seenFromContainer } from "./variable_values.ts";
import { SECRET_VARIABLES, spelled, VARIABLES } from "./variables.ts";

const names = VARIABLES.map((variable) => variable.name);

/** Names that a Compose file takes from its surroundings. `$$` is a dollar sign for the container. */
function interpolated(text: string): string[] {
  const live = text.replaceAll("$$", "").replace(/^\s*#.*$/gm, "");
  return [...new Set([...live.matchAll(/\$\{([A-Z][A-Z0-9_]*)/g)].map((match) => match[1] ?? ""))];
}

Deno.test("every variable stands once", () => {
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[A-Z][A-Z0-9_]*$/);
});

Deno.test("every variable has a meaning of one line", () => {
  for (const { name, doc } of VARIABLES) assert.match(doc, /^[^\n]{3,}$/, name);
});

Deno.test("every ${VARIABLE} of the Compose files is written to .env", () => {
  const wanted = interpolated(base + production);
  assert.ok(wanted.length > 60, "the files were read");
  assert.deepEqual(wanted.filter((name) => !names.includes(name)), []);
});

/** In `.env` for people and other programs; no service takes them from the Compose files. */
const NOT_FOR_COMPOSE = new Set([
  // Read by Compose itself, not by name.
  "COMPOSE_FILE",
  "COMPOSE_PROFILES",
  // Read by rxdx-setup when it creates the administrator.
  "ADMIN_EMAIL",
  "ADMIN_PASSWORD",
  // Read by rxdx-setup when it fetches images.
  "REGISTRY_PASSWORD",
  // Read by rxdx-setup when it makes an account at a certificate authority.
  "ACME_EAB_KEY",
  // Part of the application's documented environment; backups are run by rxdx-setup.
  "BACKUP_ENABLED",
  "BACKUP_SCHEDULE",
  "BACKUP_RETENTION_DAYS",
]);

Deno.test("every variable of .env is read by a Compose file, or listed as not meant for one", () => {
  const wanted = new Set(interpolated(base + production));
  assert.deepEqual(names.filter((name) => !wanted.has(name) && !NOT_FOR_COMPOSE.has(name)), []);
  for (const name of NOT_FOR_COMPOSE) assert.ok(names.includes(name), `${name} is no more`);
});

/** What the application reads (its contract), and what stands in its own environment files. */
const APPLICATION = `ENVIRONMENT DEBUG SECRET_KEY ALGORITHM ACCESS_TOKEN_EXPIRE_MINUTES
  REFRESH_TOKEN_EXPIRE_DAYS CORS_ORIGINS POSTGRES_SERVER POSTGRES_PORT POSTGRES_USER
  POSTGRES_PASSWORD POSTGRES_DB DATABASE_URL AGE_GRAPH_NAME SMTP_HOST SMTP_PORT SMTP_USER
  SMTP_PASSWORD SMTP_TLS EMAIL_FROM EMAIL_REPLY_TO IMAP_HOST IMAP_PORT IMAP_USER IMAP_PASSWORD
  IMAP_TLS IMAP_MAILBOX EMAIL_POLL_INTERVAL_SECONDS LLM_ENABLED LLM_STUDIO_URL LLM_MODEL_NAME
  UPLOAD_DIR MAX_UPLOAD_SIZE AUDIT_LOG_RETENTION_DAYS MAX_LOGIN_ATTEMPTS
  ACCOUNT_LOCK_DURATION_HOURS LOG_LEVEL LOG_DIR LOG_MAX_BYTES LOG_BACKUP_COUNT SENTRY_DSN
  PROMETHEUS_ENABLED`.split(/\s+/);
const ENVIRONMENT_FILES = `BACKEND_PORT FRONTEND_PORT NGINX_PORT NGINX_SSL_PORT VITE_API_URL
  BACKUP_ENABLED BACKUP_SCHEDULE BACKUP_RETENTION_DAYS`.split(/\s+/);

Deno.test("every variable that the application reads reaches the backend's container", () => {
  const compose = parse(base, { merge: true }) as {
    services: { backend: { environment: Record<string, string> } };
  };
  const { environment } = compose.services.backend;
  assert.deepEqual(APPLICATION.filter((name) => !(name in environment)), []);
  assert.equal(environment["POSTGRES_SERVER"], "postgres");
  assert.equal(environment["POSTGRES_PORT"], "5432", "not the port on the host");
});

Deno.test("every variable of the application's environment files is in .env", () => {
  assert.deepEqual(
    [...APPLICATION, ...ENVIRONMENT_FILES].filter((name) =>
      // Fixed in the Compose file: between containers the server is always `postgres`.
      name !== "POSTGRES_SERVER" && !names.includes(name)
    ),
    [],
  );
  assert.ok(!names.includes("JWT_ALGORITHM"), "the application does not read it");
});

function valueOf(name: string, plan = samplePlan()): string {
  const variable = VARIABLES.find((each) => each.name === name);
  assert.ok(variable, name);
  return spelled(variable.value(plan));
}

Deno.test("the password in DATABASE_URL is percent-encoded, and decodes to the password", () => {
  for (
    const password of [
      "simple",
      "p@ss:w/rd?#[]%",
      "ü ✓ 🔑",
      "!'()*~-._",
      "a b+c&d=e",
      "%40",
      "\\\"'$`",
    ]
  ) {
    const url = valueOf("DATABASE_URL", samplePlan({ secrets: { POSTGRES_PASSWORD: password } }));
    const match = /^postgresql\+asyncpg:\/\/rxdx:([A-Za-z0-9._~%-]*)@postgres:5432\/rxdx$/.exec(
      url,
    );
    assert.ok(match, url);
    assert.equal(decodeURIComponent(match[1] ?? ""), password);
    assert.equal(decodeURIComponent(new URL(url).password), password);
  }
});

Deno.test("encoding a password leaves RFC 3986 unreserved characters only (1,000 runs)", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const encoded = encodeUserInfo(text);
      assert.match(encoded, /^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*$/);
      assert.equal(decodeURIComponent(encoded), text);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("CORS_ORIGINS is a JSON list of every name, once, with port and scheme", () => {
  for (
    const [answers, origins] of [
      [{ domain: "x.org" }, ["https://x.org"]],
      [
        { domain: "x.org", aliases: ["www.x.org"], ports: { https: 8443 } },
        ["https://x.org:8443", "https://www.x.org:8443"],
      ],
      [
        { domain: "x.org", application: { cors_origins: ["https://y.org", "https://x.org"] } },
        ["https://x.org", "https://y.org"],
      ],
      [{ environment: "development" }, ["*"]],
      // Names that are part of `https`, or of each other.
      [{ domain: "s", aliases: ["https", "t"] }, ["https://s", "https://https", "https://t"]],
      // IPv6 in brackets, whichever of the names it is.
      [
        { domain: "2001:db8::1", aliases: ["x.org"], ports: { https: 8443 } },
        ["https://[2001:db8::1]:8443", "https://x.org:8443"],
      ],
      [{ domain: "x.org", aliases: ["::1"] }, ["https://x.org", "https://[::1]"]],
      // Browsers send the name in lower case.
      [{ domain: "RxDx.Org" }, ["https://rxdx.org"]],
    ] as const
  ) {
    const value = valueOf("CORS_ORIGINS", samplePlan({ answers: answers as never }));
    assert.deepEqual(JSON.parse(value), origins);
  }
});

Deno.test("a language model on this machine is reached through host.docker.internal", () => {
  for (
    const [url, seen] of [
      ["http://localhost:1234/v1", "http://host.docker.internal:1234/v1"],
      ["http://127.0.0.1:1234/v1", "http://host.docker.internal:1234/v1"],
      ["https://[::1]/v1", "https://host.docker.internal/v1"],
      ["http://localhost", "http://host.docker.internal"],
      ["http://localhost.example.com/v1", "http://localhost.example.com/v1"],
      ["http://10.0.0.5:1234/localhost", "http://10.0.0.5:1234/localhost"],
    ] as const
  ) {
    assert.equal(seenFromContainer(url), seen);
  }
  assert.equal(valueOf("LLM_STUDIO_URL"), "http://host.docker.internal:1234/v1");
});

Deno.test("behind a proxy nginx is published on IPv4 alone, otherwise on every address", () => {
  const published = (tls: Tree) => {
    const plan = samplePlan({ answers: { tls, ports: { http: 8080, https: 8443 } } });
    return ["NGINX_PORT", "NGINX_SSL_PORT"].map((name) => valueOf(name, plan));
  };
  assert.deepEqual(published({}), ["8080", "8443"]);
  assert.deepEqual(
    published({ mode: "external", trusted_proxies: ["172.20.0.1"] }),
    ["0.0.0.0:8080", "0.0.0.0:8443"],
  );
});

Deno.test("DEBUG is off wherever there are users", () => {
  const debug = (environment: string) => valueOf("DEBUG", samplePlan({ answers: { environment } }));
  assert.deepEqual(["development", "staging", "production"].map(debug), ["true", "false", "false"]);
});

Deno.test("exactly the variables that hold a secret are secret", () => {
  const holding = VARIABLES.filter(({ value }) => value(samplePlan()) instanceof Secret)
    .map(({ name }) => name);
  assert.deepEqual(new Set(holding), SECRET_VARIABLES);
  for (const name of SECRET_NAMES) assert.ok(holding.includes(name), name);
  // And no other value contains one.
  const plan = samplePlan();
  const text = VARIABLES.filter(({ name }) => !SECRET_VARIABLES.has(name))
    .map(({ value }) => spelled(value(plan))).join("\n");
  for (const name of SECRET_NAMES) assert.ok(!text.includes(plan.secrets[name].reveal()), name);
});

Deno.test(".env reads back to the values of the plan", () => {
  const plan = samplePlan({ secrets: { SMTP_PASSWORD: "a \"b\" $c \\ 'd' #e" } });
  const file = envFile(plan);
  assert.equal(file.mode, 0o600);
  assert.equal(file.secret, true);
  const values = readEnv(file.text);
  for (const { name, value } of VARIABLES) {
    assert.equal(values.get(name), spelled(value(plan)), name);
  }
  assert.equal(values.size, VARIABLES.length);
});

Deno.test("the documented defaults hold every variable and no secret, and are the same everywhere", () => {
  const one = referenceFiles(samplePlan());
  const other = referenceFiles(samplePlan({
    answers: { domain: "elsewhere.org", environment: "staging", ports: { https: 9443 } },
    facts: { cpus: 64, memoryBytes: 256 * 2 ** 30, uid: 1000, gid: 1000, hostname: "x" },
    secrets: { SECRET_KEY: "another-canary".padEnd(40, "x") },
  }));
  assert.deepEqual(one, other);
  assert.deepEqual(one.map((file) => file.path), [
    ".env.example",
    ".env.development",
    ".env.staging",
    ".env.production",
  ]);
  for (const file of one) {
    const values = readEnv(file.text);
    assert.deepEqual([...values.keys()], names, file.path);
    for (const name of SECRET_VARIABLES) assert.equal(values.get(name), "", name);
    assert.ok(!file.text.includes("canary"), file.path);
  }
  const environments = one.map((file) => readEnv(file.text).get("ENVIRONMENT"));
  assert.deepEqual(environments, ["production", "development", "staging", "production"]);
});
