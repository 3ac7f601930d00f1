/** Documented commands that run in directories of their own, beside the stack. */
import { each, type Run } from "./documented_tables.ts";

const FILES_ONLY =
  "files only, with a directory and a name of its own: one stack is enough, and the " +
  "machine may have one";

/** Names and ports of the guides belong to whoever has them; the second stack here has its own. */
const PORTS = " --set ports.http={drillhttp} --set ports.https={drillhttps}";
const OWN = {
  "=8081": "={drillhttp}",
  "=8444": "={drillhttps}",
  "--name drill": "--name {drill}",
  "--name rehearsal": "--name {drill}",
};

const INSTALLS: readonly Run[] = each(
  { add: "--no-start --dir {fresh} --name {drill}-new --yes", because: FILES_ONLY },
  [
    "rxdx-setup init",
    "rxdx-setup init --demo --yes",
    "rxdx-setup init --demo --env development --yes",
    "rxdx-setup init --demo --env development --set tls.mode=none --yes",
    "rxdx-setup init --env production --yes",
    "rxdx-setup init --env production --set domain=rxdx.example.com --yes",
    "rxdx-setup init --env production --set domain=rxdx.example.com --set admin.email=ops@example.com --yes",
    "rxdx-setup init --env production --set domain=rxdx.example.com --set ports.http=8080 --set ports.https=8443 --yes",
    "rxdx-setup init --env production --set domain=rxdx.example.com --set tls.mode=external --set 'tls.trusted_proxies=[10.0.0.5]' --yes",
    "rxdx-setup init --env production --set domain=rxdx.example.com --set images.source=registry --set images.registry=registry.example.com/rxdx --set images.tag=1.2.0 --yes",
    "rxdx-setup init --yes --set domain=rxdx.example.org --set tls.mode=letsencrypt --set tls.accept_terms=true",
    'RXDX_SECRET_SMTP_PASSWORD="$(pass smtp)" rxdx-setup init --yes',
    'RXDX_SECRET_REGISTRY_PASSWORD="$(pass registry)" rxdx-setup init --yes --set images.source=registry --set images.registry=registry.example.com/rxdx --set images.tag=1.2.0 --set images.username=deploy',
    "rxdx-setup init --yes --set images.source=build --set images.path=/srv/RxDx",
    "rxdx-setup init --env development --set images.source=build --set images.path=/srv/RxDx --yes",
    {
      line:
        "rxdx-setup init --dir /srv/rxdx-staging --name rxdx-staging --env staging --set ports.http=8080 --set ports.https=8443",
      add: "--no-start --yes",
    },
    "rxdx-setup init --answers answers.yml --yes",
    "install -m 600 /dev/null secrets.env",
    { line: "echo 'SMTP_PASSWORD=…' >> secrets.env", replace: { "…": "for-the-mail" } },
    "rxdx-setup init --secrets-file secrets.env --yes",
    "rxdx-setup init --answers answers.yml --secrets-file secrets.env --yes",
    {
      line: `echo "SMTP_PASSWORD='…'" >> secrets.env`,
      add: "",
      replace: { "…": "for-the-mail", ">> secrets": "> secrets" },
      because: "the other guide has written the same name already",
    },
    "rxdx-setup init --answers answers.yml --secrets-file secrets.env",
    "rm secrets.env",
  ].map((run) =>
    typeof run === "string" && !run.includes("rxdx-setup")
      ? { line: run, add: "" }
      : typeof run === "string" || run.line.includes("rxdx-setup")
      ? run
      : { ...run, add: "" }
  ),
);

