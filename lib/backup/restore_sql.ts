/**
 * The SQL of a restore beside the running database, pure. Old and new change their names in one
 * transaction, which PostgreSQL allows for `ALTER DATABASE`. While they do, neither lets anybody in: an
 * application that somebody starts in between finds no database, and cannot serve one state's rows with the
 * other's uploads.
 */
import { newDatabase, oldDatabase } from "./restore_state.ts";

/** A name as SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL. */
function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** A database that one can be connected to while the stack's own is renamed. */
export function maintenanceDatabase(live: string): string {
  return live === "postgres" ? "template1" : "postgres";
}

export interface DatabaseRow {
  readonly name: string;
  readonly connectable: boolean;
}

/** Every database of the cluster. */
export const DATABASES =
  "SELECT datname::text AS name, datallowconn AS connectable FROM pg_database ORDER BY 1";

/** Settings whose value is a list, which must not be quoted as one word. */
const LISTS = ["search_path", "session_preload_libraries", "local_preload_libraries", "DateStyle"];

/**
 * An empty database in the cluster's own locale, with what belongs to the one whose place it shall take and is in
 * no dump of its content: owner, rights (`GRANT … ON DATABASE`), settings (`ALTER DATABASE … SET`, and those of a
 * role in it).
 *
 * @param owner where the other is not there
 */
export function createDatabase(id: string, live: string, owner: string): string {
  const name = newDatabase(id);
  const value = "substr(setting, strpos(setting, '=') + 1)";
  const of = `pg_database d WHERE d.datname = ${literal(live)}`;
  return `CREATE DATABASE ${identifier(name)} TEMPLATE template0 OWNER ${identifier(owner)};
SELECT format('ALTER DATABASE %I OWNER TO %I', ${literal(name)}, pg_get_userbyid(d.datdba))
  FROM ${of} \\gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', ${literal(name)})
  FROM ${of} AND d.datacl IS NOT NULL \\gexec
SELECT format('GRANT %s ON DATABASE %I TO %s%s', a.privilege_type, ${literal(name)},
  CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
  CASE WHEN a.is_grantable AND a.grantee <> d.datdba THEN ' WITH GRANT OPTION' ELSE '' END)
  FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = ${literal(live)} \\gexec
SELECT format('ALTER %s SET %I TO %s',
  CASE s.setrole WHEN 0 THEN format('DATABASE %I', ${literal(name)})
    ELSE format('ROLE %I IN DATABASE %I', pg_get_userbyid(s.setrole), ${literal(name)}) END,
  split_part(setting, '=', 1),
  CASE WHEN split_part(setting, '=', 1) IN (${LISTS.map(literal).join(", ")}) THEN ${value}
    ELSE quote_literal(${value}) END)
  FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase,
    unnest(s.setconfig) AS setting
  WHERE d.datname = ${literal(live)} \\gexec
`;
}

/** Removes what a restore that was given up has made. */
export function dropDatabase(name: string): string {
  return `DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE);`;
}

/** Nobody gets in, and who is in is out when it returns. */
export function fence(names: readonly string[]): string {
  return names.map((name) => `ALTER DATABASE ${identifier(name)} WITH ALLOW_CONNECTIONS false;\n`)
    .join("") +
    `SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
  WHERE datname IN (${names.map(literal).join(", ")}) AND pid <> pg_backend_pid();`;
}

export function unfence(name: string): string {
  return `ALTER DATABASE ${identifier(name)} WITH ALLOW_CONNECTIONS true;`;
}

/** The restored database takes the place of the present one, or neither changes its name. */
export function swapDatabases(id: string, live: string): string {
  return exchange(live, oldDatabase(id), newDatabase(id), live);
}

/** The same the other way round. */
export function swapBack(id: string, live: string): string {
  return exchange(live, newDatabase(id), oldDatabase(id), live);
}

function exchange(first: string, to: string, second: string, live: string): string {
  return [
    "BEGIN",
    // Whoever comes later must find the one or the other, also after a power cut.
    "SET LOCAL synchronous_commit = on",
    `ALTER DATABASE ${identifier(first)} RENAME TO ${identifier(to)}`,
    `ALTER DATABASE ${identifier(second)} RENAME TO ${identifier(live)}`,
    `ALTER DATABASE ${identifier(live)} WITH ALLOW_CONNECTIONS true`,
    "COMMIT",
  ].map((line) => `${line};\n`).join("");
}

/**
 * Of `pg_dumpall --globals-only`, what concerns roles that are not here yet. A role that is here keeps its
 * password and its rights: those of the backup may be older than the secrets of this stack.
 */
export function missingRoles(globals: string, present: readonly string[]): string {
  const here = new Set(present);
  const missing = new Set<string>();
  const name = /^(?:CREATE|ALTER) ROLE ("(?:[^"]|"")+"|[^\s;"]+)/;
  const plain = (word: string) =>
    word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word;
  const kept: string[] = [];
  for (const line of globals.split("\n")) {
    const role = name.exec(line)?.[1];
    if (role !== undefined) {
      if (line.startsWith("CREATE") && !here.has(plain(role))) missing.add(role);
      if (missing.has(role)) kept.push(line);
      continue;
    }
    const grant = /^GRANT ("(?:[^"]|"")+"|\S+) TO ("(?:[^"]|"")+"|[^\s;"]+)/.exec(line);
    if (grant !== null && (missing.has(grant[1] ?? "") || missing.has(grant[2] ?? ""))) {
      // Who granted it may be nobody here.
      kept.push(line.replace(/ GRANTED BY .*;$/, ";"));
    }
  }
  return kept.map((line) => `${line}\n`).join("");
}

export const ROLES = "SELECT rolname::text AS role FROM pg_roles";

/** Major version of a `server_version` such as `17.2 (Debian 17.2-1)`; NaN for what is none. */
export function majorVersion(version: string): number {
  return Number.parseInt(version, 10);
}
