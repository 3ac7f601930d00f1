/**
 * Looks at a directory that somebody set an RxDx stack up in by hand: its files, the containers that run
 * from it, what its nginx and its database say. Changes nothing, there or elsewhere.
 */
import { certificatePaths } from "../../adopt/edge.ts";
import type { FoundCertificate, FoundService, HandMade } from "../../adopt/hand_made.ts";
import { rolesOf } from "../../adopt/roles.ts";
import { uploadDirectory } from "../../adopt/settings.ts";
import type { ApiContainer, ApiContainerSummary } from "../../engine/api.ts";
import type { Engine } from "../../engine/client.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { resolvedPath } from "../../observe/installs.ts";
import { readEnv } from "../../render/env_codec.ts";
import { secretsFromEnvironment } from "../../secrets/secrets.ts";
import { tail } from "../../steps/command.ts";
import { quoted } from "../../steps/command_line.ts";
import { readCertificate } from "../../tls/certificate.ts";
import { askDatabase } from "./database.ts";

const PROJECT = "com.docker.compose.project";
const DIRECTORY = `${PROJECT}.working_dir`;
const FILES = `${PROJECT}.config_files`;
const ENV_FILE = `${PROJECT}.environment_file`;
const SERVICE = "com.docker.compose.service";
const HASH = "com.docker.compose.config-hash";

/** How Compose is told to work on the old stack: words behind `docker compose`. */
export type ComposeWords = readonly string[];

export interface Looked {
  readonly found: HandMade;
  readonly compose: ComposeWords;
}

const refused = (code: string, message: string, hint: string) =>
  new SetupError({ code, message, hint, exit: EXIT.prerequisite });

/** Containers of a directory, also of one that is now written differently. */
export async function containersOf(
  host: Host,
  engine: Engine,
  dir: string,
): Promise<ApiContainerSummary[]> {
  const found: ApiContainerSummary[] = [];
  const resolved = new Map<string, string>();
  for (const each of await engine.containers()) {
    const at = each.Labels[DIRECTORY];
    if (at === undefined || each.Labels["com.docker.compose.oneoff"] === "True") continue;
    if (!resolved.has(at)) resolved.set(at, await resolvedPath(host, at));
    if (resolved.get(at) === dir) found.push(each);
  }
  return found;
}

/**
 * @param dir resolved path of the directory
 * @param project which of several that were started from there
 * @throws SetupError `not_a_stack`, `compose_invalid`, `several_projects` (exit 4)
 */
export async function lookAtHandMade(
  host: Host,
  engine: Engine,
  dir: string,
  project?: string,
): Promise<Looked> {
  const containers = await containersOf(host, engine, dir);
  const projects = new Set(containers.map((each) => each.Labels[PROJECT] ?? ""));
  const [only] = projects;
  if (only === undefined) throw await nothingRuns(host, dir);
  const name = project ?? only;
  if (!projects.has(name)) {
    throw refused(
      "no_such_project",
      `No stack ${name} runs from ${dir}; there is ${[...projects].join(", ")}.`,
      `--name ${only}`,
    );
  }
  if (projects.size > 1 && project === undefined) {
    throw refused(
      "several_projects",
      `Several stacks run from ${dir}: ${[...projects].join(", ")}.`,
      `Say which: --name ${only}`,
    );
  }
  const ours = containers.filter((each) => each.Labels[PROJECT] === name);
  const labels = ours[0]?.Labels ?? {};
  const files = (labels[FILES] ?? "").split(",").filter((each) => each !== "")
    .map((each) => each.startsWith("/") ? each : `${dir}/${each}`);
  const envFiles = (labels[ENV_FILE] ?? "").split(",").filter((each) => each !== "");
  const compose = [
    "--project-name",
    name,
    "--project-directory",
    dir,
    ...envFiles.flatMap((file) => ["--env-file", file]),
    ...files.flatMap((file) => ["--file", file]),
  ];
  const described = await describedBy(host, dir, compose, files);
  const services: FoundService[] = [];
  for (const each of ours) {
    const container = await engine.container(each.Id);
    if (container !== undefined) services.push(serviceOf(container, described));
  }
  const { roles } = rolesOf({ services });
  const { text: nginx, refuses } = await nginxText(engine, roles.nginx);
  const certificate = await certificateIn(host, dir, nginx, roles.nginx);
  const env = readEnv(await host.files.readText(`${dir}/.env`) ?? "");
  const database = await askDatabase(engine, roles, {
    env,
    given: secretsFromEnvironment(host.env).given.POSTGRES_PASSWORD,
  });
  const uploadsUid = await uploadsOwner(engine, roles.backend);
  return {
    compose,
    found: {
      dir,
      project: name,
      composeFiles: files,
      env,
      services,
      nginx,
      ...(refuses === undefined ? {} : { nginxRefuses: refuses }),
      ...(certificate === undefined ? {} : { certificate }),
      ...(database === undefined ? {} : { database }),
      ...(uploadsUid === undefined ? {} : { uploadsUid }),
    },
  };
}

const COMPOSE_NAMES = /^(docker-)?compose(\.[\w.-]+)?\.ya?ml$/;

