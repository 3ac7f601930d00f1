/** Stacks as people set them up: what is recognised, what differs, what stands in the way. */
import assert from "node:assert/strict";
import { parseAnswers } from "../answers/parse.ts";
import { valueAt } from "../answers/tree.ts";
import type { FoundDatabase, FoundService, HandMade } from "./hand_made.ts";
import { proposalFor } from "./proposal.ts";
import { rolesOf } from "./roles.ts";
import { readDatabaseUrl, readOrigins } from "./settings.ts";

const PASSWORD = "s3cret-of-the-plant";

function service(name: string, changes: Partial<FoundService> = {}): FoundService {
  return {
    service: name,
    container: `${name}-id`,
    containerName: `rxdx-${name}`,
    image: `registry.example.com/rxdx/${name}:1.2.0`,
    running: true,
    env: new Map(),
    mounts: [],
    ports: [],
    asDescribed: true,
    ...changes,
  };
}

const env = (values: Readonly<Record<string, string>>) => new Map(Object.entries(values));

const DATABASE: FoundDatabase = {
  version: "17.5",
  major: 17,
  age: "1.6.0",
  graphs: ["rxdx_graph"],
  checksums: true,
  bytes: 30_000_000,
  uid: 999,
  superuser: true,
  emails: ["ops@example.com", "admin@example.com"],
  password: PASSWORD,
};

/** The application's own files, in production, as its documentation says. */
function documented(changes: Partial<HandMade> = {}): HandMade {
  return {
    dir: "/srv/RxDx",
    project: "rxdx",
    composeFiles: ["/srv/RxDx/docker-compose.yml", "/srv/RxDx/docker-compose.prod.yml"],
    env: env({ POSTGRES_PASSWORD: PASSWORD, SMTP_PASSWORD: "mail" }),
    services: [
      service("postgres", {
        image: "apache/age:release_PG17_1.6.0",
        env: env({
          PG_MAJOR: "17",
          PGDATA: "/var/lib/postgresql/data",
          POSTGRES_USER: "rxdx_prod",
          POSTGRES_DB: "rxdx_prod",
        }),
        mounts: [{
          type: "volume",
          name: "rxdx_postgres_data_prod",
          source: "/var/lib/docker/volumes/rxdx_postgres_data_prod/_data",
          target: "/var/lib/postgresql/data",
        }],
        ports: [{ target: 5432, published: 5432, ip: "" }],
      }),
      service("backend", {
        build: "/srv/RxDx/backend",
        image: "rxdx-backend",
        env: env({
          ENVIRONMENT: "production",
          SECRET_KEY: "k".repeat(64),
          POSTGRES_USER: "rxdx_prod",
          POSTGRES_DB: "rxdx_prod",
          SMTP_HOST: "smtp.example.com",
          SMTP_PORT: "2525",
          IMAP_PORT: "993",
          MAX_UPLOAD_SIZE: "10485760",
          CORS_ORIGINS: '["https://rxdx.example.com","https://tool.example.com"]',
        }),
      }),
      service("frontend", { image: "rxdx-frontend", build: "/srv/RxDx/frontend" }),
      service("nginx", {
        image: "nginx:alpine",
        ports: [
          { target: 80, published: 80, ip: "0.0.0.0" },
          { target: 443, published: 443, ip: "" },
        ],
      }),
    ],
    nginx:
      "server {\n # server_name old.example.com;\n server_name rxdx.example.com www.example.com _;\n}",
    certificate: {
      cert: "/etc/letsencrypt/live/rxdx/fullchain.pem",
      key: "/etc/letsencrypt/live/rxdx/privkey.pem",
      names: ["rxdx.example.com"],
      selfSigned: false,
      until: "2026-05-01T00:00:00.000Z",
    },
    database: DATABASE,
    ...changes,
  };
}

const propose = (found: HandMade, said: Record<string, unknown> = {}, kept: string[] = []) =>
  proposalFor(found, { said, kept, isSeeded: (email) => email === "admin@example.com" });

const rules = (found: HandMade) => propose(found).problems.map(({ key, rule }) => `${key} ${rule}`);

/** The same stack with one service replaced. */
function withService(found: HandMade, name: string, changes: Partial<FoundService>): HandMade {
  return {
    ...found,
    services: found.services.map((each) => each.service === name ? { ...each, ...changes } : each),
  };
}

