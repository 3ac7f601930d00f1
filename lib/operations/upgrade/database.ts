/**
 * The database of a stack that is upgraded: its schema's fingerprint, and a copy of it as the old version
 * left it, inside the same server: made in seconds, exact, and swapped back by its name.
 */
import { maintenanceDatabase } from "../../backup/restore_sql.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { mustRun } from "../../steps/command.ts";
import {
  copiesSize,
  COPY,
  copySettings,
  createCopy,
  databaseBytes,
  databaseExists,
  dropDatabase,
  endConnections,
  FAILED,
  FILE_COPY_BYTES,
  HAS_LABELS,
  LABELS,
  REVISIONS,
  SCHEMA,
  swapDatabases,
} from "../../upgrade/database_sql.ts";
import { type Database, inContainer, psql } from "../backup/session.ts";

/** Attempts to have a database for oneself: who comes back is sent away again. */
const ATTEMPTS = 20;
const AGAIN_MS = 250;

/** Runs SQL; returns its unaligned rows. */
async function ask(host: Host, database: Database, sql: string): Promise<string> {
  const { stdout } = await mustRun(host, inContainer(database.container, psql(database)), {
    stdin: sql,
    code: "database_query_failed",
    hint: "rxdx-setup logs --tail 50 postgres",
    exit: EXIT.unhealthy,
  });
  return stdout.trim();
}

/** From where the database can be copied and renamed, also where it is called `postgres` itself. */
const beside = (database: Database): Database => ({
  ...database,
  name: maintenanceDatabase(database.name),
});

export async function bytesOf(host: Host, database: Database): Promise<number> {
  return Number(await ask(host, database, databaseBytes(database.name))) || 0;
}

/** Changes with every table, column, constraint, index, function, label and revision; not with rows. */
export async function schemaFingerprint(host: Host, database: Database): Promise<string> {
  const [age, revisions] = (await ask(host, database, HAS_LABELS)).split("|");
  return [
    await ask(host, database, SCHEMA),
    age === "t" ? await ask(host, database, LABELS) : "",
    revisions === "t" ? await ask(host, database, REVISIONS) : "",
  ].join(":");
}

export async function hasCopy(host: Host, database: Database): Promise<boolean> {
  return await ask(host, beside(database), databaseExists(COPY)) === "t";
}

/** Whether there is a database that a newer version left. */
export async function hasFailed(host: Host, database: Database): Promise<boolean> {
  return await ask(host, beside(database), databaseExists(FAILED)) === "t";
}

/** Runs what needs a database without connections. */
async function alone(host: Host, database: Database, sql: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      await ask(host, beside(database), endConnections(database.name) + sql);
      return;
    } catch (error) {
      const busy = error instanceof SetupError &&
        /being accessed by other users/.test(error.message);
      if (!busy || attempt >= ATTEMPTS) throw error;
      await host.clock.sleep(AGAIN_MS);
    }
  }
}

/** What the copy and its log take. */
export function copyBytes(database: number): number {
  return database + Math.min(database, FILE_COPY_BYTES);
}

/** What copies of earlier attempts take, which {@link makeCopy} removes first. */
export async function copiesBytes(host: Host, database: Database): Promise<number> {
  return Number(await ask(host, beside(database), copiesSize())) || 0;
}

/** Makes the copy anew. */
export async function makeCopy(host: Host, database: Database): Promise<void> {
  const bytes = await bytesOf(host, database);
  await dropCopies(host, database);
  await alone(host, database, createCopy(database.name, COPY, bytes));
  await ask(host, beside(database), copySettings(database.name, COPY));
}

/** Puts the copy in the place of the database; what was there stays until {@link dropCopies}. */
export async function swapBack(host: Host, database: Database): Promise<void> {
  await ask(host, beside(database), dropDatabase(FAILED));
  await alone(host, database, endConnections(COPY) + swapDatabases(database.name, FAILED, COPY));
}

/** Removes the copy; what the newer version left stays, until the next copy is made. */
export async function dropCopy(host: Host, database: Database): Promise<void> {
  await ask(host, beside(database), dropDatabase(COPY));
}

export async function dropCopies(host: Host, database: Database): Promise<void> {
  await dropCopy(host, database);
  await ask(host, beside(database), dropDatabase(FAILED));
}

/** True when the schema of the database is not that of the copy. */
export async function movedSinceCopy(host: Host, database: Database): Promise<boolean> {
  const [now, then] = [
    await schemaFingerprint(host, database),
    await schemaFingerprint(host, { ...database, name: COPY }),
  ];
  return now !== then;
}

/** `17.6` */
export async function serverVersion(host: Host, database: Database): Promise<string> {
  const text = await ask(host, database, "SHOW server_version;\n");
  return /^\d+(\.\d+)?/.exec(text)?.[0] ?? "";
}

/** Empty for an extension that is not installed. */
export function extensionVersion(host: Host, database: Database, name: string): Promise<string> {
  return ask(host, database, `SELECT extversion FROM pg_extension WHERE extname = '${name}';\n`);
}
