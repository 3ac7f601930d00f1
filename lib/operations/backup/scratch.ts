/**
 * A database that lives for one proof: a container of the stack's own image, on an internal network of its
 * own, with limits, without the stack's name. What is left of it after a kill is found by its label.
 */
import { EXIT, SetupError } from "../../errors.ts";
import { mustRun } from "../../steps/command.ts";
import type { ProofContainer } from "./machine_trouble.ts";
import type { BackupScene, StackScene } from "./scene.ts";
import { SCRATCH_LABEL } from "./sources.ts";

/** The database that PostgreSQL makes at first; the restored one comes beside it. */
export const MAINTENANCE = "rxdx_scratch";

/** Its limit, as Docker takes it. */
const MEMORY = "768m";

/** What is looked at when a proof fails. */
export function scratchContainer(name: string): ProofContainer {
  return { name, title: "The scratch database", memory: MEMORY };
}

const READY_MS = 120_000;
const POLL_MS = 250;

export interface Scratch {
  /** Of the container and of the network. */
  readonly name: string;
}

export function scratchName(scene: BackupScene): string {
  const bytes = scene.host.random.bytes(4);
  const tag = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${scene.install.answers.name}-scratch-${tag}`;
}

function label(scene: StackScene): string {
  return `${SCRATCH_LABEL}=${scene.install.answers.name}`;
}

/** Ids of everything that carries the label of this stack. */
export async function scratchLeft(
  scene: StackScene,
): Promise<{ readonly containers: string[]; readonly networks: string[] }> {
  const list = async (argv: readonly string[]) => {
    const { stdout } = await mustRun(scene.host, [
      "docker",
      ...argv,
      "--quiet",
      "--filter",
      `label=${label(scene)}`,
    ]);
    return stdout.split("\n").filter((id) => id !== "");
  };
  return {
    containers: await list(["ps", "--all"]),
    networks: await list(["network", "ls"]),
  };
}

export async function removeScratch(scene: StackScene): Promise<void> {
  const { containers, networks } = await scratchLeft(scene);
  const { host } = scene;
  if (containers.length > 0) {
    await mustRun(host, ["docker", "rm", "--force", "--volumes", ...containers]);
  }
  if (networks.length > 0) await mustRun(host, ["docker", "network", "rm", ...networks]);
}

export async function startScratch(
  scene: BackupScene,
  name: string,
  image: string,
  signal: AbortSignal,
): Promise<void> {
  const { host, engine, install } = scene;
  await mustRun(host, ["docker", "network", "create", "--internal", "--label", label(scene), name]);
  const secret = [...host.random.bytes(24)].map((byte) => byte.toString(16).padStart(2, "0"));
  await mustRun(host, [
    "docker",
    "run",
    "--detach",
    `--name=${name}`,
    `--label=${label(scene)}`,
    "--pull=never",
    `--network=${name}`,
    "--network-alias=postgres",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--user=postgres",
    `--memory=${MEMORY}`,
    "--shm-size=128m",
    "--pids-limit=256",
    // Behind the stack that serves, wherever both want the same.
    "--cpu-shares=128",
    "--log-opt=max-size=1m",
    `--env=POSTGRES_USER=${install.answers.database.user}`,
    `--env=POSTGRES_DB=${MAINTENANCE}`,
    "--env=POSTGRES_INITDB_ARGS=--auth-host=scram-sha-256 --auth-local=trust --no-sync",
    // Its value comes from our environment: no secret on a command line.
    "--env=POSTGRES_PASSWORD",
    image,
    "postgres",
    ...[
      "shared_preload_libraries=age",
      // It is thrown away: what a power cut would do to it is of no interest.
      "fsync=off",
      "synchronous_commit=off",
      "full_page_writes=off",
      "autovacuum=off",
      "max_wal_size=2GB",
      "jit=off",
    ].flatMap((setting) => ["-c", setting]),
  ], { signal, env: { POSTGRES_PASSWORD: secret.join("") } });
  const until = host.clock.monotonic() + READY_MS;
  for (;;) {
    // Over TCP: while the cluster is made, a temporary server answers on the socket only.
    const { code } = await engine.exec(name, [
      "pg_isready",
      "--quiet",
      "--host=127.0.0.1",
      `--username=${install.answers.database.user}`,
    ]).catch(() => ({ code: 1 }));
    if (code === 0) return;
    const container = await engine.container(name);
    if (container?.State.Running !== true || host.clock.monotonic() > until) {
      const { stdout, stderr } = await host.process.run(["docker", "logs", "--tail", "12", name]);
      throw new SetupError({
        code: "scratch_not_ready",
        message: `The scratch database did not come up:\n${(stdout + stderr).trim()}`,
        hint: "docker info; free -m; then run the same command again",
        exit: EXIT.apply,
      });
    }
    await host.clock.sleep(POLL_MS, signal);
  }
}
