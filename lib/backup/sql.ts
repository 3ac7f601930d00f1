/**
 * The SQL of backups, pure: what is counted, how a row becomes a number, and how the graphs of Apache AGE
 * are made whole after a logical restore.
 */

/** How backups call themselves in pg_stat_activity. */
export const APPLICATION = "rxdx-setup-backup";

/** The same text for the same value on either side, whatever the defaults of the two databases are. */
export const SESSION_SETTINGS: string = [
  `SET application_name = '${APPLICATION}'`,
  "SET timezone = 'UTC'",
  "SET datestyle = 'ISO, YMD'",
  "SET intervalstyle = 'postgres'",
  "SET extra_float_digits = 1",
  "SET bytea_output = 'hex'",
  "SET xmlbinary = 'base64'",
  "SET lc_monetary = 'C'",
  "SET client_encoding = 'UTF8'",
  "SET statement_timeout = 0",
  "SET idle_in_transaction_session_timeout = 0",
  "SET lock_timeout = '60s'",
  `SET search_path = ag_catalog, "$user", public`,
].map((line) => `${line};\n`).join("");

/** One consistent view of the database, which `pg_dump --snapshot` then shares. */
export const BEGIN_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\n";

export const SNAPSHOT = `SELECT pg_export_snapshot() AS snapshot,
  to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at,
  pg_current_wal_lsn()::text AS wal_lsn,
  current_setting('server_version') AS version,
  pg_database_size(current_database()) AS bytes,
  coalesce((SELECT extversion FROM pg_extension WHERE extname = 'age'), '') AS age_version`;

/** Ordinary tables that no extension owns, leaves of partitioned ones included. */
export const TABLES = `SELECT format('%I.%I', n.nspname, c.relname) AS "table"
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
      AND d.objid = c.oid AND d.deptype = 'e')
  ORDER BY 1`;

export const SEQUENCES = `SELECT format('%I.%I', schemaname, sequencename) AS sequence,
    CASE WHEN increment_by > 0 AND NOT cycle THEN coalesce(last_value::text, '') ELSE '' END AS value
  FROM pg_sequences WHERE schemaname !~ '^pg_'
  ORDER BY 1`;

export const LARGE_OBJECTS = "SELECT count(*) AS count FROM pg_largeobject_metadata";

/** @param table quoted where it has to be, as {@link TABLES} gives it */
export function tableSum(table: string): string {
  // A table's own column must not take the name of the row for itself.
  return `SELECT count(*) AS rows,
    coalesce(sum(hashtextextended(rxdx_row_::text, 0)::numeric), 0)::text AS digest
  FROM ONLY ${table} AS rxdx_row_`;
}

/** The catalogue of graphs, without the object ids that are another on every server. */
export const GRAPH_CATALOGUE = `SELECT count(*) AS rows,
    coalesce(sum(hashtextextended(concat_ws('|', g.name, g.namespace, l.name, l.id, l.kind,
      l.relation, l.seq_name), 0)::numeric), 0)::text AS digest
  FROM ag_catalog.ag_graph g JOIN ag_catalog.ag_label l ON l.graph = g.graphid`;

export const HAS_AGE = "SELECT to_regclass('ag_catalog.ag_graph') IS NOT NULL AS there";

/** Label tables as they hang below their graph's schema. */
export const GRAPHS = `SELECT g.name::text AS graph, l.name::text AS label, l.kind::text AS kind,
    l.relation::regclass::text AS relation
  FROM ag_catalog.ag_graph g LEFT JOIN ag_catalog.ag_label l ON l.graph = g.graphid
  ORDER BY g.name::text, l.id`;

/** A text as SQL. */
function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** Rows of one label, without those of the labels that inherit from it. */
export function labelCount(relation: string): string {
  return `SELECT count(*) AS count FROM ONLY ${relation}`;
}

