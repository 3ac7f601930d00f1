/**
 * The traps in the application's own deployment files (design: the contract with RxDx), each with a
 * test that reads what we render. What depends on how Compose merges files is asked of Compose.
 */
import assert from "node:assert/strict";
import { isMap, isScalar, parseDocument } from "yaml";
import { theHost } from "../../lib/host/real.ts";
import { contextOf, demoImage } from "../../lib/images/demo.ts";
import { type Service, SERVICES } from "../../lib/engine/compose.ts";
import { composeConfig, NO_COMPOSE, withFiles } from "../support/real_tools.ts";
import { type GoldenCase, renderCase } from "./cases.ts";

const PRODUCTION = await renderCase("production-everything-8cpu");
const DEVELOPMENT = await renderCase("development-self-signed-2cpu");
const EXTERNAL = await renderCase("production-external-2cpu");
const ALL = [PRODUCTION, DEVELOPMENT, EXTERNAL];

const text = (golden: GoldenCase, path: string): string => {
  const file = golden.files.find((each) => each.path === path);
  assert.ok(file !== undefined, path);
  return file.text;
};

/** nginx configurations without their comments. */
const NGINX = ALL.flatMap((golden) =>
  ["nginx/nginx.conf", "nginx/nginx.prod.conf"].map((path) => ({
    name: `${golden.name} ${path}`,
    text: text(golden, path).replace(/^\s*#.*$/gm, ""),
  }))
);

interface Mount {
  readonly type: string;
  readonly source?: string;
  readonly target: string;
}

interface EffectiveService {
  readonly container_name?: string;
  readonly build?: unknown;
  readonly ports?: readonly unknown[];
  readonly volumes?: readonly Mount[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly command?: readonly string[];
}

type Services = Record<Service, EffectiveService>;

const understood = new Map<string, Promise<Services>>();

/** The services as Compose understands all files together; asked once for each case. */
function effective(golden: GoldenCase): Promise<Services> {
  const services = understood.get(golden.name) ?? understand(golden);
  understood.set(golden.name, services);
  return services;
}

async function understand(golden: GoldenCase): Promise<Services> {
  const files = golden.files.filter((file) => !file.path.startsWith("demo/"));
  const override = { path: "docker-compose.override.yml", text: "services: {}\n", mode: 0o600 };
  return await withFiles([...files, override], async (dir) => {
    const shown = await composeConfig(dir, "--format", "json");
    assert.equal(shown.code, 0, shown.stderr);
    return JSON.parse(shown.stdout).services;
  });
}

/** A test that Compose has to answer. */
function asked(name: string, fn: () => Promise<void>): void {
  const skipped = NO_COMPOSE === undefined ? "" : ` (SKIPPED: ${NO_COMPOSE})`;
  Deno.test({ name: name + skipped, ignore: NO_COMPOSE !== undefined, fn });
}

Deno.test("trap 1: initialisation grants to the configured role, not to one called rxdx", async () => {
  const scripts = PRODUCTION.files.filter((file) => file.path.startsWith("postgres/init/"));
  assert.deepEqual(scripts.map((file) => file.path), ["postgres/init/10-age.sh"]);
  // The script runs for real, with a psql that writes down what it is given.
  const psql = '#!/bin/sh\nprintf "%s\\n" "$@" >>"$PSQL_LOG"\ncat >>"$PSQL_LOG"\n';
  await withFiles([
    ...scripts,
    { path: "bin/psql", text: psql, mode: 0o755 },
  ], async (dir) => {
    const host = theHost();
    const ran = await host.process.run(["bash", `${dir}/postgres/init/10-age.sh`], {
      env: {
        PATH: `${dir}/bin:${host.env["PATH"] ?? ""}`,
        PSQL_LOG: `${dir}/log`,
        POSTGRES_USER: "rxdx_prod",
        POSTGRES_DB: "rxdx_live",
        AGE_GRAPH_NAME: "evidence_graph",
      },
    });
    assert.equal(ran.code, 0, ran.stderr);
    const log = await host.files.readText(`${dir}/log`) ?? "";
    for (const word of ["rxdx_prod", "rxdx_live", "role=rxdx_prod", "graph=evidence_graph"]) {
      assert.match(log, new RegExp(`^${word}$`, "m"));
    }
    const grants = log.match(/^GRANT .*$/gm) ?? [];
    assert.equal(grants.length, 3);
    for (const grant of grants) assert.match(grant, / TO :"role";$/);
    assert.doesNotMatch(log, /\brxdx\b/);
  });
});

Deno.test("trap 2: initialisation creates no users, in no environment", () => {
  for (const golden of ALL) {
    for (const file of golden.files.filter((each) => each.path.startsWith("postgres/init/"))) {
      assert.doesNotMatch(
        file.text,
        /\bINSERT\b|\bCOPY\b|CREATE (USER|ROLE)|init_schema/i,
        file.path,
      );
    }
  }
  // The demo's own image brings nothing else along.
  for (const [path, content] of contextOf("postgres")) {
    if (path.includes("initdb.d")) assert.doesNotMatch(content, /INSERT|users|password/i, path);
  }
});

asked("trap 3: volumes of the production file replace those of the base", async () => {
  const { backend, frontend } = await effective(PRODUCTION);
  assert.deepEqual(
    (backend.volumes ?? []).map(({ type, source, target }) => `${type} ${source} ${target}`).sort(),
    ["volume backend_logs /app/logs", "volume backend_uploads /app/uploads"],
  );
  assert.deepEqual(frontend.volumes ?? [], []);
  const development = await effective(DEVELOPMENT);
  assert.ok(development.backend.volumes?.some((mount) => mount.type === "bind"), "hot reload");
});

Deno.test("trap 3: nothing is taken away by an empty list; every list says !reset or !override", () => {
  const document = parseDocument(text(PRODUCTION, "docker-compose.prod.yml"), {
    customTags: ["!reset", "!override"].flatMap((tag) => [
      { tag, collection: "seq" as const },
      { tag, collection: "map" as const },
    ]),
  });
  const services = document.get("services");
  assert.ok(isMap(services));
  let tagged = 0;
  for (const { key, value } of services.items) {
    assert.ok(isScalar(key) && isMap(value));
    for (const name of ["ports", "volumes", "networks"]) {
      const node = value.get(name, true) as { tag?: string } | undefined;
      if (node === undefined) continue;
      assert.match(node.tag ?? "", /^!(reset|override)$/, `${key.value}.${name}`);
      tagged++;
    }
  }
  assert.ok(tagged >= 7, `${tagged} lists`);
});

asked(
  "trap 4: no Compose file builds; every stage that is built is a stage of its Dockerfile",
  async () => {
    for (const golden of [PRODUCTION, DEVELOPMENT]) {
      for (const service of Object.values(await effective(golden))) {
        assert.equal(service.build, undefined);
      }
    }
    for (const service of SERVICES) {
      const dockerfile = new Map(contextOf(service)).get("Dockerfile") ?? "";
      for (const environment of ["development", "production"] as const) {
        const { target } = demoImage(service, environment);
        if (target === undefined) continue;
        assert.match(
          dockerfile,
          new RegExp(`^FROM .+ AS ${target}\\s*$`, "im"),
          `${service} ${target}`,
        );
      }
    }
  },
);

asked("trap 5: no container has a fixed name, and what scales publishes no port", async () => {
  for (const golden of [PRODUCTION, DEVELOPMENT]) {
    for (const [name, service] of Object.entries(await effective(golden))) {
      assert.equal(service.container_name, undefined, name);
    }
  }
  assert.deepEqual((await effective(PRODUCTION)).backend.ports ?? [], []);
});

asked("trap 6: one volume at the data directory, another one in each world", async () => {
  const data = async (golden: GoldenCase) =>
    ((await effective(golden)).postgres.volumes ?? [])
      .filter((mount) => mount.target.startsWith("/var/lib/postgresql"))
      .map((mount) => `${mount.source} ${mount.target}`);
  assert.deepEqual(await data(PRODUCTION), ["postgres_data_prod /var/lib/postgresql/data"]);
  assert.deepEqual(await data(DEVELOPMENT), ["postgres_data /var/lib/postgresql/data"]);
});

Deno.test("trap 7: /health is the backend's readiness, never nginx's own word", () => {
  for (const { name, text: configuration } of NGINX) {
    const blocks = [...configuration.matchAll(/location = \/health \{([\s\S]*?)\n {8}\}/g)];
    assert.ok(blocks.length >= 2, name);
    for (const [, block = ""] of blocks) {
      assert.match(block, /proxy_pass http:\/\/backend\/api\/v1\/health\/ready;/, name);
      // Its own word is never that all is well.
      const own = block.match(/return [^;]*/g) ?? [];
      assert.ok(own.every((each) => each.startsWith("return 503 ")), `${name}: ${own}`);
    }
    assert.doesNotMatch(configuration, /return 200/, name);
  }
});

asked("trap 7: the backend's own health check is its readiness too", async () => {
  for (const golden of [PRODUCTION, DEVELOPMENT]) {
    const { backend } = await effective(golden);
    assert.match(backend.healthcheck?.test.join(" ") ?? "", /\/api\/v1\/health\/ready$/);
  }
});

Deno.test("trap 8: connections to the upstream stay open; only a WebSocket is upgraded", () => {
  for (const { name, text: configuration } of NGINX) {
    assert.doesNotMatch(configuration, /proxy_set_header Connection ['"]?upgrade/i, name);
    assert.match(configuration, /map \$http_upgrade \$upgrade \{\s*default "";/, name);
    const connection: string[] = configuration.match(/proxy_set_header Connection .*;/g) ?? [];
    assert.ok(connection.includes('proxy_set_header Connection "";'), name);
    for (const each of connection) assert.match(each, /(""|\$connection_upgrade);$/, name);
    assert.match(configuration, /upstream backend \{[^}]*keepalive 32;/, name);
    assert.match(configuration, /proxy_http_version 1\.1;/, name);
  }
});

Deno.test("trap 9: 429 for too many requests, no X-XSS-Protection, http2 on its own line", () => {
  for (const { name, text: configuration } of NGINX) {
    assert.match(configuration, /limit_req_status 429;/, name);
    assert.doesNotMatch(configuration, /add_header X-XSS-Protection/i, name);
    assert.doesNotMatch(configuration, /listen [^;]*\bhttp2\b/, name);
    if (/listen 443/.test(configuration)) assert.match(configuration, /http2 on;/, name);
  }
});

Deno.test("trap 10: nothing that is written offers a plain pg_dump, which loses every graph", () => {
  for (const golden of ALL) {
    for (const file of golden.files) {
      assert.doesNotMatch(file.text, /pg_dump\b/, `${golden.name} ${file.path}`);
    }
  }
});

/** Program of a health check → what installs it in a Debian image. */
const INSTALLED_BY: Readonly<Record<string, RegExp>> = {
  curl: /^(?:[^#\n]*\s)?curl\b/m,
  wget: /^(?:[^#\n]*\s)?wget\b/m,
  pg_isready: /^(?:[^#\n]*\s)?postgresql(-\d+)?\b/m,
};

asked("trap 11: the program of every health check is in the image it runs in", async () => {
  for (const golden of [PRODUCTION, DEVELOPMENT]) {
    const services = await effective(golden);
    for (const service of SERVICES) {
      const test = services[service].healthcheck?.test ?? [];
      const words = test.join(" ").replace(/\b\w+=\S*\s/g, "");
      const program = Object.keys(INSTALLED_BY).find((name) =>
        new RegExp(`^(CMD|CMD-SHELL) (exec )?${name}\\b`).test(words)
      );
      assert.ok(program !== undefined, `${service}: ${words}`);
      const dockerfile = new Map(contextOf(service)).get("Dockerfile") ?? "";
      assert.match(dockerfile, INSTALLED_BY[program] ?? /$^/, `${service} has ${program}`);
    }
  }
});
