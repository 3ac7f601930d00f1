/** Measures the machine: everything a plan needs to know, in one pass, changing nothing. */
import type { ApiContainerSummary } from "../engine/api.ts";
import { Engine } from "../engine/client.ts";
import type { Host } from "../host/types.ts";
import type { EngineFacts, Facts, Listener } from "../plan/facts.ts";
import { otherInstalls } from "./installs.ts";
import { listeners } from "./listeners.ts";
import { projectsOf } from "./projects.ts";
import { environmentProxies, withoutLogin } from "./proxies.ts";

/** `KEY=value` lines with optional quotes, as os-release(5) has them. */
export function parseOsRelease(text: string): Map<string, string> {
  return new Map(
    text.split("\n").flatMap((line) => {
      const match = /^([A-Z_]+)=(?:"([^"]*)"|'([^']*)'|(.*))$/.exec(line);
      return match === null ? [] : [[match[1] ?? "", match[2] ?? match[3] ?? match[4] ?? ""]];
    }),
  );
}

export interface FactsOptions {
  readonly dir: string;
  /** Ports whose owner must be known. */
  readonly ports: readonly number[];
  /** False: Compose's version is not asked for, which takes it as long as an answer about a stack. */
  readonly compose?: boolean;
}

export async function measure(host: Host, options: FactsOptions): Promise<Facts> {
  const release = parseOsRelease(
    await host.files.readText("/etc/os-release") ??
      await host.files.readText("/usr/lib/os-release") ?? "",
  );
  const engine = new Engine(host);
  const answers = engine.ping();
  const known = answers.then((running) => running ? engine.containers() : []);
  const [engineFacts, space, found, init, override, installed] = await Promise.all([
    engineState(host, engine, answers, options.compose !== false),
    host.files.space(options.dir),
    // Whose a published port is, the engine says at once; only others are looked for.
    known.then((all) => listeners(host, new Set(unpublished(options.ports, all)))),
    host.process.run(["cat", "/proc/1/comm"]),
    host.files.stat(`${options.dir}/docker-compose.override.yml`),
    host.files.stat(`${options.dir}/rxdx.yml`),
  ]);
  const running = engineFacts.state === "running";
  const [containers, volumes] = await Promise.all([known, running ? engine.volumes() : []]);
  return {
    os: {
      id: release.get("ID") ?? "linux",
      like: (release.get("ID_LIKE") ?? "").split(" ").filter((each) => each !== ""),
      version: release.get("VERSION_ID") ?? "",
      // What a relative calls its own release, no repository of Ubuntu's or Debian's packages knows.
      codename: release.get("UBUNTU_CODENAME") ?? release.get("DEBIAN_CODENAME") ??
        release.get("VERSION_CODENAME") ?? "",
      name: release.get("PRETTY_NAME") ?? "Linux",
    },
    arch: host.system.arch,
    uid: host.system.uid,
    gid: host.system.gid,
    ...(host.system.program === undefined ? {} : { program: host.system.program }),
    systemd: init.stdout.trim() === "systemd",
    hostname: host.system.hostname(),
    addresses: host.system.addresses(),
    cpus: host.system.cpus(),
    memoryBytes: host.system.memoryBytes(),
    disk: space,
    listeners: found.map((listener) => withContainer(listener, containers)),
    engine: engineFacts,
    installs: await otherInstalls(host, containers, options.dir),
    volumes: volumes.map((volume) => volume.Name),
    projects: projectsOf(containers),
    proxies: environmentProxies(host.env),
    installed: installed !== undefined,
    overrideFile: override !== undefined,
  };
}

/** The ports among these that no container publishes. */
function unpublished(ports: readonly number[], all: readonly ApiContainerSummary[]): number[] {
  const published = new Set(all.flatMap((each) => each.Ports.map((port) => port.PublicPort)));
  return ports.filter((port) => !published.has(port));
}

/** Docker's own proxy says nothing; the container behind it does. */
function withContainer(
  listener: Listener,
  containers: readonly ApiContainerSummary[],
): Listener {
  const container = containers.find((each) =>
    each.Ports.some((port) => port.PublicPort === listener.port && port.Type === "tcp")
  );
  if (container === undefined) return listener;
  const project = container.Labels["com.docker.compose.project"];
  return {
    ...listener,
    container: (container.Names[0] ?? container.Id).replace(/^\//, ""),
    ...(project === undefined ? {} : { project }),
  };
}

async function engineState(
  host: Host,
  engine: Engine,
  running: Promise<boolean>,
  withVersion: boolean,
): Promise<EngineFacts> {
  const [answers, compose] = await Promise.all([
    running,
    withVersion
      ? host.process.run(["docker", "compose", "version", "--short"], { timeoutMs: 10_000 })
      : undefined,
  ]);
  const composeVersion = compose?.code === 0 ? compose.stdout.trim().replace(/^v/, "") : undefined;
  const withCompose = composeVersion === undefined ? {} : { compose: composeVersion };
  if (answers) {
    const [version, info] = await Promise.all([
      engine.version(),
      engine.info().catch(() => undefined),
    ]);
    return {
      state: "running",
      version: version.Version,
      ...withCompose,
      ...(info === undefined ? {} : {
        rootDir: info.DockerRootDir,
        rootless: (info.SecurityOptions ?? []).some((each) => /^name=rootless\b/.test(each)),
        proxies: {
          http: withoutLogin(info.HttpProxy ?? ""),
          https: withoutLogin(info.HttpsProxy ?? ""),
          no: info.NoProxy ?? "",
        },
      }),
    };
  }
  const daemon = await host.process.run(["dockerd", "--version"], { timeoutMs: 10_000 });
  const socket = await host.files.stat("/var/run/docker.sock");
  // A user outside the docker group sees the socket and may not use it.
  const denied = socket?.kind === "other" && host.system.uid !== 0 &&
    socket.uid !== host.system.uid;
  return {
    state: denied ? "denied" : daemon.code === 0 ? "stopped" : "absent",
    ...withCompose,
  };
}