/** Graphs whose id is not that of their schema: none, once {@link FIX_GRAPH_IDS} has run. */
export const WRONG_IDS =
  "SELECT count(*) AS count FROM ag_catalog.ag_graph WHERE graphid <> namespace::oid";

/** Asked the way the application asks. */
export function matchCount(graph: string, pattern: "(n)" | "()-[e]->()"): string {
  const what = pattern === "(n)" ? "n" : "e";
  return `SELECT found::text AS count FROM ag_catalog.cypher(${literal(graph)}, ` +
    `$rxdx$ MATCH ${pattern} RETURN count(${what}) $rxdx$) AS (found ag_catalog.agtype)`;
}

/** A label that no application has. */
const PROBE_LABEL = "RxdxBackupProof";

/** Makes a label of each kind, writes to it and takes all of it away again. */
export function writeProof(graph: string): string {
  const run = (cypher: string) =>
    `SELECT * FROM ag_catalog.cypher(${literal(graph)}, $rxdx$ ${cypher} $rxdx$) ` +
    "AS (found ag_catalog.agtype);\n";
  return [
    run(
      `CREATE (a:${PROBE_LABEL} {n: 1})-[:${PROBE_LABEL}Edge]->(:${PROBE_LABEL} {n: 2}) RETURN a`,
    ),
    run(`MATCH (a:${PROBE_LABEL})-[e:${PROBE_LABEL}Edge]->(b) DELETE e RETURN a`),
    run(`MATCH (a:${PROBE_LABEL}) DELETE a`),
  ].join("") +
    [`${PROBE_LABEL}Edge`, PROBE_LABEL].map((label) =>
      `SELECT ag_catalog.drop_label(${literal(graph)}, ${literal(label)});\n`
    ).join("");
}

/**
 * AGE keeps the object id of each graph's schema as the graph's own id, and a dump carries it to a server
 * where the schema has another (apache/age#2503). By the version of AGE every query then fails, or all is
 * well until a new graph's schema happens to get that number. In one transaction every id becomes that of
 * the schema it stands for. In two rounds, because the ids of old
 * and new may be the same numbers for different graphs, and both columns are unique.
 */
export const FIX_GRAPH_IDS = `BEGIN;
LOCK TABLE ag_catalog.ag_graph, ag_catalog.ag_label IN ACCESS EXCLUSIVE MODE;
CREATE TEMPORARY TABLE rxdx_ids ON COMMIT DROP AS
  SELECT graphid AS old, namespace::oid AS new,
    (4000000000 + row_number() OVER (ORDER BY graphid))::oid AS meanwhile
  FROM ag_catalog.ag_graph;
CREATE TEMPORARY TABLE rxdx_keys ON COMMIT DROP AS
  SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
  WHERE conrelid = 'ag_catalog.ag_label'::regclass AND contype = 'f'
    AND confrelid = 'ag_catalog.ag_graph'::regclass;
DO $rxdx$
DECLARE key record;
BEGIN
  FOR key IN SELECT * FROM rxdx_keys LOOP
    EXECUTE format('ALTER TABLE ag_catalog.ag_label DROP CONSTRAINT %I', key.conname);
  END LOOP;
  UPDATE ag_catalog.ag_label l SET graph = i.meanwhile FROM rxdx_ids i WHERE l.graph = i.old;
  UPDATE ag_catalog.ag_graph g SET graphid = i.meanwhile FROM rxdx_ids i WHERE g.graphid = i.old;
  UPDATE ag_catalog.ag_label l SET graph = i.new FROM rxdx_ids i WHERE l.graph = i.meanwhile;
  UPDATE ag_catalog.ag_graph g SET graphid = i.new FROM rxdx_ids i WHERE g.graphid = i.meanwhile;
  FOR key IN SELECT * FROM rxdx_keys LOOP
    EXECUTE format('ALTER TABLE ag_catalog.ag_label ADD CONSTRAINT %I %s', key.conname,
      key.definition);
  END LOOP;
END
$rxdx$;
COMMIT;
`;