async function nothingRuns(host: Host, dir: string): Promise<SetupError> {
  const names = await host.files.list(dir);
  if (names.some((name) => COMPOSE_NAMES.test(name))) {
    return refused(
      "not_running",
      `Nothing was started from ${dir}, so that its data cannot be looked at. It is read from the ` +
        "running stack which files, volumes and passwords are the ones in use.",
      `cd ${quoted([dir])} && docker compose up --detach; then run the same command again`,
    );
  }
  return refused(
    "not_a_stack",
    `${dir} has no Compose file.`,
    "Name the directory that `docker compose up` was run in.",
  );
}

interface Described {
  readonly builds: ReadonlyMap<string, string>;
  readonly hashes: ReadonlyMap<string, string>;
}

/** What the files say now: Compose itself reads them, with anchors, variables and all. */
async function describedBy(
  host: Host,
  dir: string,
  compose: ComposeWords,
  files: readonly string[],
): Promise<Described> {
  const ask = async (...words: readonly string[]) => {
    const result = await host.process.run(["docker", "compose", ...compose, "config", ...words], {
      cwd: dir,
    });
    if (result.code === 0) return result.stdout;
    throw refused(
      "compose_invalid",
      `Compose cannot read ${files.join(", ")} any more:\n${tail(result.stderr)}`,
      "Correct it there: the old stack must be able to come back should the new one fail.",
    );
  };
  const [json, hashLines] = await Promise.all([ask("--format", "json"), ask("--hash", "*")]);
  const model = JSON.parse(json) as {
    services?: Readonly<Record<string, { readonly build?: { readonly context?: string } }>>;
  };
  const builds = Object.entries(model.services ?? {}).flatMap(([service, { build }]) =>
    build?.context === undefined ? [] : [[service, build.context] as const]
  );
  const hashes = hashLines.trim().split("\n").map((line) => {
    const [service = "", hash = ""] = line.split(" ");
    return [service, hash] as const;
  });
  return { builds: new Map(builds), hashes: new Map(hashes) };
}

function serviceOf(container: ApiContainer, { builds, hashes }: Described): FoundService {
  const { Config, HostConfig, Mounts, Name, Id, State } = container;
  const service = Config.Labels[SERVICE] ?? "";
  const build = builds.get(service);
  return {
    service,
    container: Id,
    containerName: Name.replace(/^\//, ""),
    image: Config.Image,
    running: State.Running,
    env: new Map((Config.Env ?? []).map((each) => {
      const cut = each.indexOf("=");
      return [each.slice(0, cut), each.slice(cut + 1)];
    })),
    mounts: (Mounts ?? []).map(({ Type, Name: name, Source, Destination }) => ({
      type: Type,
      ...(name === undefined ? {} : { name }),
      source: Source,
      target: Destination,
    })),
    ports: Object.entries(HostConfig.PortBindings ?? {}).flatMap(([target, bindings]) =>
      (bindings ?? []).flatMap(({ HostIp, HostPort }) =>
        target.endsWith("/tcp") && /^\d+$/.test(HostPort)
          ? [{ target: parseInt(target, 10), published: Number(HostPort), ip: HostIp }]
          : []
      )
    ),
    ...(build === undefined ? {} : { build }),
    asDescribed: hashes.get(service) === Config.Labels[HASH],
  };
}

async function uploadsOwner(
  engine: Engine,
  backend: FoundService | undefined,
): Promise<number | undefined> {
  if (backend?.running !== true) return undefined;
  const command = ["stat", "-c", "%u", uploadDirectory(backend.env)];
  const asked = await engine.exec(backend.container, command).catch(() => undefined);
  return asked?.code === 0 ? Number(asked.stdout.trim()) : undefined;
}

/** What nginx itself says it runs with, or why it would not run with it again. */
async function nginxText(
  engine: Engine,
  nginx: FoundService | undefined,
): Promise<{ readonly text: string; readonly refuses?: string }> {
  if (nginx?.running !== true) return { text: "" };
  const asked = await engine.exec(nginx.container, ["nginx", "-T"]).catch(() => undefined);
  const refuses = asked?.code === 0 ? undefined : /\[emerg\] (.+)/.exec(asked?.stderr ?? "")?.[1];
  return { text: asked?.stdout ?? "", ...(refuses === undefined ? {} : { refuses }) };
}

/** Where people keep it who did not say it to nginx in a way that leads to this machine. */
const USUAL = [["cert.pem", "key.pem"], ["fullchain.pem", "privkey.pem"]] as const;

async function certificateIn(
  host: Host,
  dir: string,
  configuration: string,
  nginx: FoundService | undefined,
): Promise<FoundCertificate | undefined> {
  const pairs = [
    ...certificatePaths(configuration, nginx?.mounts ?? []),
    ...USUAL.map(([cert, key]) => ({
      cert: `${dir}/nginx/ssl/${cert}`,
      key: `${dir}/nginx/ssl/${key}`,
    })),
  ];
  for (const { cert, key } of pairs) {
    const pem = await host.files.readText(cert).catch(() => undefined);
    const info = pem === undefined ? undefined : readCertificate(pem);
    if (info === undefined || await host.files.stat(key) === undefined) continue;
    const { names, selfSigned, notAfter } = info;
    return { cert, key, names, selfSigned, until: notAfter.toISOString() };
  }
  return undefined;
}
