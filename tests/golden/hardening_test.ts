/** Criteria C1, C2 and P2 on the services as Compose understands them, in every environment. */
import assert from "node:assert/strict";
import { SERVICES } from "../../lib/engine/compose.ts";
import { parseSize } from "../../lib/answers/rules.ts";
import { composeConfig, NO_COMPOSE, withFiles } from "../support/real_tools.ts";
import { renderCase } from "./cases.ts";

interface Hardened {
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly privileged?: boolean;
  readonly security_opt?: readonly string[];
  readonly user?: string;
  readonly read_only?: boolean;
  readonly init?: boolean;
  readonly restart?: string;
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly healthcheck?: { readonly test: readonly string[]; readonly disable?: boolean };
  readonly volumes?: readonly { readonly source?: string; readonly target: string }[];
  readonly logging?: {
    readonly driver: string;
    readonly options: Readonly<Record<string, string>>;
  };
  readonly deploy: {
    readonly resources: {
      readonly limits: { readonly cpus: number; readonly memory: string; readonly pids: number };
      readonly reservations: { readonly memory: string };
    };
  };
  readonly environment?: Readonly<Record<string, string>>;
  readonly stop_grace_period?: string;
  readonly shm_size?: string;
  readonly command?: readonly string[];
}

interface Effective {
  readonly services: Readonly<Record<string, Hardened>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
}

for (
  const name of [
    "development-self-signed-2cpu",
    "staging-self-signed-2cpu",
    "production-self-signed-2cpu",
  ]
) {
  const skipped = NO_COMPOSE === undefined ? "" : ` (SKIPPED: ${NO_COMPOSE})`;
  Deno.test({
    name: `containers of ${name} have no more rights than they need${skipped}`,
    ignore: NO_COMPOSE !== undefined,
    fn: async () => {
      const golden = await renderCase(name);
      const files = golden.files.filter((file) => !file.path.startsWith("demo/"));
      const { services, networks } = await withFiles(files, async (dir) => {
        const shown = await composeConfig(dir, "--format", "json");
        assert.equal(shown.code, 0, shown.stderr);
        return JSON.parse(shown.stdout) as Effective;
      });
      const production = golden.plan.answers.environment !== "development";
      for (const service of SERVICES) {
        const it = services[service];
        assert.ok(it !== undefined);
        assert.deepEqual(it.cap_drop, ["ALL"], service);
        assert.equal(it.cap_add, undefined, service);
        assert.equal(it.privileged ?? false, false, service);
        assert.deepEqual(it.security_opt, ["no-new-privileges:true"], service);
        assert.equal(it.init, true, service);
        assert.deepEqual(it.logging, {
          driver: "json-file",
          options: { "max-file": "3", "max-size": "10m" },
        }, service);
        const { limits, reservations } = it.deploy.resources;
        assert.ok(limits.pids > 0 && Number(limits.memory) > 0 && Number(limits.cpus) > 0);
        assert.ok(Number(reservations.memory) <= Number(limits.memory), service);
        assert.ok((it.healthcheck?.test.length ?? 0) > 1 && it.healthcheck?.disable !== true);
        for (const mount of it.volumes ?? []) {
          assert.doesNotMatch(`${mount.source} ${mount.target}`, /docker\.sock/, service);
        }
        assert.equal(it.restart, production ? "unless-stopped" : undefined, service);
        if (!production) continue;
        assert.equal(it.read_only, true, `${service} has a read-only root`);
        assert.doesNotMatch(it.user ?? "0", /^(0|root)(:|$)/, `${service} is not root`);
      }
      // C2: who can reach whom.
      const of = (service: string) => Object.keys(services[service]?.networks ?? {}).sort();
      assert.equal(networks["rxdx-internal"]?.internal, true);
      assert.ok(of("backend").includes("rxdx-internal"));
      assert.deepEqual(of("nginx"), ["rxdx-network"]);
      assert.deepEqual(of("frontend"), ["rxdx-network"]);
      if (production) assert.deepEqual(of("postgres"), ["rxdx-internal"]);
      // P2: the database has time to stop, room for parallel work, and asks for a password.
      const { postgres } = services;
      assert.equal(postgres?.stop_grace_period, "2m0s");
      const shm = parseSize(golden.plan.postgres.shmSize) ?? 0;
      assert.equal(Number(postgres?.shm_size), shm);
      assert.match(
        postgres?.environment?.["POSTGRES_INITDB_ARGS"] ?? "",
        /--data-checksums --auth-host=scram-sha-256/,
      );
      if (production) {
        const { plan } = golden;
        for (
          const setting of [
            `max_connections=${plan.postgres.maxConnections}`,
            `shared_buffers=${plan.postgres.sharedBuffers}`,
            `effective_cache_size=${plan.postgres.effectiveCacheSize}`,
            `maintenance_work_mem=${plan.postgres.maintenanceWorkMem}`,
            `work_mem=${plan.postgres.workMem}`,
            `wal_buffers=${plan.postgres.walBuffers}`,
            `max_worker_processes=${plan.postgres.maxWorkerProcesses}`,
            "checkpoint_completion_target=0.9",
            "jit=off",
          ]
        ) assert.ok(postgres?.command?.includes(setting), setting);
        assert.ok(services["backend"]?.command?.includes(`--workers=${plan.sizing.workers}`));
      }
      // Only the backend and the database are given the password.
      const password = golden.plan.secrets.POSTGRES_PASSWORD.reveal();
      for (const [service, it] of Object.entries(services)) {
        const given = Object.values(it.environment ?? {})
          .some((value) => (value ?? "").replaceAll("$$", "$").includes(password));
        assert.equal(given, ["backend", "postgres"].includes(service), service);
      }
    },
  });
}
