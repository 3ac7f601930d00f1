/** The checks of `doctor` that are about the database and who can log in to the application. */
import { type DoctorCheck, type Found, found } from "../../doctor/check.ts";
import {
  judgeDatabase,
  judgeLogin,
  judgeTransactions,
  parseTransactions,
} from "../../doctor/database.ts";
import { type AccountFacts, judgeAccounts } from "../../doctor/install.ts";
import { PUBLIC_PASSWORD, SEEDED_EMAILS } from "../accounts/checks.ts";
import { type DoctorScene, running } from "./scene.ts";

type DatabaseCheck = DoctorCheck<DoctorScene>;

const PSQL_MS = 5_000;

/** Over the database's own socket, which needs no password. `undefined` when it cannot be asked. */
async function ask(scene: DoctorScene, query: string): Promise<string | undefined> {
  const [postgres] = await running(scene, "postgres");
  if (postgres === undefined) return undefined;
  const { user, name } = scene.install.answers.database;
  const asked = await scene.engine.exec(
    postgres.summary.Id,
    [...PSQL, `--username=${user}`, `--dbname=${name}`, `--command=${query}`],
    { timeoutMs: PSQL_MS },
  ).catch(() => undefined);
  return asked?.code === 0 ? asked.stdout.trim() : undefined;
}

const PSQL = [
  "psql",
  "--no-psqlrc",
  "--no-password",
  "--tuples-only",
  "--no-align",
  "--field-separator=|",
] as const;

/** As the backend does it: over TCP, with the password of `.env`, which travels as a variable. */
async function login(scene: DoctorScene): Promise<Found> {
  const [postgres] = await running(scene, "postgres");
  if (postgres === undefined) {
    return found("database-login", "Database login", "unknown", "no database runs", {});
  }
  const { user, name } = scene.install.answers.database;
  const password = scene.install.secrets.POSTGRES_PASSWORD;
  if (password === undefined || password === "") {
    return found("database-login", "Database login", "fail", ".env has no POSTGRES_PASSWORD", {
      hint: "Restore the .env that belongs to this volume",
    });
  }
  const asked = await scene.engine.exec(
    postgres.summary.Id,
    [...PSQL, "--host=127.0.0.1", `--username=${user}`, `--dbname=${name}`, "--command=SELECT 1"],
    { env: { PGPASSWORD: password, PGCONNECT_TIMEOUT: "4" }, timeoutMs: PSQL_MS },
  ).catch(() => undefined);
  if (asked === undefined) return judgeLogin({ ok: false, message: "no answer in time" }, user);
  return judgeLogin({ ok: asked.code === 0, message: asked.stderr }, user);
}

async function connections(scene: DoctorScene): Promise<readonly Found[]> {
  const [postgres] = await running(scene, "postgres");
  if (postgres === undefined) return [];
  const { reachable, connections, max_connections, age_version, graph } = await scene.database();
  return judgeDatabase({
    reachable,
    connections,
    maxConnections: max_connections,
    ageVersion: age_version,
    graph,
  }, scene.install.answers.database.graph);
}

const TRANSACTIONS = `SELECT count(*) FILTER (WHERE state = 'active'),
  count(*) FILTER (WHERE state <> 'active'),
  coalesce(extract(epoch FROM max(now() - xact_start)), 0)::int,
  coalesce((array_agg(pid ORDER BY xact_start))[1], 0)
  FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND xact_start < now() - interval '5 minutes'`;

async function transactions(scene: DoctorScene): Promise<readonly Found[]> {
  const [postgres] = await running(scene, "postgres");
  if (postgres === undefined) return [];
  const row = await ask(scene, TRANSACTIONS);
  return [judgeTransactions(row === undefined ? undefined : parseTransactions(row))];
}

/**
 * Which of them exist, and whether the last login of each failed: one more failure might lock it, and a
 * wrong guess of ours must never be what does.
 */
const ACCOUNTS = `SELECT email, failed_login_attempts = 0
    AND coalesce(locked_until < now(), true) FROM users
  WHERE is_active AND email IN (${SEEDED_EMAILS.map((email) => `'${email}'`).join(", ")})`;

async function accounts(scene: DoctorScene): Promise<Found> {
  const { environment } = scene.install.answers;
  const [[backend], rows] = await Promise.all([
    running(scene, "backend"),
    ask(scene, ACCOUNTS),
  ]);
  if (backend === undefined || rows === undefined) return judgeAccounts(undefined, environment);
  const existing = rows.split("\n").filter((row) => row !== "").map((row) => row.split("|"));
  const facts = await Promise.all(existing.map(async ([email = "", clean]) => {
    if (clean !== "t") return { email, state: "skipped" } satisfies AccountFacts;
    const logsIn = await tryLogin(scene, backend.summary.Id, email);
    return { email, state: logsIn ? "open" : "closed" } satisfies AccountFacts;
  }));
  return judgeAccounts(facts, environment);
}

/** In the backend's own container: past nginx, whose limits for logins are for people. */
async function tryLogin(scene: DoctorScene, id: string, email: string): Promise<boolean> {
  const asked = await scene.engine.exec(id, [
    "curl",
    "--noproxy",
    "*",
    "-s",
    "-m",
    "4",
    "-o",
    "/dev/null",
    "-w",
    "%{http_code}",
    "-H",
    "Content-Type: application/json",
    "-d",
    // No secret: it stands in the application's public sources.
    JSON.stringify({ email, password: PUBLIC_PASSWORD }),
    "http://127.0.0.1:8000/api/v1/auth/login",
  ], { timeoutMs: PSQL_MS }).catch(() => undefined);
  return asked?.stdout.trim() === "200";
}

export const DATABASE_CHECKS: readonly DatabaseCheck[] = [
  {
    id: "database-login",
    title: "Database login",
    looksAt: "A login over TCP with the password of .env",
    services: ["postgres", "backend"],
    engine: true,
    remedy: "rxdx-setup logs --tail 50 postgres",
    run: login,
  },
  {
    id: "database-connections",
    title: "Connections",
    looksAt: "Connections in use, AGE and the configured graph",
    services: ["postgres"],
    engine: true,
    remedy: "rxdx-setup logs --tail 50 postgres",
    run: connections,
  },
  {
    id: "database-transactions",
    title: "Transactions",
    looksAt: "Transactions that have been open for more than five minutes",
    services: ["postgres"],
    engine: true,
    severity: "warning",
    remedy: "rxdx-setup logs --tail 50 postgres",
    run: transactions,
  },
  {
    id: "default-accounts",
    title: "Default accounts",
    looksAt:
      "Do the accounts with a public password still log in; each is tried once, and never when a failed login could lock it",
    services: ["backend"],
    engine: true,
    remedy: "rxdx-setup admin list; rxdx-setup admin remove EMAIL",
    run: accounts,
  },
];
