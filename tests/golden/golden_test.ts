/**
 * The rendered files against the reviewed ones, and against the programs that will read them:
 * `docker compose config` for every case, `nginx -t` for every configuration.
 */
import assert from "node:assert/strict";
import base from "../../templates/docker-compose.yml" with { type: "text" };
import production from "../../templates/docker-compose.prod.yml" with { type: "text" };
import { SERVICES } from "../../lib/engine/compose.ts";
import { theHost } from "../../lib/host/real.ts";
import { parseSize } from "../../lib/answers/rules.ts";
import { POSTGRES_INIT } from "../../lib/render/postgres_init.ts";
import { readEnv } from "../../lib/render/env_codec.ts";
import { spelled, VARIABLES } from "../../lib/render/variables.ts";
import {
  composeConfig,
  nginxComplaints,
  NO_COMPOSE,
  NO_NGINX,
  withFiles,
} from "../support/real_tools.ts";
import { caseNames, expectedOf, GOLDEN, type GoldenCase, nginxInUse, renderCase } from "./cases.ts";

const { files } = theHost();
const NAMES = await caseNames();
const CASES: readonly GoldenCase[] = await Promise.all(NAMES.map(renderCase));

async function reviewed(name: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const visit = async (at: string): Promise<void> => {
    for (const entry of await files.list(`${GOLDEN}/${name}/expected/${at}`)) {
      const path = at === "" ? entry : `${at}/${entry}`;
      const full = `${GOLDEN}/${name}/expected/${path}`;
      if ((await files.stat(full))?.kind === "directory") await visit(path);
      else found.set(path, await files.readText(full) ?? "");
    }
  };
  await visit("");
  return found;
}

const text = (golden: GoldenCase, path: string) =>
  golden.files.find((file) => file.path === path)?.text ?? "";

Deno.test("there is a case for each environment, TLS mode and size of machine", () => {
  for (const what of ["development-none", "development", "staging", "production"]) {
    const tls = what === "development-none" ? "" : "-self-signed";
    for (const cpus of [1, 2, 8, 64]) assert.ok(NAMES.includes(`${what}${tls}-${cpus}cpu`));
  }
  for (const { name, plan } of CASES) {
    const [environment = ""] = name.split("-");
    assert.equal(plan.answers.environment, environment, name);
    assert.equal(plan.facts.cpus, Number(/-(\d+)cpu$/.exec(name)?.[1]), name);
  }
});

for (const golden of CASES) {
  Deno.test(`golden ${golden.name}: the files are the reviewed ones`, async () => {
    const expected = await expectedOf(golden);
    const was = await reviewed(golden.name);
    assert.deepEqual([...expected.keys()].sort(), [...was.keys()].sort());
    for (const [path, now] of expected) {
      assert.equal(now, was.get(path), `${path} differs: deno task golden, then review`);
    }
  });

  Deno.test(`golden ${golden.name}: static files are the templates, .env reads back`, () => {
    assert.equal(text(golden, "docker-compose.yml"), base);
    assert.equal(text(golden, "docker-compose.prod.yml"), production);
    for (const [name, script] of Object.entries(POSTGRES_INIT)) {
      assert.equal(text(golden, `postgres/init/${name}`), script);
    }
    const values = readEnv(text(golden, ".env"));
    for (const { name, value } of VARIABLES) {
      assert.equal(values.get(name), spelled(value(golden.plan)), name);
    }
  });
}

Deno.test("the size of the machine changes .env and nothing else", () => {
  for (const golden of CASES) {
    const other = CASES.find((each) =>
      each.name === golden.name.replace(/-\d+cpu$/, "-2cpu") && each !== golden
    );
    if (other === undefined) continue;
    const of = (each: GoldenCase) =>
      each.files.filter((file) => file.path !== ".env").map((file) => [file.path, file.text]);
    assert.deepEqual(of(golden), of(other), golden.name);
  }
});

// ── The real tools ──────────────────────────────────────────────────────────────────────────────

/** What `docker compose config --format json` says, as far as it is looked at here. */
interface Effective {
  readonly name: string;
  readonly services: Readonly<
    Record<string, {
      readonly image: string;
      readonly environment?: Readonly<Record<string, string>>;
      readonly ports?: readonly { readonly published: string; readonly host_ip?: string }[];
      readonly deploy: {
        readonly replicas?: number;
        readonly resources: {
          readonly limits: { readonly cpus: number; readonly memory: string };
        };
      };
    }>
  >;
}

