/**
 * Puts a machine into a fake host: distribution, listeners, and a Docker engine with containers,
 * images, volumes and networks that answers the Engine API. For tests of whole commands; what they
 * change must be scripted on top of it.
 */
import type { Facts, Listener } from "../../lib/plan/facts.ts";
import { FakeHost, type FakeHostOptions } from "./fake_host.ts";
import { REST } from "./fake_host_process.ts";
import { apiDetail, apiSummary, type SampleContainer, sampleFacts } from "./samples.ts";

/** What the engine holds; a test may change it while the program runs. */
export interface FakeEngine {
  containers: SampleContainer[];
  /** Name → id. */
  images: Map<string, string>;
  /** Name → Compose project. */
  volumes: Map<string, string>;
  networks: Map<string, string>;
}

export interface Machine {
  readonly host: FakeHost;
  readonly engine: FakeEngine;
}

/** A host on which `measure` finds exactly these facts. */
export function machineOf(
  changes: Partial<Facts> = {},
  options: FakeHostOptions & { readonly dir?: string } = {},
): Machine {
  const facts = sampleFacts(changes);
  const host = new FakeHost({
    cpus: facts.cpus,
    memoryBytes: facts.memoryBytes,
    hostname: facts.hostname,
    addresses: facts.addresses,
    uid: facts.uid,
    gid: facts.gid,
    arch: facts.arch,
    ...options,
  });
  const { files } = host;
  files.put(
    "/etc/os-release",
    `PRETTY_NAME="${facts.os.name}"\nID=${facts.os.id}\nID_LIKE="${facts.os.like.join(" ")}"\n` +
      `VERSION_ID="${facts.os.version}"\nVERSION_CODENAME=${facts.os.codename}\n`,
  );
  host.process.allow(["cat", "/proc/1/comm"], facts.systemd ? "systemd\n" : "sh\n");
  files.putDirectory("/tmp", 0o1777);
  files.putDirectory("/opt");
  files.setSpace(facts.disk);
  if (facts.overrideFile) {
    files.put(`${options.dir ?? "/opt/rxdx"}/docker-compose.override.yml`, "services: {}\n");
  }
  arrangeListeners(host, facts.listeners);
  return { host, engine: arrangeEngine(host, facts) };
}

/** The kernel's tables, as `cat` and `find` print them. */
function arrangeListeners(host: FakeHost, listeners: readonly Listener[]): void {
  const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt" +
    "   uid  timeout inode\n";
  const inode = (index: number) => 9000 + index;
  const rows = listeners.map((listener, index) => {
    const port = listener.port.toString(16).toUpperCase().padStart(4, "0");
    return `   ${index}: ${kernelAddress(listener.address)}:${port} 00000000:0000 0A ` +
      "00000000:00000000 00:00000000 00000000     0        0 " +
      `${inode(index)} 1 0000000000000000 100 0 0 10 0\n`;
  });
  const { process } = host;
  process.allow(["cat", "/proc/net/tcp", "/proc/net/tcp6"], header + rows.join("") + header);
  process.allow(
    ["find", "/proc", REST],
    listeners.map(({ pid }, index) =>
      pid === undefined ? "" : `/proc/${pid}/fd/7 socket:[${inode(index)}]\n`
    ).join(""),
  );
  for (const { pid, process: name } of listeners) {
    if (pid !== undefined) process.allow(["cat", `/proc/${pid}/comm`], `${name ?? "program"}\n`);
  }
}

/** IPv4 in the kernel's spelling: little-endian hexadecimal. */
function kernelAddress(address: string): string {
  return address.split(".").reverse()
    .map((part) => Number(part).toString(16).toUpperCase().padStart(2, "0")).join("");
}

