/**
 * What a log line of a failed service means and what to do about it. Data, offline, one test each;
 * the first match wins, so the more telling ones stand first.
 */

export interface Signature {
  /** Stable name, kebab-case. */
  readonly id: string;
  readonly pattern: RegExp;
  readonly cause: string;
  /** A command, or where to look. */
  readonly remedy: string;
}

export const SIGNATURES: readonly Signature[] = [
  // Before disk-full: PostgreSQL ends this message with "No space left on device" as well.
  {
    id: "shared-memory",
    pattern: /could not resize shared memory segment/i,
    cause: "/dev/shm is too small for maintenance_work_mem",
    remedy: "rxdx-setup apply (it sets POSTGRES_SHM_SIZE)",
  },
  {
    id: "disk-full",
    pattern: /No space left on device|could not write to file|disk quota exceeded/i,
    cause: "the disk is full",
    remedy: "df -h; docker system df",
  },
  {
    id: "database-password",
    pattern: /password authentication failed for user|InvalidPasswordError/i,
    cause: "the database volume was made with another password than the one in .env",
    remedy: "Restore the .env that belongs to this volume",
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
    id: "age-missing",
    pattern: /could not access file "age"|extension "age" is not available/i,
    cause: "the PostgreSQL image has no Apache AGE",
    remedy: "Set images to ones with AGE, for example apache/age:release_PG17_1.6.0",
  },
  {
    id: "too-many-connections",
    pattern: /too many clients already|remaining connection slots are reserved/i,
    cause: "all database connections are in use",
    remedy: "Raise resources.postgres.max_connections or lower backend workers",
  },
  {
    id: "out-of-memory",
    pattern: /out of memory|MemoryError|Cannot allocate memory/i,
    cause: "the memory limit is too small",
    remedy: "Raise resources.<service>.memory in rxdx.yml, then rxdx-setup apply",
  },
  {
    id: "cors-format",
    pattern: /error parsing value for field "?cors_origins/i,
    cause: "CORS_ORIGINS is not a JSON list",
    remedy: "rxdx-setup apply (it writes .env anew)",
  },
  {
    id: "certificate-key",
    pattern: /key values mismatch/i,
    cause: "certificate and key do not belong together",
    remedy: "rxdx-setup apply",
  },
  {
    id: "certificate-unreadable",
    pattern: /cannot load certificate(?: key)? "[^"]*": BIO_new_file\(\) failed/i,
    cause: "nginx cannot read the certificate or its key",
    remedy: "ls -l nginx/ssl; rxdx-setup apply",
  },
  {
    id: "nginx-configuration",
    pattern: /\[emerg\].* in \/etc\/nginx\//i,
    cause: "the nginx configuration is not valid",
    remedy: "rxdx-setup plan, to see what was edited",
  },
  {
    id: "permission-denied",
    pattern: /permission denied/i,
    cause: "a file or volume belongs to another user",
    remedy: "docker compose logs, and ls -ln on the path that is named there",
  },
  {
    id: "port-bound",
    pattern: /address already in use|port is already allocated/i,
    cause: "the port is taken",
    remedy: "rxdx-setup plan, to see by which program",
  },
  {
    id: "database-unreachable",
    pattern: /could not translate host name|Name or service not known|Connection refused.*5432/i,
    cause: "the backend cannot reach the database",
    remedy: "docker compose ps postgres; docker compose logs postgres",
  },
];

/** The first signature that matches any of the lines, newest line first. */
export function matchSignature(lines: readonly string[]): Signature | undefined {
  for (const line of lines.toReversed()) {
    const found = SIGNATURES.find((signature) => signature.pattern.test(line));
    if (found !== undefined) return found;
  }
  return undefined;
}
