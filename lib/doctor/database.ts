/** Is the database well: login, connections, AGE and graph, transactions that stay open? Pure. */
import { age, type Found, found } from "./check.ts";
import { matchSignature } from "./signatures.ts";

/** How a login with the application's own password over TCP ended. */
export interface LoginFacts {
  readonly ok: boolean;
  /** What psql wrote to standard error; never holds the password. */
  readonly message: string;
}

export function judgeLogin({ ok, message }: LoginFacts, user: string): Found {
  const title = "Database login";
  if (ok) return found("database-login", title, "ok", `as ${user}, with the password in .env`);
  const lines = message.trim().split("\n");
  const signature = matchSignature(lines);
  return found(
    "database-login",
    title,
    "fail",
    `${user} cannot log in with the password in .env: ` +
      (signature?.cause ?? lines.at(-1) ?? "no answer"),
    { hint: signature?.remedy ?? "rxdx-setup logs --tail 50 postgres" },
  );
}

/** What the database says of itself over its own socket. */
export interface DatabaseFacts {
  readonly reachable: boolean;
  readonly connections: number | null;
  readonly maxConnections: number | null;
  readonly ageVersion: string | null;
  readonly graph: string | null;
}

/** The same as of `status`. */
const CONNECTIONS_NEAR = 0.85;

export function judgeDatabase(facts: DatabaseFacts, wantedGraph: string): Found[] {
  if (!facts.reachable) {
    return [found("database-connections", "Connections", "fail", "The database does not answer", {
      hint: "rxdx-setup logs --tail 50 postgres",
    })];
  }
  return [connections(facts), graph(facts, wantedGraph)];
}

function connections({ connections: used, maxConnections: limit }: DatabaseFacts): Found {
  const title = "Connections";
  if (used === null || limit === null) {
    return found("database-connections", title, "unknown", "could not be counted");
  }
  const near = used > limit * CONNECTIONS_NEAR;
  return found(
    "database-connections",
    title,
    used >= limit - 3 ? "fail" : near ? "warn" : "ok",
    `${used} of ${limit} in use`,
    {
      hint: near
        ? "Raise resources.postgres.max_connections or lower resources.backend.workers, then " +
          "rxdx-setup apply"
        : "",
    },
  );
}

function graph({ ageVersion, graph: name }: DatabaseFacts, wanted: string): Found {
  const title = "Graph";
  const hint = "docker compose exec postgres bash /docker-entrypoint-initdb.d/10-age.sh";
  if (ageVersion === null) {
    return found(
      "database-graph",
      title,
      "fail",
      "The extension age is not installed in the database",
      { hint },
    );
  }
  if (name === null) {
    return found("database-graph", title, "fail", `AGE ${ageVersion}, but there is no graph`, {
      hint,
    });
  }
  if (name !== wanted) {
    return found(
      "database-graph",
      title,
      "fail",
      `AGE ${ageVersion}; there is a graph ${name}, but none that is called ${wanted}`,
      { hint: `rxdx-setup config set database.graph=${name}` },
    );
  }
  return found("database-graph", title, "ok", `AGE ${ageVersion}, graph ${name}`);
}

/** Transactions that have been open for a while; seconds. */
export interface TransactionFacts {
  /** Open for more than five minutes, working. */
  readonly long: number;
  /** Open for more than five minutes, and nobody does anything in them. */
  readonly idle: number;
  readonly oldestSeconds: number;
  readonly oldestPid: number;
}

export function judgeTransactions(facts: TransactionFacts | undefined): Found {
  const title = "Transactions";
  if (facts === undefined) {
    return found("database-transactions", title, "unknown", "could not be looked at");
  }
  const { long, idle, oldestSeconds, oldestPid } = facts;
  if (long + idle === 0) {
    return found("database-transactions", title, "ok", "none is open for more than 5 min");
  }
  const parts = [
    ...(long === 0 ? [] : [`${long} at work`]),
    ...(idle === 0 ? [] : [`${idle} idle`]),
  ];
  return found(
    "database-transactions",
    title,
    oldestSeconds > 3_600 ? "fail" : "warn",
    `Open for more than 5 min: ${parts.join(", ")}; the oldest for ${age(oldestSeconds)} ` +
      `(pid ${oldestPid}). They keep locks, and vacuum from its work`,
    {
      hint: "docker compose exec postgres psql -U rxdx -d rxdx -c " +
        `"SELECT pid, state, now() - xact_start, left(query, 80) FROM pg_stat_activity WHERE pid = ${oldestPid}"`,
    },
  );
}

/** One row of the query of transactions: `long|idle|oldest seconds|pid`. */
export function parseTransactions(row: string): TransactionFacts | undefined {
  const [long, idle, oldest, pid] = row.trim().split("|").map(Number);
  if (
    long === undefined || idle === undefined || oldest === undefined || pid === undefined ||
    [long, idle, oldest, pid].some((each) => Number.isNaN(each))
  ) return undefined;
  return { long, idle, oldestSeconds: oldest, oldestPid: pid };
}
