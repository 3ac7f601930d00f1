/** SQL of a restore: names that are quoted, the exchange in one transaction, roles that are missing here. */
import assert from "node:assert/strict";
import {
  createDatabase,
  fence,
  maintenanceDatabase,
  majorVersion,
  missingRoles,
  swapBack,
  swapDatabases,
} from "./restore_sql.ts";

const ID = "0a1b2c3d";

Deno.test("old and new change their names in one transaction, and back", () => {
  const lines = (sql: string) => sql.trim().split("\n");
  assert.deepEqual(lines(swapDatabases(ID, 'od"d')), [
    "BEGIN;",
    "SET LOCAL synchronous_commit = on;",
    'ALTER DATABASE "od""d" RENAME TO "rxdx_before_0a1b2c3d";',
    'ALTER DATABASE "rxdx_restore_0a1b2c3d" RENAME TO "od""d";',
    'ALTER DATABASE "od""d" WITH ALLOW_CONNECTIONS true;',
    "COMMIT;",
  ]);
  assert.deepEqual(lines(swapBack(ID, "rxdx")).slice(2, 4), [
    'ALTER DATABASE "rxdx" RENAME TO "rxdx_restore_0a1b2c3d";',
    'ALTER DATABASE "rxdx_before_0a1b2c3d" RENAME TO "rxdx";',
  ]);
});

Deno.test("a fence shuts out before it ends who is in", () => {
  const sql = fence(["a", "it's"]);
  assert.ok(sql.indexOf("ALLOW_CONNECTIONS false") < sql.indexOf("pg_terminate_backend"));
  assert.match(sql, /datname IN \('a', 'it''s'\) AND pid <> pg_backend_pid\(\)/);
});

Deno.test("a name cannot break out of the statement that makes the database", () => {
  assert.match(createDatabase(ID, "o'x", 'us"er'), /OWNER "us""er";[\s\S]*d\.datname = 'o''x'/);
});

Deno.test("the stack's database may have the name of the one that is usually connected to", () => {
  assert.equal(maintenanceDatabase("rxdx"), "postgres");
  assert.equal(maintenanceDatabase("postgres"), "template1");
});

const GLOBALS = `SET standard_conforming_strings = on;
CREATE ROLE rxdx;
ALTER ROLE rxdx WITH SUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:old';
CREATE ROLE "Read only";
ALTER ROLE "Read only" WITH NOSUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:x';
ALTER ROLE "Read only" SET statement_timeout TO '5s';
ALTER ROLE rxdx SET work_mem TO '1GB';
GRANT pg_read_all_data TO "Read only" WITH INHERIT TRUE GRANTED BY rxdx_prod;
GRANT pg_monitor TO rxdx WITH INHERIT TRUE GRANTED BY rxdx;
`;

Deno.test("only roles that are not here are made; those that are keep their password", () => {
  const sql = missingRoles(GLOBALS, ["rxdx", "pg_read_all_data"]);
  assert.equal(
    sql,
    `CREATE ROLE "Read only";
ALTER ROLE "Read only" WITH NOSUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:x';
ALTER ROLE "Read only" SET statement_timeout TO '5s';
GRANT pg_read_all_data TO "Read only" WITH INHERIT TRUE;
`,
  );
  assert.equal(missingRoles(GLOBALS, ["rxdx", "Read only"]), "");
  assert.equal(missingRoles("", []), "");
});

Deno.test("major versions", () => {
  assert.deepEqual(
    ["17.2 (Debian 17.2-1)", "16.4", "18beta1", "?"].map(majorVersion),
    [17, 16, 18, Number.NaN],
  );
});
