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
  "age-not-created": [
    'ERROR:  schema "ag_catalog" does not exist',
    'asyncpg.exceptions.UndefinedTableError: relation "ag_catalog.ag_graph" does not exist',
  ],
  "age-not-loaded": ["ERROR:  unhandled cypher(cstring) function call"],
  "address-pools": [
    "Error response from daemon: could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
    "failed to create network rxdx_rxdx-network: Error response from daemon: all predefined address pools have been fully subnetted",
  ],
  "application-missing": [
    'ERROR:    Error loading ASGI app. Could not import module "app.main".',
  ],
  "backend-startup": ["ERROR:    Application startup failed. Exiting."],
  "body-too-large": [
    '2026/03/14 10:15:00 [error] 22#22: *17 client intended to send too large body: 31457280 bytes, client: 192.0.2.7, server: rxdx.example.com, request: "POST /api/v1/documents HTTP/1.1", host: "rxdx.example.com"',
  ],
  "certificate-format": [
    'nginx: [emerg] cannot load certificate "/etc/nginx/rxdx/ssl/cert.pem": PEM_read_bio_X509_AUX() failed (SSL: error:0480006C:PEM routines::no start line:Expecting: TRUSTED CERTIFICATE)',
  ],
  "collation-version": [
    'WARNING:  database "rxdx" has a collation version mismatch',
    "DETAIL:  The database was created using collation version 2.36, but the operating system provides version 2.41.",
  ],
  "compose-invalid": [
    "yaml: line 12: mapping values are not allowed in this context",
    "validating /opt/rxdx/docker-compose.override.yml: services.backend Additional property imge is not allowed",
  ],
  "connections-limit": [
    "2026/03/14 10:15:00 [alert] 22#22: 1024 worker_connections are not enough",
  ],
  "container-name-taken": [
    'Error response from daemon: Conflict. The container name "/rxdx-nginx-1" is already in use by container "0f4e". You have to remove (or rename) that container to be able to reuse that name.',
  ],
  "container-runtime": [
    "Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: unknown",
  ],
  "database-connection-lost": [
    "asyncpg.exceptions.ConnectionDoesNotExistError: connection was closed in the middle of operation",
    "FATAL:  terminating connection due to administrator command",
  ],
  "database-crashed": [
    "LOG:  server process (PID 63) was terminated by signal 11: Segmentation fault",
  ],
  "database-directory-foreign": [
    'initdb: error: directory "/var/lib/postgresql/data" exists but is not empty',
  ],
  "database-directory-owner": [
    'FATAL:  data directory "/var/lib/postgresql/data" has wrong ownership',
    'FATAL:  data directory "/var/lib/postgresql/data" has invalid permissions',
  ],
  "database-log-damaged": [
    "PANIC:  could not locate a valid checkpoint record at 0/1528290",
    "LOG:  invalid checkpoint record",
  ],
  "database-not-admitted": [
    'FATAL:  no pg_hba.conf entry for host "172.18.0.5", user "rxdx", database "rxdx", no encryption',
  ],
  "database-page-damaged": [
    "WARNING:  page verification failed, calculated checksum 13059 but expected 41170",
    "ERROR:  invalid page in block 4 of relation base/16384/16397",
  ],
  "database-parameter": [
    'FATAL:  invalid value for parameter "shared_buffers": "256XB"',
    'FATAL:  unrecognized configuration parameter "shared_bufers"',
  ],
  "database-password-unset": [
    "Error: Database is uninitialized and superuser password is not specified.",
  ],
  "database-process-killed": [
    "LOG:  server process (PID 63) was terminated by signal 9: Killed",
    "LOG:  checkpointer process (PID 27) was terminated by signal 9: Killed",
  ],
  "database-read-only": [
    "ERROR:  cannot execute INSERT in a read-only transaction",
    "asyncpg.exceptions.ReadOnlySQLTransactionError: cannot execute CREATE TABLE in a read-only transaction",
  ],
  "database-runs-twice": [
    'FATAL:  lock file "postmaster.pid" already exists',
    'HINT:  Is another postmaster (PID 1) running in data directory "/var/lib/postgresql/data"?',
  ],
  "database-starting": [
    "FATAL:  the database system is starting up",
    "asyncpg.exceptions.CannotConnectNowError: the database system is in recovery mode",
  ],
  "deadlock": [
    "ERROR:  deadlock detected",
    "sqlalchemy.exc.DBAPIError: (sqlalchemy.dialects.postgresql.asyncpg.Error) <class 'asyncpg.exceptions.DeadlockDetectedError'>: deadlock detected",
  ],
  "dependency-failed": [
    "dependency failed to start: container rxdx-postgres-1 is unhealthy",
    "dependency failed to start: container rxdx-backend-1 exited (3)",
  ],
  "disk-failing": [
    'ERROR:  could not read block 42 in file "base/16384/16397": Input/output error',
    'PANIC:  could not fsync file "pg_wal/000000010000000000000003": Invalid argument',
  ],
  "docker-denied": [
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.45/containers/json": dial unix /var/run/docker.sock: connect: permission denied',
  ],
  "docker-down": [
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    "error during connect: dial unix /var/run/docker.sock: connect: connection refused",
  ],
  "file-watchers": [
    "Error: ENOSPC: System limit for number of file watchers reached, watch '/app/src'",
    "Error: ENOSPC: no space left on device, watch '/app/src'",
  ],
  "files-limit": [
    "OSError: [Errno 24] Too many open files: '/app/uploads/3f2a.pdf'",
    "2026/03/14 10:15:00 [alert] 22#22: *17 socket() failed (24: Too many open files) while connecting to upstream",
  ],
  "firewall-chains": [
    "Error response from daemon: driver failed programming external connectivity on endpoint rxdx-nginx-1 (0f4e):  (iptables failed: iptables --wait -t nat -A DOCKER -p tcp -d 0/0 --dport 443 -j DNAT: iptables: No chain/target/match by that name.",
  ],
  "graph-missing": ['ERROR:  graph "rxdx_graph" does not exist'],
  "image-architecture": [
    "exec /usr/local/bin/docker-entrypoint.sh: exec format error",
    "The requested image's platform (linux/arm64) does not match the detected host platform (linux/amd64/v3) and no specific platform was requested",
  ],
  "image-missing": [
    "Error response from daemon: No such image: rxdx-demo/backend:0f4e",
    "manifest for registry.example.com/rxdx/backend:1.2.3 not found: manifest unknown: manifest unknown",
  ],
  "image-store-damaged": [
    "failed to register layer: rename /var/lib/docker/image/overlay2/layerdb/tmp/write-set-1 : file exists",
  ],
  "lock-wait": [
    "LOG:  process 63 still waiting for ShareLock on transaction 812 after 1000.123 ms",
  ],
  "mail-login": [
    "aiosmtplib.errors.SMTPAuthenticationError: (535, '5.7.8 Error: authentication failed')",
    "smtplib.SMTPAuthenticationError: (535, b'5.7.8 Error: authentication failed')",
  ],
  "mail-unreachable": [
    "aiosmtplib.errors.SMTPConnectError: Error connecting to mail.example.com on port 587",
  ],
  "mailbox-login": [
    "imaplib.IMAP4.error: b'[AUTHENTICATIONFAILED] Authentication failed.'",
  ],
  "mount-missing": [
    'Error response from daemon: invalid mount config for type "bind": bind source path does not exist: /opt/rxdx/nginx',
  ],
  "name-server-silent": [
    "socket.gaierror: [Errno -3] Temporary failure in name resolution",
    "Error: getaddrinfo EAI_AGAIN backend",
  ],
  "network-gone": [
    "Error response from daemon: network 3c0f4e6d1b2a9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d not found",
  ],
  "node-heap": [
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
  ],
  "node-package-missing": [
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'vite' imported from /app/vite.config.ts",
    "Error: Cannot find module '@rollup/rollup-linux-x64-gnu'",
    "sh: 1: vite: not found",
  ],
  "npm-registry": [
    "npm error code ENOTFOUND",
    "npm ERR! network ETIMEDOUT",
  ],
  "pool-exhausted": [
    "sqlalchemy.exc.TimeoutError: QueuePool limit of size 10 overflow 20 reached, connection timed out, timeout 30.00",
  ],
  "port-privileged": ["nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)"],
  "processes-limit": [
    "RuntimeError: can't start new thread",
    "LOG:  could not fork new process for connection: Resource temporarily unavailable",
  ],
  "program-missing": [
    'Error response from daemon: failed to create task for container: OCI runtime create failed: runc create failed: unable to start container process: exec: "uvicorn": executable file not found in $PATH: unknown',
  ],
  "pull-denied": [
    "Error response from daemon: pull access denied for rxdx/backend, repository does not exist or may require 'docker login'",
    'Error response from daemon: Head "https://registry.example.com/v2/rxdx/backend/manifests/1.2.3": no basic auth credentials',
  ],
  "pull-limit": [
    "toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit",
  ],
  "python-package-missing": [
    "ModuleNotFoundError: No module named 'asyncpg'",
    "ImportError: cannot import name 'AsyncSession' from 'sqlalchemy.ext.asyncio'",
  ],
  "rate-limited": [
    '2026/03/14 10:15:00 [error] 22#22: *17 limiting requests, excess: 3.240 by zone "auth", client: 192.0.2.7, server: rxdx.example.com',
  ],
  "read-only-path": [
    "OSError: [Errno 30] Read-only file system: '/app/cache'",
  ],
  "registry-unreachable": [
    'Error response from daemon: Get "https://registry.example.com/v2/": dial tcp: lookup registry.example.com on 192.0.2.53:53: no such host',
    'Error response from daemon: Get "https://registry.example.com/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
  ],
  "registry-untrusted": [
    'Error response from daemon: Get "https://registry.example.com/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
  ],
  "schema-missing": ['ERROR:  relation "users" does not exist at character 15'],
  "service-untrusted": [
    "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:1006)",
  ],
  "setting-missing": [
    "error while interpolating services.backend.environment.SECRET_KEY: required variable SECRET_KEY is missing a value: is missing in .env - rxdx-setup writes it",
  ],
  "settings-invalid": [
    "pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings",
  ],
  "statement-timeout": ["ERROR:  canceling statement due to statement timeout"],
  "transaction-wraparound": [
    'ERROR:  database is not accepting commands that assign new transaction IDs to avoid wraparound data loss in database "rxdx"',
    'WARNING:  database "rxdx" must be vacuumed within 39985967 transactions',
  ],
  "upstream-closed": [
    "2026/03/14 10:15:00 [error] 22#22: *17 upstream prematurely closed connection while reading response header from upstream, client: 192.0.2.7",
  ],
  "upstream-none-left": [
    '2026/03/14 10:15:00 [error] 22#22: *17 no live upstreams while connecting to upstream, client: 192.0.2.7, upstream: "http://backend/"',
  ],
  "upstream-refused": [
    '2026/03/14 10:15:00 [error] 22#22: *17 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.7, upstream: "http://172.18.0.4:8000/"',
    "2026/03/14 10:15:00 [error] 22#22: *17 connect() failed (113: No route to host) while connecting to upstream, client: 192.0.2.7",
  ],
  "upstream-slow": [
    "2026/03/14 10:15:00 [error] 22#22: *17 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 192.0.2.7",
  ],
  "upstream-unknown": [
    'nginx: [emerg] host not found in upstream "backend" in /etc/nginx/rxdx/nginx.prod.conf:88',
    "2026/03/14 10:15:00 [error] 22#22: backend could not be resolved (3: Host not found)",
  ],
  "vite-host": [
    'Blocked request. This host ("rxdx.example.com") is not allowed.',
  ],
  "worker-died": ["INFO:     Child process [9] died"],
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
    "INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)",
    "INFO:     Started server process [9]",
    "INFO:     Waiting for child process [9]",
    "INFO:     connection closed",
    "LOG:  database system is ready to accept connections",
    "LOG:  database system was shut down at 2026-03-14 10:15:00 UTC",
    "LOG:  checkpoint complete: wrote 42 buffers (0.3%)",
    "LOG:  checkpoint starting: immediate force wait",
    'LOG:  automatic vacuum of table "rxdx.public.users": index scans: 1',
    "LOG:  could not receive data from client: Connection reset by peer",
    'LOG:  temporary file: path "base/pgsql_tmp/pgsql_tmp63.0", size 20971520',
    'NOTICE:  graph "rxdx_graph" has been created',
    'ERROR:  duplicate key value violates unique constraint "users_email_key"',
    "PostgreSQL init process complete; ready for start up.",
    '10-age.sh: Apache AGE is ready in database "rxdx", graph "rxdx_graph", role "rxdx"',
    '{"time":"2026-03-14T10:15:00+00:00","status":200,"uri":"/api/v1/requirements"}',
    '{"time":"2026-03-14T10:15:00+00:00","status":403,"uri":"/api/v1/audit"}',
    "nginx: the configuration file /etc/nginx/rxdx/nginx.conf syntax is ok",
    "2026/03/14 10:15:00 [notice] 1#1: signal 1 (SIGHUP) received from 44, reconfiguring",
    "2026/03/14 10:15:00 [notice] 1#1: worker process 22 exited with code 0",
    "2026/03/14 10:15:00 [info] 22#22: *17 client 192.0.2.7 closed keepalive connection",
    "2026/03/14 10:15:00 [warn] 22#22: *17 a client request body is buffered to a temporary file",
    "server process (PID 63) exited with exit code 0",
    "  VITE v6.2.1  ready in 412 ms",
    " Container rxdx-nginx-1  Started",
    "Login failed for somebody@example.com: wrong password",
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

Deno.test("a line that only says that it failed yields to one that says why", () => {
  const lines = [
    "OSError: [Errno 28] No space left on device: '/app/uploads/3f2a.pdf'",
    "ERROR:    Application startup failed. Exiting.",
  ];
  assert.equal(matchSignature(lines)?.id, "disk-full");
  assert.equal(matchSignature(lines.slice(1))?.id, "backend-startup");
});

Deno.test("no name stands twice", () => {
  const ids = SIGNATURES.map((each) => each.id);
  assert.deepEqual(ids.filter((id, index) => ids.indexOf(id) !== index), []);
  assert.ok(ids.length >= 34, `${ids.length} signatures`);
});