function arrangeEngine(host: FakeHost, facts: Facts): FakeEngine {
  const engine: FakeEngine = {
    containers: facts.listeners.flatMap((listener): SampleContainer[] =>
      listener.container === undefined ? [] : [{
        project: listener.project ?? "",
        service: listener.container,
        ports: [{ PrivatePort: 80, PublicPort: listener.port, Type: "tcp" }],
      }]
    ),
    images: new Map(),
    volumes: new Map(facts.volumes.map((name) => [name, name.split("_")[0] ?? ""])),
    networks: new Map(),
  };
  const { compose, state, version } = facts.engine;
  host.process.allow(
    ["docker", "compose", "version", "--short"],
    compose === undefined ? { code: 127, stderr: "docker: command not found" } : `${compose}\n`,
  );
  host.process.allow(
    ["dockerd", "--version"],
    state === "absent" ? { code: 127 } : `Docker version ${version ?? "28.5.1"}\n`,
  );
  if (state === "denied") host.files.putOther("/var/run/docker.sock", { uid: 0, gid: 999 });
  if (state !== "running") {
    host.net.allow("GET", "/_ping", "refused");
    return engine;
  }
  answerFor(host, engine, facts);
  return engine;
}

/** The engine answers from here on: also for a test in which it is started on the way. */
export function answerFor(host: FakeHost, engine: FakeEngine, facts: Facts): void {
  const projectOf = (path: string): string | undefined => {
    const filters = new URLSearchParams(path.split("?")[1] ?? "").get("filters");
    return /com\.docker\.compose\.project=([^"]+)/.exec(filters ?? "")?.[1];
  };
  const { net } = host;
  net.allow("GET", "/_ping", { body: "OK" });
  net.allow("GET", "/version", {
    json: { Version: facts.engine.version ?? "28.5.1", ApiVersion: "1.51", Arch: "amd64" },
  });
  net.allow("GET", "/v1.44/info", {
    json: {
      DockerRootDir: facts.engine.rootDir ?? "/var/lib/docker",
      NCPU: 4,
      MemTotal: 1,
      Driver: "overlay2",
      SecurityOptions: [
        "name=seccomp,profile=builtin",
        ...(facts.engine.rootless === true ? ["name=rootless"] : []),
      ],
      HttpProxy: facts.engine.proxies?.http ?? "",
      HttpsProxy: facts.engine.proxies?.https ?? "",
      NoProxy: facts.engine.proxies?.no ?? "",
    },
  });
  net.allow("GET", "/v1.44/containers/json", ({ path }) => {
    const project = projectOf(path);
    return {
      json: engine.containers.filter((each) =>
        project === undefined || (each.project ?? "rxdx") === project
      ).map(apiSummary),
    };
  });
  net.allow("GET", /^\/v1\.44\/containers\/[^/?]+\/json$/, ({ path }) => {
    const id = path.split("/")[3];
    const found = engine.containers.find((each) =>
      [apiSummary(each).Id, apiSummary(each).Names[0]?.slice(1)].includes(id)
    );
    return found === undefined
      ? { status: 404, json: { message: "No such container" } }
      : { json: apiDetail(found) };
  });
  net.allow("GET", /^\/v1\.44\/images\/[^/?]+\/json$/, ({ path }) => {
    const name = decodeURIComponent(path.split("/")[3] ?? "");
    const id = engine.images.get(name);
    return id === undefined
      ? { status: 404, json: { message: `No such image: ${name}` } }
      : { json: { Id: id, RepoDigests: [], Architecture: "amd64", Size: 1, Created: "" } };
  });
  const named = (entries: Map<string, string>, path: string) => {
    const project = projectOf(path);
    return [...entries].filter(([, each]) => project === undefined || each === project)
      .map(([name]) => name);
  };
  net.allow("GET", "/v1.44/volumes", ({ path }) => ({
    json: { Volumes: named(engine.volumes, path).map((Name) => ({ Name, Mountpoint: "" })) },
  }));
  net.allow("GET", "/v1.44/networks", ({ path }) => ({
    json: named(engine.networks, path).map((Name) => ({ Id: Name, Name, Internal: false })),
  }));
}
