/** docs/reference/files.md: what rxdx-setup writes, from what it renders. Pure; called by `pages.ts`. */
import { writeDocument } from "../answers/document.ts";
import { demoSources } from "../images/demo.ts";
import { renderFiles } from "../render/files.ts";
import { code, type Page, page, table } from "./page.ts";
import { referencePlan } from "./reference_plan.ts";

/** What each rendered file is for; the first pattern that fits. */
const RENDERED: readonly (readonly [pattern: RegExp, name: string, meaning: string])[] = [
  [/^\.env$/, ".env", "Every value the containers read, and the secrets. [Variables](env.md)."],
  [/^rxdx\.yml$/, "rxdx.yml", "The answers, made to be edited. [Keys](rxdx-yml.md)."],
  [
    /^docker-compose\.yml$/,
    "docker-compose.yml",
    "The four services with development defaults. Static: all values come from `.env`.",
  ],
  [
    /^docker-compose\.prod\.yml$/,
    "docker-compose.prod.yml",
    "Laid over it in staging and production: no mounts, replicas, tuned database, only nginx published.",
  ],
  [/^\.env\.example$/, ".env.example", "Every variable with its meaning. Nothing reads it."],
  [
    /^\.env\.(development|staging|production)$/,
    ".env.development, .env.staging, .env.production",
    "The defaults of each environment. Nothing reads them.",
  ],
  [/^nginx\/nginx\.conf$/, "nginx/nginx.conf", "nginx in development."],
  [/^nginx\/nginx\.prod\.conf$/, "nginx/nginx.prod.conf", "nginx in staging and production."],
  [
    /^postgres\/init\//,
    "postgres/init/",
    "Run once by the database on an empty volume: extension, graph, grants.",
  ],
  [
    /^demo\//,
    "demo/",
    "Sources of the demo images, with `images.source: demo`. In development they are mounted, and an " +
    "edited one is left as it is.",
  ],
];

/** What steps make besides. */
const MADE: readonly (readonly [name: string, mode: string, meaning: string])[] = [
  ["nginx/ssl/cert.pem", "0644", "The certificate; made here with `tls.mode: self-signed`."],
  ["nginx/ssl/key.pem", "0600", "Its private key, owned by the user nginx runs as."],
  ["nginx/acme/", "0755", "Served below `/.well-known/acme-challenge/`; empty."],
  [
    "nginx/maintenance/",
    "0755",
    "The maintenance page while it is shown: nginx looks for the file `on` in it; else empty.",
  ],
  [
    "backups/",
    "0700",
    "`backups.directory`: `NAME-TIME.tar.age`, and `.json` with what is known of it.",
  ],
  [
    ".rxdx/receipt.json",
    "0600",
    "What was written, with hashes; what `uninstall` removes, and how a hand edit is recognised.",
  ],
  [".rxdx/images.lock", "0600", "Content address of the image of each service."],
  [
    ".rxdx/journal/",
    "0700",
    "One file a run, a line before and after each step; the newest 50 are kept, and those that never came to their end.",
  ],
  [
    ".rxdx/audit.jsonl, .rxdx/audit.head",
    "0600",
    "The record of changes and where it ended ([the record](../guide/record.md)); `audit.lock` and, " +
    "during a change, `audit.reserve` lie beside them.",
  ],
  [
    ".rxdx/reserve",
    "0600",
    "1 MiB of nothing: its room is given back when a change fails on a full disk, for the way back.",
  ],
  [
    ".rxdx/backup.key",
    "0600",
    "With it this server opens its own backups; in no backup. The recovery key is elsewhere.",
  ],
  [
    ".rxdx/backups.json",
    "0600",
    "The last failure of a backup, and of a test of one, each until its next success.",
  ],
  [".rxdx/import.json", "0600", "What was taken over by `import`, and how far that has come."],
  [
    ".rxdx/upgrade/",
    "0700",
    "While an upgrade is under way: its record, and every file as it was, without secrets.",
  ],
  [
    ".rxdx/previous/",
    "0700",
    "The same of the version that `rollback` returns to.",
  ],
  [
    ".rxdx/copies.json",
    "0600",
    "Which copy was compared where and when, and the last failure of each place of `backups.copy_to`.",
  ],
  [
    ".rxdx/restore.json",
    "0600",
    "How far a restore has come; there only while one is at work, or was killed.",
  ],
  [".rxdx/restore-fresh.json", "0600", "The same while an empty directory is filled."],
  [".rxdx/last-restore.json", "0600", "When a backup was last put back, and how long that took."],
  [
    ".rxdx/rotation.json",
    "0600",
    "Only while secrets are being rotated: their new and former values, so that a run that was " +
    "killed is gone on with ([secrets](../guide/secrets.md)).",
  ],
  [
    ".rxdx/secrets.json",
    "0600",
    "When secrets were rotated last; no values.",
  ],
  [
    ".rxdx/same-database.json",
    "0600",
    "Which definition the database's container is as good as after a rotation; two hashes.",
  ],
  [".rxdx/lock", "0600", "Held while a run works on this directory; says which."],
  [
    ".rxdx/alerts.json",
    "0600",
    "What was told of problems and what waits to be delivered; while the disk is full it lies below `/run`.",
  ],
  [
    ".rxdx/replaced/",
    "0700",
    "Generated files that were edited by hand, as they were before `apply` replaced them.",
  ],
];

