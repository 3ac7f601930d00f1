/** What the database says of itself, asked over its own socket inside its container. */
import type { Engine } from "../engine/client.ts";
import type { StatusDocument } from "./status.ts";

/** One row: size, connections, limit, AGE version, age of the slowest running statement but this one. */
const FIGURES = `SELECT pg_database_size(current_database()),
  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
  current_setting('max_connections'),
  coalesce((SELECT extversion FROM pg_extension WHERE extname = 'age'), ''),
  coalesce((SELECT extract(epoch FROM max(clock_timestamp() - query_start))::bigint::text
    FROM pg_stat_activity WHERE state = 'active' AND backend_type = 'client backend'
    AND pid <> pg_backend_pid()), '')`;

/** The configured graph, else the first one. Asked apart: without AGE the table does not exist. */
const GRAPH =
  `SELECT name::text FROM ag_catalog.ag_graph ORDER BY name::text = '$GRAPH' DESC, name LIMIT 1`;

const TIMEOUT_MS = 5_000;

const UNREACHABLE: StatusDocument["database"] = {
  reachable: false,
  size_bytes: null,
  connections: null,
  max_connections: null,
  slowest_query_seconds: null,
  age_version: null,
  graph: null,
};

/**
 * @param container name of the running database container, `undefined` when there is none
 * @param names validated identifiers, so that they need no quoting
 */
export async function databaseStatus(
  engine: Engine,
  container: string | undefined,
  names: { readonly user: string; readonly name: string; readonly graph: string },
): Promise<StatusDocument["database"]> {
  if (container === undefined) return UNREACHABLE;
  const ask = async (query: string): Promise<string[] | undefined> => {
    const result = await engine.exec(container, [
      "psql",
      "--no-psqlrc",
      "--tuples-only",
      "--no-align",
      "--field-separator=|",
      `--username=${names.user}`,
      `--dbname=${names.name}`,
      `--command=${query}`,
    ], { timeoutMs: TIMEOUT_MS });
    return result.code === 0 ? result.stdout.trim().split("|") : undefined;
  };
  try {
    const figures = await ask(FIGURES);
    if (figures === undefined) return UNREACHABLE;
    const [size, connections, limit, age = "", slowest = ""] = figures;
    const [graph = ""] = age === "" ? [] : await ask(GRAPH.replace("$GRAPH", names.graph)) ?? [];
    return {
      reachable: true,
      size_bytes: Number(size),
      connections: Number(connections),
      max_connections: Number(limit),
      slowest_query_seconds: slowest === "" ? null : Number(slowest),
      age_version: age === "" ? null : age,
      graph: graph === "" ? null : graph,
    };
  } catch {
    return UNREACHABLE;
  }
}