Deno.test("the application's own production files are kept as they are", () => {
  const proposal = propose(documented());
  assert.deepEqual(proposal.problems, []);
  const value = (path: string) => valueAt(proposal.values, path);
  assert.equal(value("name"), "rxdx");
  assert.equal(value("environment"), "production");
  assert.deepEqual([value("domain"), value("aliases")], ["rxdx.example.com", ["www.example.com"]]);
  assert.deepEqual([value("database.user"), value("database.name")], ["rxdx_prod", "rxdx_prod"]);
  assert.equal(value("volumes.database"), undefined, "its own name is the one of ours");
  assert.deepEqual([value("images.source"), value("images.path")], ["build", "/srv/RxDx"]);
  assert.equal(value("images.postgres"), "apache/age:release_PG17_1.6.0");
  assert.deepEqual([value("email.host"), value("email.port")], ["smtp.example.com", 2525]);
  assert.equal(value("imap.port"), undefined, "without a host it means nothing");
  assert.equal(value("application.max_upload"), "10m");
  assert.deepEqual(value("application.cors_origins"), ["https://tool.example.com"]);
  assert.deepEqual([value("tls.mode"), value("tls.cert")], [
    "files",
    "/etc/letsencrypt/live/rxdx/fullchain.pem",
  ]);
  assert.deepEqual(proposal.secrets, {
    ADMIN_PASSWORD: "",
    SECRET_KEY: "k".repeat(64),
    SMTP_PASSWORD: "mail",
    POSTGRES_PASSWORD: PASSWORD,
  });
  assert.deepEqual(proposal.seeded, ["admin@example.com"]);
  assert.deepEqual(proposal.data.uploads, {
    from: "container",
    source: "/app/uploads",
    container: "backend-id",
  });
  const parsed = parseAnswers(proposal.values);
  assert.deepEqual(parsed.ok ? [] : parsed.problems, []);
  const told = proposal.differs.join("\n");
  assert.match(told, /rxdx-postgres becomes rxdx-postgres-1/);
  assert.match(told, /Port 5432 \(postgres\) is published no more/);
  assert.match(told, /Uploads were in the container alone/);
});

Deno.test("no secret stands in anything that is shown", () => {
  const { secrets: _, ...shown } = propose(documented());
  const text = JSON.stringify(shown);
  for (const secret of [PASSWORD, "k".repeat(64)]) assert.ok(!text.includes(secret));
});

Deno.test("data in directories and in volumes of other names", () => {
  const elsewhere = withService(documented({ project: "plant" }), "postgres", {
    mounts: [{
      type: "volume",
      name: "infra_pg",
      source: "/x",
      target: "/var/lib/postgresql/data",
    }],
  });
  assert.equal(valueAt(propose(elsewhere).values, "volumes.database"), "infra_pg");
  const bind = withService(documented(), "postgres", {
    mounts: [{ type: "bind", source: "/srv/RxDx/pg", target: "/var/lib/postgresql/data" }],
  });
  const proposal = propose(bind);
  assert.deepEqual(proposal.data.bind, { path: "/srv/RxDx/pg", volume: "rxdx_taken_over_data" });
  assert.equal(valueAt(proposal.values, "volumes.database"), "rxdx_taken_over_data");
  // Nothing is guessed where nginx itself would not come up again.
  assert.deepEqual(
    propose({ ...documented(), nginx: "", nginxRefuses: "key values mismatch" }).problems,
    [{
      key: "nginx in nginx",
      rule:
        "does not read its own configuration any more, so that names and certificate would be lost: " +
        "key values mismatch",
      example: "docker exec rxdx-nginx nginx -t, and correct what it says",
    }],
  );
  const logs = withService(documented(), "backend", {
    env: env({ SECRET_KEY: "k".repeat(64) }),
    mounts: [
      { type: "volume", name: "rxdx_applogs", source: "/x", target: "/app/logs" },
      { type: "volume", name: "0".repeat(64), source: "/x", target: "/app/cache" },
    ],
  });
  assert.deepEqual(propose(logs).leftAlone, [
    "the volume rxdx_applogs, which was /app/logs of backend",
  ]);
  const uploads = withService(documented(), "backend", {
    env: env({ SECRET_KEY: "k".repeat(64), UPLOAD_DIR: "./uploads" }),
    mounts: [{ type: "volume", name: "files", source: "/x", target: "/app/uploads" }],
  });
  assert.equal(valueAt(propose(uploads).values, "volumes.uploads"), "files");
  assert.equal(propose(uploads).data.uploads, undefined);
  assert.match(rules({ ...uploads, uploadsUid: 0 }).join(), /uploads belong to user 0/);
});