const YOURS =
  "Yours is `docker-compose.override.yml`: it is never created and never changed, and " +
  "always read last when it is there ([Configuration](../guide/configuration.md#the-override-file)). " +
  "A generated file that you edit is moved to `.rxdx/replaced/` before it is written anew, and the " +
  "edit is named.";

const DOCKER: readonly (readonly [kind: string, name: string, meaning: string])[] = [
  [
    "containers",
    "`NAME-nginx-1`, `NAME-frontend-1`, `NAME-backend-N`, `NAME-postgres-1`",
    "NAME is `name` of `rxdx.yml`.",
  ],
  ["network", "`NAME_rxdx-network`", "nginx, frontend, backend."],
  ["network", "`NAME_rxdx-internal`", "backend and postgres only; no way in, no way out."],
  ["volume", "`NAME_postgres_data_prod`", "The database in staging and production."],
  ["volume", "`NAME_postgres_data`", "The database in development."],
  [
    "volumes",
    "`NAME_backend_logs`, `NAME_backend_uploads`",
    "Logs and uploads of the application.",
  ],
  ["images", "`rxdx-demo/…`", "With `images.source: demo`; named by the hash of their source."],
];

const MACHINE: readonly (readonly [path: string, meaning: string])[] = [
  ["PREFIX/bin/rxdx-setup", "The program. PREFIX is `/usr/local` as root, `~/.local` otherwise."],
  [
    "PREFIX/share/rxdx-setup/receipt",
    "What `install.sh` created; `sh install.sh --uninstall` reads it.",
  ],
  [
    "PREFIX/share/rxdx-setup/previous",
    "The version before, for `self-update --rollback`; `.rxdx/` beside it has lock, journal and record.",
  ],
  [
    "PREFIX/share/rxdx-setup/packaged",
    "Only in a package: the command that updates it, which `self-update` then says.",
  ],
  [
    "/var/cache/rxdx-setup, ~/.cache/rxdx-setup",
    "The unpacked program, where the executable is the portable form.",
  ],
  [
    "/etc/apt/keyrings/docker.asc, /etc/apt/sources.list.d/docker.sources",
    "Docker's own repository, where Docker was installed from it.",
  ],
  [
    "/etc/apt/sources.list.d/rxdx-setup-docker.sources, /etc/apt/preferences.d/rxdx-setup-docker",
    "Debian's newer suite for the Docker packages alone, where the vendor could not be reached.",
  ],
  [
    "/etc/docker/rxdx-setup-proxy.env, /etc/systemd/system/docker.service.d/rxdx-setup-proxy.conf",
    "The proxy for the daemon, where Docker was installed behind one; the first has mode 0600.",
  ],
  ["/var/log/rxdx-setup-dockerd.log", "Log of a Docker daemon started without systemd."],
];

/** Names in the order of writing, each once, with the mode they are written with. */
function renderedRows(): string[][] {
  const plan = referencePlan();
  const files = renderFiles(plan, {
    configuration: writeDocument(plan.answers),
    sources: demoSources(),
  });
  const rows = new Map<string, string[]>();
  for (const { path, mode } of files) {
    const found = RENDERED.find(([pattern]) => pattern.test(path));
    if (found === undefined) throw new Error(`${path} has no description in ${import.meta.url}`);
    const [, name, meaning] = found;
    rows.set(name, [code(name), `0${mode.toString(8)}`, meaning]);
  }
  return [...rows.values()];
}

export function filesPage(): Page {
  return page("files.md", "lib/render/files.ts", [
    "# Files",
    "Everything that rxdx-setup creates. `rxdx-setup uninstall` removes it again; the volumes, `.env` " +
    "and `rxdx.yml` only with `--purge`.",
    "## The install directory",
    "`/opt/rxdx` as root, `~/rxdx` otherwise, or `--dir`; mode 0700. In the order of writing, secrets " +
    "first; each file is whole or not there.",
    table(["File", "Mode", "Holds"], [
      ...renderedRows(),
      ...MADE.map(([name, mode, meaning]) => [code(name), mode, meaning]),
    ]),
    YOURS,
    "## In Docker",
    table(["Kind", "Name", "Is"], DOCKER),
    "## On the machine",
    "By `install.sh`, and by `rxdx-setup engine` where Docker was missing. Packages stay when the stack " +
    "is removed.",
    table(["Path", "Is"], MACHINE.map(([path, meaning]) => [code(path), meaning])),
  ]);
}