for (const golden of CASES) {
  const { plan } = golden;
  Deno.test({
    name: `compose config accepts ${golden.name}, and reads what was planned` +
      (NO_COMPOSE === undefined ? "" : ` (SKIPPED: ${NO_COMPOSE})`),
    ignore: NO_COMPOSE !== undefined,
    fn: () =>
      withFiles([
        ...golden.files.filter((file) => !file.path.startsWith("demo/")),
        ...(plan.facts.overrideFile
          ? [{ path: "docker-compose.override.yml", text: "services: {}\n", mode: 0o600 }]
          : []),
      ], async (dir) => {
        // The same checks as with --quiet, and what came of them.
        const shown = await composeConfig(dir, "--format", "json");
        assert.equal(shown.code, 0, shown.stderr);
        // Compose warns about a variable that is not set, and means an empty one.
        assert.equal(shown.stderr, "");
        const effective = JSON.parse(shown.stdout) as Effective;
        assert.equal(effective.name, plan.answers.name);
        assert.deepEqual(Object.keys(effective.services).sort(), [...SERVICES].sort());
        const production = plan.answers.environment !== "development";
        let memory = 0;
        for (const service of SERVICES) {
          const found = effective.services[service];
          assert.ok(found !== undefined);
          assert.equal(found.image, plan.images[service]);
          const limits = found.deploy.resources.limits;
          assert.equal(Number(limits.memory), plan.sizing[service].memoryBytes, service);
          assert.equal(Number(limits.cpus), plan.sizing[service].cpus, service);
          memory += Number(limits.memory) * (found.deploy.replicas ?? 1);
          for (const port of found.ports ?? []) {
            if (service === "nginx") continue;
            assert.equal(port.host_ip, "127.0.0.1", `${service} is published on loopback only`);
          }
        }
        assert.ok(memory <= plan.facts.memoryBytes - (parseSize("512M") ?? 0));
        const { backend, nginx, postgres, frontend } = effective.services;
        assert.equal(backend?.deploy.replicas ?? 1, production ? plan.sizing.replicas : 1);
        const published = [nginx, frontend, backend, postgres].flatMap((each) => each?.ports ?? [])
          .map((port) => Number(port.published)).sort((a, b) => a - b);
        const { http, https, ...development } = plan.answers.ports;
        assert.deepEqual(
          published,
          [http, https, ...(production ? [] : Object.values(development))].sort((a, b) => a - b),
        );
        // Its output doubles the dollar sign, so that it could be read again.
        const environment = (name: string) =>
          backend?.environment?.[name]?.replaceAll("$$", "$") ?? "";
        assert.equal(
          environment("POSTGRES_PASSWORD"),
          plan.secrets.POSTGRES_PASSWORD.reveal(),
        );
        const url = new URL(environment("DATABASE_URL"));
        assert.equal(decodeURIComponent(url.password), plan.secrets.POSTGRES_PASSWORD.reveal());
        assert.ok(Array.isArray(JSON.parse(environment("CORS_ORIGINS"))));
        assert.equal(environment("DEBUG"), String(!production));
      }),
  });
}

Deno.test({
  name: "nginx accepts every configuration of every case" +
    (NO_NGINX === undefined ? "" : ` (SKIPPED: ${NO_NGINX})`),
  ignore: NO_NGINX !== undefined,
  fn: async () => {
    const distinct = new Map<string, string>();
    for (const golden of CASES) {
      for (const path of ["nginx/nginx.conf", "nginx/nginx.prod.conf"]) {
        const configuration = text(golden, path);
        if (![...distinct.values()].includes(configuration)) {
          distinct.set(`${golden.name}: ${path}`, configuration);
        }
      }
      assert.notEqual(text(golden, nginxInUse(golden)), "");
    }
    assert.ok(distinct.size >= 10, `${distinct.size} configurations`);
    const said = await nginxComplaints(distinct);
    assert.equal(said.size, distinct.size);
    for (const [name, complaint] of said) assert.equal(complaint, "", name);
    // And nginx is really asked.
    const broken = await nginxComplaints(
      new Map([["broken", [...distinct.values()][0]?.replace("least_conn;", "most_conn;") ?? ""]]),
    );
    assert.match(broken.get("broken") ?? "", /unknown directive "most_conn"[\s\S]*FAILED/);
  },
});
