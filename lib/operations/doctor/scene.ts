/**
 * What the checks of `doctor` ask with: each question is put to the machine once, however many checks
 * want its answer. Made by `examine.ts` for one run.
 */
import type { ApiContainer, ApiContainerSummary } from "../../engine/api.ts";
import { Engine } from "../../engine/client.ts";
import { SERVICES } from "../../engine/compose.ts";
import { memoryUse } from "../../engine/stats.ts";
import { type ContainerFacts, isWell } from "../../doctor/services.ts";
import type { Host } from "../../host/types.ts";
import { databaseStatus } from "../../observe/database.ts";
import { measure } from "../../observe/facts.ts";
import type { StatusDocument } from "../../observe/status.ts";
import type { Facts } from "../../plan/facts.ts";
import { publishedPorts } from "../../plan/ports.ts";
import { sizing } from "../../plan/sizing.ts";
import { measureNetwork, type NetworkFacts } from "../../probe/network.ts";
import { readEnv } from "../../render/env_codec.ts";
import type { Install } from "../install.ts";
import { type CertificateLook, lookAtCertificate } from "../tls/look.ts";
import { type CertificatePlan, certificatePlan } from "../tls/scene.ts";

/** A container as Docker describes it, with what its judgement needs. */
export interface Looked {
  readonly summary: ApiContainerSummary;
  readonly detail: ApiContainer;
  readonly facts: ContainerFacts;
}

export interface DoctorScene {
  readonly host: Host;
  readonly engine: Engine;
  readonly install: Install;
  /** Services to look at; all when none was named. */
  readonly services: readonly string[];
  readonly facts: () => Promise<Facts>;
  readonly network: () => Promise<NetworkFacts>;
  readonly containers: () => Promise<readonly Looked[]>;
  readonly database: () => Promise<StatusDocument["database"]>;
  readonly certificate: () => Promise<{ plan: CertificatePlan; look: CertificateLook }>;
  /** The present `.env`. */
  readonly env: () => Promise<ReadonlyMap<string, string>>;
  /** Containers that a service shall have. */
  readonly wanted: (service: string) => number;
}

/** Lines of the log of a container that is not well. */
const LOG_LINES = 50;

export function makeScene(
  host: Host,
  install: Install,
  services: readonly string[],
): DoctorScene {
  const engine = new Engine(host);
  const { answers, dir } = install;
  const containers = once(() => lookAtContainers(host, engine, answers.name));
  const sized = sizing({
    cpus: host.system.cpus(),
    memoryBytes: host.system.memoryBytes(),
    environment: answers.environment,
    resources: answers.resources,
  });
  return {
    host,
    engine,
    install,
    services: services.length === 0 ? SERVICES : services,
    facts: once(() =>
      measure(host, { dir, ports: publishedPorts(answers).map(([, port]) => port) })
    ),
    network: once(() => measureNetwork(host, [answers.domain, ...answers.aliases])),
    containers,
    database: once(async () => {
      const [postgres] = await running({ containers }, "postgres");
      return await databaseStatus(engine, postgres?.summary.Id, answers.database);
    }),
    certificate: once(async () => {
      const plan = await certificatePlan(host, install);
      return { plan, look: await lookAtCertificate({ host, engine, plan, candidate: {} }) };
    }),
    env: once(async () =>
      new Map(readEnv(await host.files.readText(`${dir}/.env`).catch(() => undefined) ?? ""))
    ),
    wanted: (service) =>
      service === "backend" && answers.environment !== "development" && sized.ok
        ? sized.sizing.replicas
        : 1,
  };
}

/** Asks at the first call, and remembers what was said. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => answer ??= ask();
}

/** The running containers of a service. */
export async function running(
  { containers }: Pick<DoctorScene, "containers">,
  service: string,
): Promise<readonly Looked[]> {
  return (await containers()).filter(({ facts }) =>
    facts.service === service && facts.state === "running"
  );
}

async function lookAtContainers(
  host: Host,
  engine: Engine,
  project: string,
): Promise<readonly Looked[]> {
  const summaries = (await engine.containers(project))
    .filter((each) => each.Labels["com.docker.compose.oneoff"] !== "True");
  const looked = await Promise.all(summaries.map(async (summary): Promise<Looked | undefined> => {
    const runs = summary.State === "running";
    const [detail, sample] = await Promise.all([
      engine.container(summary.Id),
      runs ? engine.sample(summary.Id).catch(() => undefined) : undefined,
    ]);
    if (detail === undefined) return undefined;
    const state = detail.State;
    const check = state.Health?.Log?.at(-1);
    const started = Date.parse(state.StartedAt);
    const brief = {
      service: summary.Labels["com.docker.compose.service"] ?? "",
      name: (summary.Names[0] ?? summary.Id).replace(/^\//, ""),
      state: state.Status,
      health: state.Health?.Status ?? "none",
    };
    const kills = runs ? await killsOf(host, summary.Id) : undefined;
    const log = isWell(brief) && detail.RestartCount === 0
      ? []
      // What it said in an earlier life explains nothing of this one.
      : await lastLines(engine, detail, LOG_LINES, started > 0 ? started / 1000 : 0);
    return {
      summary,
      detail,
      facts: {
        ...brief,
        exitCode: state.ExitCode,
        error: state.Error,
        oomKilled: state.OOMKilled,
        restarts: detail.RestartCount,
        ...(started > 0 ? { upSeconds: (host.clock.now().getTime() - started) / 1000 } : {}),
        ...(check === undefined
          ? {}
          : { lastCheck: { exitCode: check.ExitCode, output: check.Output } }),
        memoryLimitBytes: detail.HostConfig.Memory,
        ...(sample === undefined ? {} : { memoryUsedBytes: memoryUse(sample).usedBytes }),
        ...(kills === undefined ? {} : { kills }),
        log,
      },
    };
  }));
  return looked.filter((each) => each !== undefined);
}

/**
 * The last lines of a container's log, without the engine's time.
 *
 * @param since Unix seconds; 0 for all
 */
export async function lastLines(
  engine: Engine,
  { Id, Config }: Pick<ApiContainer, "Id" | "Config">,
  count: number,
  since = 0,
): Promise<string[]> {
  const lines: string[] = [];
  try {
    for await (const batch of engine.logs(Id, { tail: count, since, tty: Config.Tty })) {
      lines.push(...batch.map((line) => line.text.replace(/^\S+ /, "")));
    }
  } catch {
    // Another log driver: what it keeps cannot be read here.
  }
  return lines;
}

/** Where Docker keeps the control group of a container: cgroup v2 with systemd, without; v1. */
const GROUPS = [
  ["/sys/fs/cgroup/system.slice/docker-ID.scope/memory.events", /^oom_kill (\d+)$/m],
  ["/sys/fs/cgroup/docker/ID/memory.events", /^oom_kill (\d+)$/m],
  ["/sys/fs/cgroup/memory/docker/ID/memory.oom_control", /^oom_kill (\d+)$/m],
  [
    "/sys/fs/cgroup/memory/system.slice/docker-ID.scope/memory.oom_control",
    /^oom_kill (\d+)$/m,
  ],
] as const;

/** Processes that the kernel killed for want of memory; a restart counts anew. */
async function killsOf(host: Host, id: string): Promise<number | undefined> {
  for (const [path, pattern] of GROUPS) {
    const text = await host.files.readText(path.replace("ID", id)).catch(() => undefined);
    const count = pattern.exec(text ?? "")?.[1];
    if (count !== undefined) return Number(count);
  }
  return undefined;
}
