/**
 * Documented commands that change something. `CHANGING` go one after the other on the stack,
 * `SETTINGS` beside them on an install that does not run.
 */
import { each, type Run } from "./documented_tables.ts";

const PASSWORD = "nobody types a password here, so that it is generated";
const THERE = "--dir /srv/settings";
const NEVER_STARTED = "settings of many different servers, of an install that is never started";
const SHAPE = "what it prints is compared with docs/reference/json.md";
const PUT_BACK: Run = { arrange: "cp saved.yml /srv/settings/rxdx.yml" };
/** What a line without `--yes` is good for: its plan is made and shown. */
const SHOWN = "without a yes it ends at the question; another line of the same kind is really done";
const WOULD_CHANGE = /This would change the machine/;
const SEED: Run = {
  arrange: "cd /opt/rxdx && docker compose exec -T backend python -m app.db.init_schema",
};

/** A recovery key, and a backup that it opens: what `BESIDE` begins with. */
export const FIRST: readonly Run[] = [
  { line: "rxdx-setup backup key", says: /AGE-SECRET-KEY-1/ },
  {
    arrange: "age-keygen -o key.txt && chmod 600 key.txt && " +
      'rxdx-setup config set "backups.recipients=[$(age-keygen -y key.txt)]"',
  },
  { line: "rxdx-setup apply", add: "--yes" },
  { line: "rxdx-setup backup create", says: /Prove it/ },
  { arrange: "cp /opt/rxdx/backups/{backup}.tar.age /opt/rxdx/backups/{backup}.json /mnt/" },
  { arrange: "cp /mnt/{backup}.tar.age ." },
];

/** Settings of many different servers: of an install that is never started. */
export const SETTINGS: readonly Run[] = [
  {
    arrange: "rxdx-setup init --demo --yes --no-start --dir /srv/settings --name settings " +
      "--set domain=rxdx.example.com --set resources.preset=small && " +
      "cp /srv/settings/rxdx.yml saved.yml",
  },
  ...each({ add: THERE, because: NEVER_STARTED }, [
    "rxdx-setup config set ports.https=8443",
    "rxdx-setup config set ports.https=8443 nginx.max_body=50m",
    "rxdx-setup config set aliases=www.example.com",
    PUT_BACK,
    "rxdx-setup config set resources.backend.memory=2G",
    "rxdx-setup config set alerts.email=ops@example.com email.host=smtp.example.com email.from=rxdx@example.com",
    "rxdx-setup config set alerts.webhook=https://chat.example.com/hooks/abc123",
    'rxdx-setup config set "backups.recipients=[age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p]"',
    'rxdx-setup config set backups.schedule="30 1 * * *"',
    "rxdx-setup config set backups.copy_to=/mnt/nas/rxdx",
    'rxdx-setup config set backups.copy_to="[/mnt/nas/rxdx, sftp://backup@nas.example.com:22/rxdx]"',
    "rxdx-setup config set backups.copy_to=backup@nas.example.com:rxdx",
    "rxdx-setup config set backups.copy_to=rclone:b2:bucket/rxdx",
    "rxdx-setup config set backups.ssh_key=/root/.ssh/id_rxdx",
    "rxdx-setup config set backups.known_hosts=/root/.ssh/known_hosts_rxdx",
    "rxdx-setup config set tls.mode=external 'tls.trusted_proxies=[172.18.0.1]'",
    {
      line:
        "rxdx-setup config set tls.mode=files tls.cert=/etc/ssl/rxdx.pem tls.key=/etc/ssl/rxdx.key",
      replace: { "/etc/ssl/rxdx": "{work}/rxdx" },
    },
    { line: "rxdx-setup config set tls.hsts=year", add: `--json ${THERE}`, because: SHAPE },
    "rxdx-setup config set application.log_level=WARNING nginx.rate_limits.api=50r/s",
  ]),
  PUT_BACK,
  {
    line: "rxdx-setup config set resources.postgres.memory=4G resources.backend.replicas=2",
    replace: { "=4G": "=400M" },
    add: THERE,
    because: NEVER_STARTED,
  },
  {
    line:
      "rxdx-setup config set resources.postgres.max_connections=420 resources.postgres.memory=2G",
    replace: { "=420": "=220", "=2G": "=600M" },
    add: THERE,
    because: NEVER_STARTED,
  },
];

