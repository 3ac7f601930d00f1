/** What Docker says: containers, images, networks, volumes, disk, and the newest lines of every log. */
import { type ContainerState, containerState } from "../../engine/state.ts";
import { NotThere, outputOf, type Part, type SupportScene } from "./part.ts";

export interface EngineParts {
  readonly parts: readonly Part[];
  /** The stack's own networks, `172.18.0.0/16`: addresses in them are of containers. */
  readonly networks: readonly string[];
}

const SUBNETS = "{{range .IPAM.Config}}{{.Subnet}} {{end}}";

/** @param logBytes of all logs together, before they are compressed */
export async function engineParts(
  scene: SupportScene,
  logBytes: number,
  signal: AbortSignal,
): Promise<EngineParts> {
  const { host, engine, project, options } = scene;
  const parts: Part[] = [
    {
      path: "docker/info.json",
      what: "the daemon and its settings",
      collect: async (signal) => {
        const argv = ["docker", "info", "--format", "{{json .}}"];
        return { json: JSON.parse(await outputOf(host, argv, { signal })) };
      },
    },
    {
      path: "docker/disk-usage.txt",
      what: "what images, containers and volumes occupy: docker system df",
      collect: async (signal) => ({
        text: await outputOf(host, ["docker", "system", "df"], { signal }),
      }),
    },
  ];
  if (!await engine.ping()) {
    const silent = (path: string, what: string): Part => ({
      path,
      what,
      collect: () => Promise.reject(new NotThere("Docker does not answer")),
    });
    return {
      networks: [],
      parts: [
        silent("docker/", "the daemon, images, networks, volumes, disk usage"),
        silent("docker/containers/", "settings and state of the containers"),
        ...(options.logs ? [silent("logs/", "logs of the services")] : []),
      ],
    };
  }
  const containers = (await engine.containers(project).catch(() => [])).map(containerState);
  const images = [...new Set(containers.map((each) => each.imageId))];
  const of = ["--filter", `label=com.docker.compose.project=${project}`, "--quiet"];
  const named = async (kind: string) => {
    const ran = await host.process.run(["docker", kind, "ls", ...of], {
      signal,
      timeoutMs: 10_000,
    });
    return ran.stdout.split("\n").filter((each) => each !== "");
  };
  const [networks, volumes] = await Promise.all([named("network"), named("volume")]);
  const inspected = (path: string, what: string, kind: string, ids: readonly string[]): Part => ({
    path,
    what,
    collect: async (signal) => {
      if (ids.length === 0) throw new NotThere("there is none");
      const argv = ["docker", kind, "inspect", ...ids];
      return { json: JSON.parse(await outputOf(host, argv, { signal })) };
    },
  });
  parts.push(
    inspected("docker/images.json", "images and their digests", "image", images),
    inspected("docker/networks.json", "networks of the stack", "network", networks),
    inspected(
      "docker/volumes.json",
      "volumes of the stack; not what is in them",
      "volume",
      volumes,
    ),
    ...containers.map((each) =>
      inspected(
        `docker/containers/${each.container}.json`,
        `settings and state of ${each.container}`,
        "container",
        [each.id],
      )
    ),
  );
  if (containers.length === 0) {
    parts.push({
      path: "docker/containers/",
      what: "settings and state of the containers",
      collect: () => Promise.reject(new NotThere(`no container belongs to ${project}`)),
    });
  }
  if (options.logs) {
    const share = Math.floor(logBytes / Math.max(1, containers.length));
    parts.push(...containers.map((each) => logPart(scene, each, share)));
  }
  return { parts, networks: await subnets(scene, networks, signal) };
}

async function subnets(
  { host }: SupportScene,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  if (ids.length === 0) return [];
  const argv = ["docker", "network", "inspect", "--format", SUBNETS, ...ids];
  const ran = await host.process.run(argv, { signal, timeoutMs: 10_000 });
  return ran.stdout.split(/\s+/).filter((each) => each !== "");
}

function logPart(scene: SupportScene, of: ContainerState, share: number): Part {
  const { engine, options } = scene;
  return {
    path: `logs/${of.container}.log`,
    what: `the newest log lines of ${of.container}`,
    collect: async (signal) => {
      const tty = (await engine.container(of.id))?.Config.Tty ?? false;
      const kept: string[] = [];
      let size = 0;
      let dropped = 0;
      const lines = engine.logs(of.id, {
        tail: options.lines,
        since: options.since.getTime() / 1000,
        tty,
        signal,
      });
      for await (const batch of lines) {
        for (const { text } of batch) {
          kept.push(text);
          size += text.length + 1;
          // The oldest go first; what stays is counted in characters, which is near enough.
          while (size > share && kept.length > dropped + 1) {
            size -= (kept[dropped]?.length ?? 0) + 1;
            dropped++;
          }
        }
      }
      const text = kept.slice(dropped).map((line) => `${line}\n`).join("");
      return dropped === 0 ? { text } : {
        text,
        cut: `the newest ${
          kept.length - dropped
        } of ${kept.length} lines, to stay below --max-size`,
      };
    },
  };
}
