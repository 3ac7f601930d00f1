/** Failures of PostgreSQL 17 with Apache AGE, and of the entrypoint of its image. Data. */
import type { Signature } from "./signature.ts";

export const POSTGRES: readonly Signature[] = [
  // Before disk-full: PostgreSQL ends this message with "No space left on device" as well.
  {
    id: "shared-memory",
    pattern: /could not resize shared memory segment/i,
    cause: "/dev/shm is too small for maintenance_work_mem",
    remedy: "rxdx-setup apply (it sets POSTGRES_SHM_SIZE)",
  },
  {
    id: "database-password-unset",
    pattern: /Database is uninitialized and superuser password is not specified/i,
    cause: "POSTGRES_PASSWORD is empty in .env",
    remedy: "rxdx-setup apply (it writes .env anew)",
  },
  {
    id: "database-password",
    pattern: /password authentication failed for user|InvalidPasswordError/i,
    cause: "the database has another password than the one in .env",
    remedy: "rxdx-setup secrets rotate --adopt (the database takes the one in .env)",
  },
  {
    id: "database-not-admitted",
    pattern: /no pg_hba\.conf entry for host/i,
    cause: "pg_hba.conf in the data directory does not admit the address that the backend has",
    remedy: "docker compose exec postgres cat /var/lib/postgresql/data/pg_hba.conf",
  },
  {
    id: "database-superuser-missing",
    pattern: /role "[^"]*" does not exist/i,
    cause: "database.user was changed after the database was made",
    remedy: "rxdx-setup config get database.user, and set it back",
  },
  {
    id: "database-missing",
    pattern: /database "[^"]*" does not exist/i,
    cause: "database.name was changed after the database was made",
    remedy: "rxdx-setup config get database.name, and set it back",
  },
  {
    id: "database-version",
    pattern: /database files are incompatible with server|initialized by PostgreSQL version/i,
    cause: "the data belong to another major version of PostgreSQL",
    remedy: "Go back to the former image; a major upgrade needs a backup and a restore",
  },
  {
    id: "collation-version",
    pattern: /collation version mismatch|but the operating system provides version/i,
    cause: "the image brings another version of the sort order; indexes on text may miss rows",
    remedy: "docker compose exec postgres psql -U rxdx -d rxdx -c 'REINDEX DATABASE rxdx' " +
      "-c 'ALTER DATABASE rxdx REFRESH COLLATION VERSION'",
  },
  {
    id: "database-directory-foreign",
    pattern: /initdb: error: directory "[^"]*" exists but is not empty/i,
    cause: "the data directory holds files that are no database: a half copied or restored volume",
    remedy:
      "docker compose run --rm --no-deps --entrypoint ls postgres -la /var/lib/postgresql/data",
  },
  {
    id: "database-directory-owner",
    pattern: /data directory "[^"]*" has (?:wrong ownership|invalid permissions|group or world)/i,
    cause: "the data directory belongs to another user, or others may read it",
    remedy:
      "docker compose run --rm --no-deps --entrypoint ls postgres -lnd /var/lib/postgresql/data",
  },
  {
    id: "database-runs-twice",
    pattern:
      /lock file "postmaster\.pid" already exists|Is another postmaster \(PID \d+\) running/i,
    cause: "another PostgreSQL uses the same data directory",
    remedy: "docker ps --filter volume=rxdx_postgres_data_prod",
  },
  {
    id: "database-log-damaged",
    pattern: /could not locate a valid checkpoint record|invalid (?:primary )?checkpoint record/i,
    cause:
      "the write-ahead log is damaged: the disk lied at a power cut, or files were copied live",
    remedy: "Restore a backup; do not run pg_resetwal: rxdx-setup logs --tail 50 postgres",
  },
  {
    id: "database-page-damaged",
    pattern: /page verification failed, calculated checksum|invalid page in block \d+ of relation/i,
    cause: "a page of the database is damaged: the disk or the memory is failing",
    remedy: "sudo dmesg --level err,warn | tail -50; then restore a backup on a sound machine",
  },
  {
    id: "transaction-wraparound",
    pattern: /to avoid wraparound data loss|must be vacuumed within \d+ transactions/i,
    cause: "transaction numbers are nearly used up; vacuum has not come through for a long time",
    remedy: "docker compose exec postgres vacuumdb --all --freeze --username rxdx",
  },
  {
    id: "database-process-killed",
    pattern: /process \(PID \d+\) was terminated by signal 9/i,
    cause: "the kernel killed a database process, most often because memory ran out",
    remedy: "Raise resources.postgres.memory in rxdx.yml, then rxdx-setup apply",
  },
  {
    id: "database-crashed",
    pattern: /process \(PID \d+\) was terminated by signal (?:4|6|7|8|11)\b/i,
    cause: "a database process crashed; the query that did it stands in the lines below",
    remedy: "rxdx-setup logs --tail 100 postgres",
  },
  {
    id: "database-parameter",
    pattern:
      /invalid value for parameter "|unrecognized configuration parameter "|configuration file "[^"]*" contains errors/i,
    cause: "a parameter of PostgreSQL is not valid",
    remedy: "rxdx-setup plan, to see what was edited; or look into docker-compose.override.yml",
  },
  {
    id: "age-missing",
    pattern: /could not access file "age"|extension "age" is not available/i,
    cause: "the PostgreSQL image has no Apache AGE",
    remedy: "Set images to ones with AGE, for example apache/age:release_PG17_1.6.0",
  },
  {
    id: "age-not-created",
    pattern: /schema "ag_catalog" does not exist|relation "ag_catalog\.ag_graph" does not exist/i,
    cause: "the database has no Apache AGE: its initialisation did not come to its end",
    remedy: "docker compose exec postgres bash /docker-entrypoint-initdb.d/10-age.sh",
  },
  {
    id: "age-not-loaded",
    pattern: /unhandled cypher\(cstring\) function call|function cypher\([^)]*\) does not exist/i,
    cause: "a session used Cypher without LOAD 'age' or without ag_catalog in its search_path",
    remedy: "Between backend and database no pool may share sessions; rxdx-setup apply",
  },
  {
    id: "graph-missing",
    pattern: /graph "[^"]*" does not exist/i,
    cause: "database.graph was changed after the database was made, or the graph was dropped",
    remedy: "docker compose exec postgres bash /docker-entrypoint-initdb.d/10-age.sh",
  },
  {
    id: "schema-missing",
    pattern: /UndefinedTableError|relation "[^"]*" does not exist/i,
    cause: "the tables of the application were not created",
    remedy: "rxdx-setup apply (it creates them)",
  },
  {
    id: "too-many-connections",
    pattern: /too many clients already|remaining connection slots are reserved/i,
    cause: "all database connections are in use",
    remedy: "Raise resources.postgres.max_connections or lower backend workers",
  },
  {
    id: "deadlock",
    pattern: /deadlock detected|DeadlockDetectedError/i,
    cause: "two transactions waited for each other; one of them was ended",
    remedy: "rxdx-setup logs --tail 100 postgres (it names both statements)",
  },
  {
    id: "lock-wait",
    pattern: /process \d+ still waiting for \w+Lock on/i,
    cause: "a session waits for the lock of another",
    remedy: "docker compose exec postgres psql -U rxdx -d rxdx -c " +
      "'SELECT pid, pg_blocking_pids(pid), left(query, 80) FROM pg_stat_activity " +
      "WHERE cardinality(pg_blocking_pids(pid)) > 0'",
  },
  {
    id: "statement-timeout",
    pattern: /canceling statement due to (?:statement|lock) timeout|QueryCanceledError/i,
    cause: "a query ran longer than its time limit",
    remedy: "rxdx-setup logs --tail 100 postgres (it names the statement)",
  },
  {
    id: "database-read-only",
    pattern: /cannot execute [A-Z ]+ in a read-only transaction/i,
    cause:
      "the database accepts no changes: it is a standby, or default_transaction_read_only is on",
    remedy: "docker compose exec postgres psql -U rxdx -d rxdx -c " +
      "'SELECT pg_is_in_recovery()' -c 'SHOW default_transaction_read_only'",
  },
  {
    id: "database-starting",
    pattern:
      /the database system is (?:starting up|shutting down|in recovery mode|not yet accepting)/i,
    cause: "the database is starting, stopping, or replaying its log after a crash",
    remedy: "Wait; rxdx-setup logs -f postgres tells how far it is",
    general: true,
  },
  {
    id: "database-connection-lost",
    pattern:
      /connection was closed in the middle of operation|server closed the connection unexpectedly|terminating connection due to (?:administrator command|unexpected postmaster exit)|ConnectionDoesNotExistError/i,
    cause: "the database went away while it was in use: a restart or a crash",
    remedy: "rxdx-setup logs --tail 50 postgres",
    general: true,
  },
];