const BUNDLES: readonly Run[] = [
  ...each({}, [
    "minisign -G -W -p bundle.pub -s bundle.key",
    "minisign -G -W -p mirror.pub -s mirror.key",
    "minisign -G -W -p release.pub -s release.key",
    { line: "rxdx-setup bundle create --demo --output rxdx.bundle.tar" },
    {
      line: "rxdx-setup bundle create --sign bundle.key",
      add: "--demo --output rxdx-1.4.0.bundle.tar",
      because: "not of the stack, which is changed at the same time; the next lines use that name",
    },
    "rxdx-setup bundle show rxdx-1.4.0.bundle.tar",
    "rxdx-setup bundle show rxdx.bundle.tar",
    { line: "rxdx-setup bundle show FILE", replace: { FILE: "rxdx.bundle.tar" } },
    "rxdx-setup bundle verify rxdx-1.4.0.bundle.tar --key bundle.pub",
    {
      line: "rxdx-setup bundle verify rxdx.bundle.tar --key bundle.pub",
      exit: 5,
      because: "that example's bundle was made without a signature, and is refused",
    },
    {
      line: "rxdx-setup bundle verify FILE",
      replace: { FILE: "rxdx-1.4.0.bundle.tar" },
      exit: 4,
      because: "without the key nothing is vouched for",
    },
    "mkdir x && tar xf rxdx-1.4.0.bundle.tar -C x && cd x",
    { line: "sha256sum --check --quiet SHA256SUMS", at: "x" },
    { line: "minisign -V -m SHA256SUMS -p ../bundle.pub", at: "x" },
    {
      line: "rxdx-setup verify SHA256SUMS",
      add: "--key ../bundle.pub --json",
      at: "x",
      because: "the bundle is signed by this key, and not by that of a release",
    },
    { arrange: "ln rxdx.bundle.tar bundle.tar && minisign -S -s mirror.key -m bundle.tar" },
    "rxdx-setup verify bundle.tar --key mirror.pub",
    { line: "install -m 755 rxdx-setup /usr/local/bin/rxdx-setup", at: "x" },
    { line: "tar xOf rxdx-1.4.0.bundle.tar SHA256SUMS | sha256sum", says: /^[0-9a-f]{64} /m },
  ]),
  ...each({ add: "--no-start --dir {fresh} --name {drill}-new --yes", because: FILES_ONLY }, [
    {
      line: "rxdx-setup init --yes --set images.source=archive --set images.file=/root/rxdx.tar",
      replace: { "/root/rxdx.tar": "{work}/rxdx.bundle.tar" },
    },
    "rxdx-setup init --bundle rxdx-1.4.0.bundle.tar --key bundle.pub --set domain=rxdx.example.com",
    "rxdx-setup init --bundle rxdx.bundle.tar --allow-unsigned",
    {
      line: "rxdx-setup init --bundle FILE",
      replace: { FILE: "rxdx.bundle.tar" },
      exit: 5,
      because: "without the key nothing is vouched for",
    },
    {
      line: "rxdx-setup init --bundle rxdx.bundle.tar --key bundle.pub",
      exit: 5,
      because: "that example's bundle was made without a signature, and is refused",
    },
  ]),
];

const BY_HAND: readonly Run[] = [
  ...each({}, [
    "mkdir restored",
    "age --decrypt --identity key.txt rxdx-20260314T020000Z.tar.age | tar -x -C restored",
    {
      line:
        "age --decrypt --identity key.txt rxdx-20260314T020000Z.tar.age | tar -x -O config/rxdx.yml",
      says: /schema: 1/,
    },
    {
      line:
        "docker run --detach --name rescue --env POSTGRES_USER=rxdx --env POSTGRES_PASSWORD=change-me --env POSTGRES_DB=rescue apache/age:release_PG17_1.6.0 postgres -c shared_preload_libraries=age",
      replace: {
        "--name rescue": "--name {rescue}",
        "apache/age:release_PG17_1.6.0": "{postgresimage}",
      },
    },
    {
      line: "until docker exec rescue pg_isready -h 127.0.0.1 -U rxdx; do sleep 1; done",
      replace: { "exec rescue": "exec {rescue}" },
    },
    {
      line: "docker exec -i rescue psql -U rxdx -d rescue < restored/globals.sql",
      replace: { "-i rescue": "-i {rescue}" },
    },
    {
      line:
        "cat restored/database.dump.* | docker exec -i rescue pg_restore -U rxdx -d rescue --create --exit-on-error",
      replace: { "-i rescue": "-i {rescue}" },
    },
    {
      line: "docker exec -i rescue psql -U rxdx -d rxdx < restored/graphs.sql",
      replace: { "-i rescue": "-i {rescue}" },
    },
    "mkdir uploads && cat restored/uploads.tar.* | tar -x -C uploads",
    {
      arrange:
        "docker exec {rescue} psql -U rxdx -d rxdx -At -v ON_ERROR_STOP=1 -c 'LOAD '\\''age'\\''' " +
        "-c 'SELECT count(*) FROM users' -c \"SELECT * FROM ag_catalog.cypher('rxdx_graph', " +
        '\\$\\$ CREATE (n:Proof) RETURN n \\$\\$) AS (n ag_catalog.agtype)"',
    },
  ]),
];