Deno.test("what would lose data or not work is a problem, and all of it at once", () => {
  const worst = withService(
    documented({
      database: {
        ...DATABASE,
        major: 16,
        version: "16.2",
        age: undefined,
        uid: 70,
        graphs: [],
        password: undefined,
      },
      services: [...documented().services, service("redis", { image: "redis:7" })],
    }),
    "postgres",
    { env: env({ PG_MAJOR: "16", PGDATA: "/var/lib/postgresql/data/pg" }) },
  );
  const told = rules(worst).join("\n");
  for (
    const what of [
      /must be PostgreSQL 17/,
      /no Apache AGE/,
      /files of user 70/,
      /none of the passwords/,
    ]
  ) assert.match(told, what);
  assert.match(told, /would look there, and begin with an empty database/);
  assert.match(told, /service redis is none of an RxDx stack/);
  const kept = propose(
    documented({ services: [...documented().services, service("redis")] }),
    {},
    ["redis"],
  );
  assert.deepEqual(kept.problems, [], "unless it has its place in the override file");
});

Deno.test("a database that does not run, or that is not there", () => {
  const { database: _, ...rest } = documented();
  assert.match(rules(rest).join(), /does not answer/);
  assert.match(rules({ ...rest, services: [] }).join(), /service postgres cannot be told/);
  const { problems } = propose({ ...rest, services: [], dir: "/srv/my RxDx" });
  assert.equal(problems[0]?.example, "cd '/srv/my RxDx' && docker compose up --detach");
});

Deno.test("images that say nothing are asked for, unless the operator said", () => {
  const unknown = withService(
    withService(documented(), "backend", { image: "acme/api:3" }),
    "frontend",
    { image: "acme/web:3" },
  );
  const found = { ...unknown, services: unknown.services.map(({ build: _, ...each }) => each) };
  assert.match(rules(found).join(), /images\.source cannot be told/);
  const said = propose(found, { images: { source: "registry" } });
  assert.deepEqual(said.problems, []);
  const registry = withService(
    withService(documented(), "backend", { image: "registry.example.com:5000/rxdx/backend:1.2" }),
    "frontend",
    { image: "registry.example.com:5000/rxdx/frontend:1.2" },
  );
  const { values } = propose({
    ...registry,
    services: registry.services.map(({ build: _, ...each }) => each),
  });
  assert.deepEqual(
    [
      valueAt(values, "images.source"),
      valueAt(values, "images.registry"),
      valueAt(values, "images.tag"),
    ],
    ["registry", "registry.example.com:5000/rxdx", "1.2"],
  );
});

Deno.test("several graphs: the one that is named, else the operator has to say", () => {
  const two = { ...DATABASE, graphs: ["a_graph", "b_graph"] };
  assert.match(rules(documented({ database: two })).join(), /one of the graphs.*a_graph, b_graph/);
  const one = propose(documented({ database: { ...DATABASE, graphs: ["other"] } }));
  assert.equal(valueAt(one.values, "database.graph"), "other");
});

Deno.test("nothing found is said so, with what is taken instead", () => {
  const { certificate: _, ...rest } = documented({ nginx: "" });
  const bare = withService(rest, "backend", {
    env: env({ DATABASE_URL: "postgresql://u:p@db/n" }),
  });
  const proposal = propose(bare);
  const told = proposal.assumed.join("\n");
  for (
    const what of [/environment: nothing says/, /SECRET_KEY: none/, /tls\.mode: no certificate/]
  ) {
    assert.match(told, what);
  }
  assert.equal(valueAt(proposal.values, "database.user"), "u");
});

Deno.test("who is who, whatever they are called", () => {
  const { roles, others } = rolesOf({
    services: [
      service("pg", { env: env({ PG_MAJOR: "17" }) }),
      service("core", { env: env({ DATABASE_URL: "x" }) }),
      service("core", { container: "second" }),
      service("spa", { image: "acme/frontend:1" }),
      service("edge", { image: "nginx:1", ports: [{ target: 443, published: 8443, ip: "" }] }),
      service("cache"),
    ],
  });
  assert.deepEqual(
    [roles.postgres, roles.backend, roles.frontend, roles.nginx].map((each) => each?.service),
    ["pg", "core", "spa", "edge"],
  );
  assert.deepEqual(others.map((each) => each.service), ["cache"]);
});

Deno.test("values as people write them", () => {
  assert.deepEqual(readDatabaseUrl("postgresql+asyncpg://a:p%40ss%2F@db:5432/n?ssl=0"), {
    user: "a",
    password: "p@ss/",
    name: "n",
  });
  assert.equal(readDatabaseUrl("sqlite:///x.db"), undefined);
  assert.equal(readDatabaseUrl("postgresql://a:%zz@db/n"), undefined);
  assert.deepEqual(readOrigins("https://a, https://b"), ["https://a", "https://b"]);
  assert.deepEqual(readOrigins('["*"]'), ["*"]);
});
