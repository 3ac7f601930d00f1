/** Each signature against log lines as the programs really write them, and against innocent ones. */
import assert from "node:assert/strict";
import { matchSignature, SIGNATURES } from "./signatures.ts";

/** Signature → lines that mean it. */
const LINES: Readonly<Record<string, readonly string[]>> = {
  "disk-full": [
    'PANIC:  could not write to file "pg_wal/xlogtemp.29": No space left on device',
    "OSError: [Errno 28] No space left on device: '/app/uploads/3f2a.pdf'",
  ],
  "database-password": [
    'FATAL:  password authentication failed for user "rxdx"',
    'asyncpg.exceptions.InvalidPasswordError: password authentication failed for user "rxdx_prod"',
  ],
  "database-superuser-missing": [
    '2026-03-14 10:15:00.123 UTC [63] FATAL:  role "rxdx2" does not exist',
  ],
  "database-missing": ['FATAL:  database "rxdx2" does not exist'],
  "database-version": [
    "FATAL:  database files are incompatible with server",
    "DETAIL:  The data directory was initialized by PostgreSQL version 16, which is not compatible with this version 17.4.",
  ],
  "age-missing": [
    'FATAL:  could not access file "age": No such file or directory',
    'ERROR:  extension "age" is not available',
  ],
  "too-many-connections": [
    "asyncpg.exceptions.TooManyConnectionsError: sorry, too many clients already",
    "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
  ],
  "out-of-memory": [
    "MemoryError",
    "ERROR:  out of memory",
    "FATAL:  could not map anonymous shared memory: Cannot allocate memory",
  ],
  "shared-memory": [
    'ERROR:  could not resize shared memory segment "/PostgreSQL.1804289383" to 67145056 bytes: Permission problem',
    'ERROR:  could not resize shared memory segment "/PostgreSQL.1804289383" to 67145056 bytes: No space left on device',
  ],
  "cors-format": [
    'pydantic_settings.exceptions.SettingsError: error parsing value for field "CORS_ORIGINS" from source "EnvSettingsSource"',
    'pydantic_settings.exceptions.SettingsError: error parsing value for field "cors_origins" from source "EnvSettingsSource"',
  ],
  "certificate-key": [
    'nginx: [emerg] SSL_CTX_use_PrivateKey("/etc/nginx/rxdx/ssl/key.pem") failed (SSL: error:05800074:x509 certificate routines::key values mismatch)',
  ],
  "certificate-unreadable": [
    'nginx: [emerg] cannot load certificate "/etc/nginx/rxdx/ssl/cert.pem": BIO_new_file() failed (SSL: error:80000002:system library::No such file or directory)',
    'nginx: [emerg] cannot load certificate key "/etc/nginx/rxdx/ssl/key.pem": BIO_new_file() failed (SSL: error:8000000D:system library::Permission denied)',
  ],
  "nginx-configuration": [
    'nginx: [emerg] unknown directive "sever" in /etc/nginx/rxdx/nginx.prod.conf:12',
  ],
  "permission-denied": [
    "PermissionError: [Errno 13] Permission denied: '/app/logs/rxdx.log'",
    "mkdir: cannot create directory '/var/lib/postgresql/data/base': Permission denied",
  ],
  "port-bound": [
    "ERROR:    [Errno 98] error while attempting to bind on address ('0.0.0.0', 8000): address already in use",
    "Error response from daemon: driver failed programming external connectivity on endpoint rxdx-nginx-1: Bind for 0.0.0.0:443 failed: port is already allocated",
  ],
  "database-unreachable": [
    'could not translate host name "postgres" to address: Name or service not known',
    "socket.gaierror: [Errno -2] Name or service not known",
    "OSError: Multiple exceptions: [Errno 111] Connection refused ('172.18.0.2', 5432)",
  ],
};

for (const signature of SIGNATURES) {
  Deno.test(`signature ${signature.id}`, () => {
    const lines = LINES[signature.id];
    assert.ok(lines !== undefined, "has lines of its own here");
    for (const line of lines) {
      assert.equal(matchSignature([line])?.id, signature.id, line);
    }
    assert.match(signature.id, /^[a-z][a-z-]+$/);
    assert.ok(signature.cause.length > 10);
    assert.ok(signature.remedy.length > 5);
  });
}

Deno.test("no lines here for a signature that is no more", () => {
  const known = new Set(SIGNATURES.map((each) => each.id));
  assert.deepEqual(Object.keys(LINES).filter((id) => !known.has(id)), []);
});

Deno.test("what is written on a good day matches nothing", () => {
  const innocent = [
    "INFO:     Application startup complete.",
    "LOG:  database system is ready to accept connections",
    "LOG:  checkpoint complete: wrote 42 buffers (0.3%)",
    '{"time":"2026-03-14T10:15:00+00:00","status":200,"uri":"/api/v1/requirements"}',
    "nginx: the configuration file /etc/nginx/rxdx/nginx.conf syntax is ok",
    "server process (PID 63) exited with exit code 0",
    "",
  ];
  for (const line of innocent) assert.equal(matchSignature([line]), undefined, line);
});

Deno.test("the newest line that means something wins", () => {
  const lines = [
    'FATAL:  role "rxdx2" does not exist',
    "Traceback (most recent call last):",
    "OSError: [Errno 28] No space left on device",
    "done",
  ];
  assert.equal(matchSignature(lines)?.id, "disk-full");
  assert.equal(matchSignature([]), undefined);
});