const DRILL: readonly Run[] = [
  {
    line:
      "rxdx-setup backup restore --from rxdx-20260314T020000Z.tar.age --identity-file key.txt --dir /srv/drill --name drill --set domain=drill.example.com --set ports.http=8081 --set ports.https=8444 --set email.host= --set imap.host=",
    replace: OWN,
    add: "--yes",
  },
  { line: "rxdx-setup status --once --dir /srv/drill" },
  {
    line: "rxdx-setup doctor --dir /srv/drill",
    says: /[0-9]+ ok/,
  },
  {
    line: "rxdx-setup report --dir /srv/drill --output drill.html",
    replace: { "drill.html": "of-the-drill.html" },
  },
  { line: "rxdx-setup audit verify --dir /srv/drill" },
  { line: "install -m 600 /dev/null key.txt", replace: { "key.txt": "typed.txt" } },
  { line: "rm key.txt", replace: { "key.txt": "typed.txt" } },
  {
    line: "rxdx-setup uninstall --purge --dir /srv/drill",
    add: "--confirm {drill} --yes",
    because: "nobody types its name here",
  },
  {
    line: "rxdx-setup uninstall --purge --dir /srv/rehearsal",
    exit: 4,
    because: "the drill took the place of the rehearsal: nothing is there",
  },
  ...each({ add: "--dry-run", because: "the drill above has restored one" }, [
    {
      line:
        "rxdx-setup backup restore --from rxdx-20260314T020000Z.tar.age --identity-file key.txt --dir /srv/rehearsal --name rehearsal --set domain=rehearsal.example.com --set ports.http=8081 --set ports.https=8444 --set email.host= --set imap.host=",
      replace: OWN,
    },
    {
      line:
        "rxdx-setup backup restore --from /mnt/rxdx-20260314T020000Z.tar.age --identity-file key.txt --dir /srv/rxdx",
      add: "--dry-run --name {drill}",
      replace: { "key.txt": `key.txt${PORTS}` },
    },
    {
      line:
        "rxdx-setup backup restore --from /mnt/rxdx-20260314T020000Z.tar.age --identity-file key.txt",
      replace: { "key.txt": `key.txt${PORTS}` },
      add: "--dry-run --dir {fresh} --name {drill}",
    },
    {
      line:
        "rxdx-setup backup restore --from /mnt/rxdx-20260314T020000Z.tar.age --identity-file key.txt --set domain=rxdx2.example.com --set ports.https=8443",
      replace: { "--set domain": "--set ports.http={drillhttp} --set domain" },
      add: "--dry-run --dir {fresh} --name {drill}",
    },
    {
      line:
        "rxdx-setup backup restore --from rxdx-20260314T220000Z.tar.age --identity-file key.txt",
      replace: { "rxdx-20260314T220000Z": "{backup}", "key.txt": `key.txt${PORTS}` },
      add: "--dry-run --dir {fresh} --name {drill}",
    },
    {
      line:
        "rxdx-setup backup restore --from /opt/rxdx/backups/rxdx-20260314T020000Z.tar.age --identity-file key.txt --dir /srv/rxdx-18 --set images.postgres=registry.example.com/age:18 --set ports.https=8443 --set ports.http=8080 --name rxdx18 --set email.host= --set imap.host=",
      replace: { "/opt/rxdx/backups": "/mnt" },
    },
  ]),
];

const SHAPES: readonly Run[] = [
  { arrange: "rxdx-setup init --demo --no-start --dir {fresh} --name {drill}-new --yes --json" },
];

export const BESIDE: readonly Run[] = [...SHAPES, ...BY_HAND, ...DRILL, ...INSTALLS, ...BUNDLES];