const SECRETS: readonly Run[] = [
  { line: "rxdx-setup secrets rotate", exit: 2, because: "without a name it asks for one" },
  { line: "rxdx-setup secrets rotate --adopt", add: "--yes" },
  ...each({ exit: 2, because: SHOWN, says: WOULD_CHANGE }, [
    "rxdx-setup secrets rotate POSTGRES_PASSWORD",
    "rxdx-setup secrets rotate SECRET_KEY",
    "rxdx-setup secrets rotate POSTGRES_PASSWORD SECRET_KEY",
    "rxdx-setup secrets rotate --all",
    {
      line: "RXDX_SECRET_IMAP_PASSWORD=… rxdx-setup secrets rotate IMAP_PASSWORD --yes",
      replace: { "…": "Zm9yLXRoZS1tYWlsYm94", " --yes": "" },
    },
    {
      line: "rxdx-setup secrets rotate SMTP_PASSWORD IMAP_PASSWORD --secrets-file new.env --yes",
      replace: { " --yes": "" },
    },
  ]),
  { line: "pass show rxdx/smtp | rxdx-setup secrets rotate SMTP_PASSWORD --stdin --yes" },
  { line: "rxdx-setup secrets rotate --all --yes" },
];

const ACCOUNTS: readonly Run[] = [
  SEED,
  ...each({ add: "--yes" }, [
    "rxdx-setup admin remove test@example.com",
    "rxdx-setup admin remove admin@example.com",
  ]),
  SEED,
  { line: "rxdx-setup admin remove admin@example.com pm@example.com --yes" },
  SEED,
  {
    line:
      "rxdx-setup admin remove admin@example.com pm@example.com validator@example.com auditor@example.com test@example.com",
    add: "--yes",
  },
  ...each({ add: "--generate --yes", because: PASSWORD }, [
    "rxdx-setup admin create ops@example.com --generate",
    "rxdx-setup admin create second@example.com",
    "rxdx-setup admin reset-password ops@example.com",
    "rxdx-setup admin reset-password ops@example.com --generate",
    { line: "rxdx-setup admin reset-password EMAIL", replace: { EMAIL: "ops@example.com" } },
  ]),
  { arrange: "rxdx-setup admin remove ops@example.com --yes" },
  { line: "pass show rxdx/ops | rxdx-setup admin create ops@example.com --password-stdin" },
  { arrange: "rxdx-setup admin remove ops@example.com --yes" },
  { line: "pass show rxdx | rxdx-setup admin create ops@example.com --password-stdin" },
  { arrange: "rxdx-setup admin remove ops@example.com --yes" },
  { line: "rxdx-setup admin create ops@example.com", add: "--generate", because: PASSWORD },
  { arrange: "rxdx-setup admin create third@example.com --generate --yes --json" },
  { arrange: "rxdx-setup admin remove third@example.com --yes --json" },
];

const NO_AUTHORITY = "nobody has accepted the terms of an authority; tests/e2e/acme_test.ts does";

const CERTIFICATES: readonly Run[] = [
  ...each({ add: "--yes" }, [
    "rxdx-setup tls import --check fullchain.pem privkey.pem",
    "rxdx-setup tls import fullchain.pem privkey.pem",
    "rxdx-setup tls import cert.pem key.pem",
    "rxdx-setup tls import server.crt server.key --chain intermediate.crt",
    "rxdx-setup tls import server.p12 --passphrase-file pass.txt",
    "rxdx-setup tls import server.p12 --passphrase-file /root/passphrase",
    "rxdx-setup tls undo",
    "rxdx-setup tls self-signed",
    "rxdx-setup tls renew",
    "rxdx-setup tls renew --force --yes",
  ]),
  {
    line: "rxdx-setup tls issue",
    exit: 3,
    add: "--yes",
    because: NO_AUTHORITY,
    says: /accept_terms/,
  },
];

const SERVICES: readonly Run[] = each({ add: "--yes" }, [
  "rxdx-setup scale backend=2",
  ...each({ exit: 2, add: "", because: SHOWN, says: WOULD_CHANGE }, [
    "rxdx-setup scale backend=1",
    { line: "rxdx-setup scale backend=N", replace: { "=N": "=3" } },
    { line: "rxdx-setup scale backend=4", replace: { "=4": "=3" } },
  ]),
  { line: "rxdx-setup scale backend=1 --yes", add: "--json", because: SHAPE },
  "rxdx-setup stop backend",
  "rxdx-setup restart backend",
  "rxdx-setup restart nginx",
  "rxdx-setup stop nginx backend",
  "rxdx-setup start",
  "rxdx-setup restart",
  "rxdx-setup apply --yes --hand-edits merge",
  { line: "docker compose up --detach --remove-orphans", at: "stack", add: "" },
]);

