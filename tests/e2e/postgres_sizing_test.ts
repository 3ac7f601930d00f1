/**
 * PostgreSQL itself with the parameters that were planned: the image, the memory limit, /dev/shm and the command
 * line of the production Compose file, for machines from 1 GiB to 64 GiB. Each starts, and says
 * of every parameter what was asked. CPU limits are cut to what this machine has.
 */
import assert from "node:assert/strict";
import { composeConfig, withFiles } from "../support/real_tools.ts";
import { must, sh } from "../support/stack.ts";
import { GIB, MIB, samplePlan } from "../support/samples.ts";
import { renderFiles } from "../../lib/render/files.ts";

const POINTS: readonly (readonly [cpus: number, memoryBytes: number])[] = [
  [1, 960 * MIB],
  [2, 2 * GIB],
  [2, 4 * GIB],
  [4, 8 * GIB],
  [8, 16 * GIB],
  [16, 64 * GIB],
  [128, 24 * GIB],
];

/** Containers at a time: a start is mostly initdb. */
const AT_ONCE = 3;

interface Service {
  readonly command: readonly string[];
  readonly shm_size: string;
  readonly mem_limit?: string;
  readonly deploy: { readonly resources: { readonly limits: { readonly memory: string } } };
}

/** The service as Compose understands it, with the variables of this plan. */
async function serviceOf(plan: ReturnType<typeof samplePlan>): Promise<Service> {
  return await withFiles(renderFiles(plan, { configuration: "", sources: [] }), async (dir) => {
    const { code, stdout, stderr } = await composeConfig(dir, "--format", "json");
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as { services: { postgres: Service } }).services.postgres;
  });
}

const image = async () =>
  (await must(["docker", "images", "--format", "{{.Repository}}:{{.Tag}}", "rxdx-demo/postgres"]))
    .split("\n")[0] ?? "";

async function boots(cpus: number, memoryBytes: number): Promise<number> {
  const plan = samplePlan({ facts: { cpus, memoryBytes } });
  const { command, shm_size, deploy } = await serviceOf(plan);
  const name = `rxdxtest-sizing-${Deno.pid}-${cpus}-${memoryBytes / MIB}`;
  try {
    await must(
      [
        ...["docker", "run", "--detach", "--name", name, "--network", "none"],
        ...["--memory", deploy.resources.limits.memory, "--shm-size", shm_size],
        ...["--cpus", String(Math.min(plan.sizing.postgres.cpus, navigator.hardwareConcurrency))],
        ...["--env", "POSTGRES_PASSWORD", "--env", "POSTGRES_INITDB_ARGS=--no-sync"],
        await image(),
        ...command,
      ],
      { env: { POSTGRES_PASSWORD: "only-for-this-test" } },
    );
    const ask = (sql: string) =>
      sh([
        "docker",
        "exec",
        name,
        "psql",
        "-h",
        "/var/run/postgresql",
        "-U",
        "postgres",
        "-At",
        "-F",
        " ",
        "-c",
        sql,
      ]);
    // The entrypoint starts a first server without TCP for its scripts; the real one is the last process.
    const deadline = Date.now() + 180_000;
    const settings = command.flatMap((word) => /^([a-z_]+)=(.*)$/.exec(word)?.slice(1) ?? []);
    const wanted = new Map<string, string>();
    for (let index = 0; index < settings.length; index += 2) {
      wanted.set(settings[index] ?? "", settings[index + 1] ?? "");
    }
    for (;;) {
      const log = await sh(["docker", "logs", name]);
      const ready = log.text.split("database system is ready to accept connections").length - 1;
      if (ready >= 2) break;
      const state = await must(["docker", "inspect", "--format", "{{.State.Status}}", name]);
      assert.ok(state === "running" && Date.now() < deadline, `${name} ${state}:\n${log.text}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const size = /^\d+(kB|MB|GB)$/;
    const checks = [...wanted].map(([key, value]) =>
      size.test(value)
        ? `select '${key}', pg_size_bytes(current_setting('${key}')) = pg_size_bytes('${value}')`
        : `select '${key}', current_setting('${key}') = '${value}'`
    );
    const { stdout, text } = await ask(checks.join(" union all "));
    const answers = stdout.trim().split("\n");
    assert.equal(answers.length, wanted.size, text);
    assert.deepEqual(answers.filter((line) => !line.endsWith(" t")), [], "as it was asked");
    assert.equal(
      (await ask("show max_connections")).stdout.trim(),
      String(plan.sizing.maxConnections),
    );
    return wanted.size;
  } finally {
    await sh(["docker", "rm", "--force", "--volumes", name]);
  }
}

Deno.test(`PostgreSQL starts with the parameters of ${POINTS.length} machines, and shows each`, async () => {
  const waiting = [...POINTS];
  const failed: string[] = [];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [cpus, bytes] = next;
      await boots(cpus, bytes).then(
        (count) => assert.ok(count >= 18, `${count} parameters`),
      ).catch((error: unknown) =>
        failed.push(`${cpus} CPUs, ${bytes / MIB} MiB: ${String(error)}`)
      );
    }
  }));
  assert.deepEqual(failed, []);
});
