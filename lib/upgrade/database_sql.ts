/**
 * The SQL of an upgrade: what the schema of a database is, and a copy of a database inside its own server.
 * Pure.
 */

/** Copies of the database as the old version left it, and of what the new one made of it. */
export const COPY = "rxdx_upgrade_before";
export const FAILED = "rxdx_upgrade_failed";

/** The same names for the same things, whatever the role's own search path is. */
const QUALIFIED = "SET search_path = pg_catalog;\n";

/** AGE's own schema among them: with it first in the search path, tables of the application land there. */
const OURS = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;
const NO_EXTENSION = (catalogue: string, oid: string) =>
  `NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalogue}'::regclass AND d.objid = ${oid} ` +
  "AND d.deptype = 'e')";

/**
 * Columns with type, default and NOT NULL; constraints, indexes, views, triggers, functions, enumerations,
 * extensions. No object ids, no data.
 */
export const SCHEMA = `${QUALIFIED}
SELECT coalesce(md5(string_agg(line, E'\\n' ORDER BY line COLLATE "C")), '') FROM (
  SELECT format('column %I.%I %s %I %s %s %s', n.nspname, c.relname, c.relkind, a.attname,
      format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(f.adbin, f.adrelid)) AS line
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef f ON f.adrelid = c.oid AND f.adnum = a.attnum
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND ${OURS}
      AND ${NO_EXTENSION("pg_class", "c.oid")}
  UNION ALL
  SELECT format('constraint %s %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
    FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE k.conrelid <> 0 AND ${OURS}
  UNION ALL
  SELECT pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${OURS}
  UNION ALL
  SELECT format('view %I.%I %s', n.nspname, c.relname, pg_get_viewdef(c.oid))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('v', 'm') AND ${OURS}
  UNION ALL
  SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t WHERE NOT t.tgisinternal
  UNION ALL
  SELECT format('function %s %s', p.oid::regprocedure, md5(p.prosrc))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE ${OURS} AND ${NO_EXTENSION("pg_proc", "p.oid")}
  UNION ALL
  SELECT format('enum %s %s %L', e.enumtypid::regtype, e.enumsortorder, e.enumlabel) FROM pg_enum e
  UNION ALL
  SELECT format('extension %I %s', x.extname, x.extversion) FROM pg_extension x
) AS lines;
`;

/** Graphs and their labels. Asked only where there is AGE. */
export const LABELS = `${QUALIFIED}
SELECT coalesce(md5(string_agg(format('%I %I %s', g.name, l.name, l.kind), E'\\n'
    ORDER BY g.name, l.name)), '')
  FROM ag_catalog.ag_graph g JOIN ag_catalog.ag_label l ON l.graph = g.graphid;
`;

export const HAS_LABELS =
  "SELECT to_regclass('ag_catalog.ag_graph') IS NOT NULL, to_regclass('public.alembic_version') IS NOT NULL;\n";

/** What a migration of Alembic has brought the data to, also where it changed rows alone. */
export const REVISIONS =
  "SELECT coalesce(string_agg(version_num::text, ' ' ORDER BY 1), '') FROM public.alembic_version;\n";

/** A name as SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

export function endConnections(database: string): string {
  return `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
  WHERE datname = ${literal(database)} AND pid <> pg_backend_pid();\n`;
}

export function databaseExists(name: string): string {
  return `SELECT EXISTS (SELECT FROM pg_database WHERE datname = ${literal(name)});\n`;
}

export function databaseBytes(name: string): string {
  return `SELECT pg_database_size(${literal(name)});\n`;
}

/** Bytes of both copies, where they are. */
export function copiesSize(): string {
  return "SELECT coalesce(sum(pg_database_size(oid)), 0) FROM pg_database " +
    `WHERE datname IN (${literal(COPY)}, ${literal(FAILED)});\n`;
}

/** Above this, copying the files is quicker than writing every page to the log as well. */
export const FILE_COPY_BYTES = 256 * 2 ** 20;

/**
 * `CREATE DATABASE … TEMPLATE` copies files: object ids stay, and with them the graphs of AGE. It needs
 * the source without connections.
 */
export function createCopy(source: string, copy: string, bytes: number): string {
  const strategy = bytes > FILE_COPY_BYTES ? "FILE_COPY" : "WAL_LOG";
  return `CREATE DATABASE ${identifier(copy)} TEMPLATE ${
    identifier(source)
  } STRATEGY ${strategy};\n`;
}

export function dropDatabase(name: string): string {
  return `DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE);\n`;
}

/** What belongs to a database and is no part of it: owner, rights, settings. A copy has none of them. */
export function copySettings(source: string, copy: string): string {
  const [from, to] = [literal(source), literal(copy)];
  return `DO $rxdx$
DECLARE one record;
BEGIN
  FOR one IN SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = ${from} LOOP
    EXECUTE format('ALTER DATABASE %I OWNER TO %I', ${to}, one.owner);
  END LOOP;
  IF EXISTS (SELECT FROM pg_database WHERE datname = ${from} AND datacl IS NOT NULL) THEN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', ${to});
    FOR one IN SELECT a.privilege_type AS what, a.is_grantable AS grantable,
        CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS who
      FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = ${from} LOOP
      EXECUTE format('GRANT %s ON DATABASE %I TO %s', one.what, ${to}, one.who) ||
        CASE WHEN one.grantable THEN ' WITH GRANT OPTION' ELSE '' END;
    END LOOP;
  END IF;
  FOR one IN SELECT r.rolname AS role, split_part(c, '=', 1) AS name,
      substr(c, strpos(c, '=') + 1) AS value
    FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
    LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) AS c
    WHERE d.datname = ${from} LOOP
    -- By way of this transaction: a list such as search_path cannot be written down as one literal.
    PERFORM set_config(one.name, one.value, true);
    IF one.role IS NULL THEN
      EXECUTE format('ALTER DATABASE %I SET %s FROM CURRENT', ${to}, one.name);
    ELSE
      EXECUTE format('ALTER ROLE %I IN DATABASE %I SET %s FROM CURRENT', one.role, ${to}, one.name);
    END IF;
  END LOOP;
END
$rxdx$;
`;
}

/** Both names change in one transaction: at no time is there no database of that name. */
export function swapDatabases(present: string, aside: string, instead: string): string {
  return `BEGIN;
ALTER DATABASE ${identifier(present)} RENAME TO ${identifier(aside)};
ALTER DATABASE ${identifier(instead)} RENAME TO ${identifier(present)};
COMMIT;
`;
}