const WATCHING: readonly Run[] = [
  ...each({}, [
    "rxdx-setup alerts silence 2h",
    "rxdx-setup alerts silence 7d",
    'rxdx-setup alerts silence 2h --reason "new disks"',
    'rxdx-setup alerts silence 1d12h --reason "new disks"',
    { line: "rxdx-setup alerts silence off", add: "--json", because: SHAPE },
    "rxdx-setup healthcheck",
    "rxdx-setup healthcheck --quiet",
    "rxdx-setup support-bundle",
    "rxdx-setup report --output iq.html --output iq.json",
    "jq -cj 'del(.document.sha256)' iq.json | sha256sum",
    `jq -r '.checks[] | select(.state != "ok") | [.state, .id, .detail] | @tsv' iq.json`,
    "jq -r '.images[] | [.service, .image, .installed] | @tsv' iq.json",
    {
      line: "tar -tzf rxdx-support-rxdx-20260314T101500Z.tar.gz",
      replace: { "rxdx-support-rxdx-20260314T101500Z": "rxdx-support-{name}-*" },
    },
  ]),
  {
    line: "rxdx-setup alerts test",
    exit: 3,
    because: "nobody is to be told here; tests/e2e/alerts_test.ts has a mail server",
  },
  { line: "rxdx-setup doctor --fix", add: "--yes" },
  {
    line: "rxdx-setup doctor --fix --prune",
    exit: 2,
    because: "without a yes: images are shared with whoever else uses this Docker",
    says: WOULD_CHANGE,
  },
];

const BACKUPS: readonly Run[] = [
  ...each({ add: "--yes" }, [
    "rxdx-setup backup key --json",
    { line: "rxdx-setup backup create --with-logs", add: "--yes --json", because: SHAPE },
    "rxdx-setup backup create --passphrase-file pass.txt",
    "rxdx-setup backup run",
    { line: "rxdx-setup backup verify", add: "--yes --json", because: SHAPE },
    { line: "install -m 600 /dev/null /dev/shm/recovery", add: "" },
    { arrange: "cat key.txt > /dev/shm/recovery" },
    "rxdx-setup backup verify --identity-file /dev/shm/recovery",
    { line: "rm /dev/shm/recovery", add: "" },
    "rxdx-setup backup list --remote",
    "rxdx-setup backup copy rxdx-20260314T020000Z --to /media/usb",
    "rxdx-setup backup copy --to rclone:b2:bucket/rxdx",
    { arrange: "rm {backup}.tar.age; rm /opt/rxdx/backups/{newest}.*" },
    "rxdx-setup backup fetch rxdx-20260314T020000Z --from rclone:b2:bucket/rxdx --output .",
    { line: "rxdx-setup backup fetch --from T", replace: { T: "rclone:b2:bucket/rxdx" } },
    { line: "rxdx-setup backup restore --dry-run", add: "--json", because: SHAPE },
    "rxdx-setup backup restore",
    { line: "rxdx-setup backup prune --dry-run", add: "--json", because: SHAPE },
    "rxdx-setup backup prune --yes",
  ]),
  {
    line: "rxdx-setup backup copy",
    exit: 3,
    because: "the stack of the test has no backups.copy_to, and it says so",
  },
  {
    line: "rxdx-setup backup restore --take-back",
    exit: 2,
    because: "no restore was interrupted here, and it says so",
  },
  ...each({ add: "--dry-run", because: "one restore into this stack is enough" }, [
    "rxdx-setup backup restore rxdx-20260314T020000Z",
    {
      line: "rxdx-setup backup restore rxdx-20260314T101500Z",
      replace: { "rxdx-20260314T101500Z": "{backup}" },
    },
    {
      line: 'rxdx-setup backup restore --at "2026-03-14 12:00"',
      replace: { "2026-03-14 12:00": "2099-01-01 12:00" },
    },
  ]),
];

/** Before the stack goes. */
const LAST: readonly Run[] = [
  { line: "rxdx-setup upgrade", add: "--yes", says: /Nothing to upgrade/ },
  {
    line: "rxdx-setup uninstall",
    exit: 2,
    because: SHOWN,
    says: WOULD_CHANGE,
  },
  {
    line: 'rxdx-setup stop --maintenance --message "Back at 14:00"',
    add: "--yes",
  },
  { line: "rxdx-setup stop", add: "--yes" },
  {
    line: "rxdx-setup uninstall --purge --confirm rxdx --yes",
    replace: { "--confirm rxdx": "--confirm {name}" },
  },
];

export const CHANGING: readonly Run[] = [
  ...ACCOUNTS,
  ...SECRETS,
  ...CERTIFICATES,
  ...SERVICES,
  ...WATCHING,
  ...BACKUPS,
  ...LAST,
];
