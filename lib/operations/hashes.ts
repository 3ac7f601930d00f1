/**
 * Which containers would be made anew. Compose marks each container with the hash of the service
 * definition it was made from, and computes the hash of the present definition itself, so the
 * answer is Compose's own.
 */
import type { Engine } from "../engine/client.ts";
import { composeHashes, type Service, SERVICES } from "../engine/compose.ts";
import { type ContainerState, stackContainers } from "../engine/state.ts";
import type { Host } from "../host/types.ts";
import type { Plan } from "../plan/plan.ts";
import { mustRun } from "../steps/command.ts";
import type { SameDatabase } from "./same_database.ts";

/** What Compose reads in an install directory, overrides by hand among it. */
const READ_BY_COMPOSE = /^\.env$|\.ya?ml$/;

/** It reads other files too. */
const READS_MORE = /^\s*(?:(?:include|extends|env_file)\s*:|COMPOSE_FILE\s*=.*\/)/m;

/** Within this time Compose is not asked twice about the same files: its answer takes it a fifth of a second. */
const KEPT_MS = 10_000;

interface Told {
  /** Names and texts of the files as they were. */
  readonly of: string;
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly hashes: Promise<Map<string, string>>;
}

/** By machine and install directory. */
const TOLD = new WeakMap<Host, Map<string, Told>>();

/**
 * Service → hash of its definition in the files of the install directory.
 *
 * @param files Compose files in place of those that the directory names; always asked anew
 * @throws SetupError `compose_invalid`
 */
export async function definedHashes(
  host: Host,
  dir: string,
  files?: readonly string[],
): Promise<Map<string, string>> {
  if (files !== undefined) return await askCompose(host, dir, files);
  const told = TOLD.get(host) ?? new Map<string, Told>();
  TOLD.set(host, told);
  const [of, at] = [await filesNow(host, dir), host.clock.monotonic()];
  if (READS_MORE.test(of)) return await askCompose(host, dir);
  const known = told.get(dir);
  if (known !== undefined && known.of === of && at - known.at < KEPT_MS) return await known.hashes;
  const hashes = askCompose(host, dir);
  told.set(dir, { of, at, hashes });
  try {
    return await hashes;
  } catch (error) {
    // What could not be told is asked again.
    if (told.get(dir)?.hashes === hashes) told.delete(dir);
    throw error;
  }
}

async function askCompose(
  host: Host,
  dir: string,
  files?: readonly string[],
): Promise<Map<string, string>> {
  const result = await mustRun(host, composeHashes(dir, files), {
    // On a new install the directory is not there yet; the files then stand elsewhere.
    ...(files === undefined ? { cwd: dir } : {}),
    code: "compose_invalid",
    hint: "docker compose config --quiet",
  });
  return new Map(
    result.stdout.trim().split("\n").map((line) => {
      const [service = "", hash = ""] = line.trim().split(/\s+/);
      return [service, hash];
    }),
  );
}

async function filesNow({ files }: Host, dir: string): Promise<string> {
  const names = (await files.list(dir)).filter((name) => READ_BY_COMPOSE.test(name));
  const texts = await Promise.all(names.map((name) => files.readText(`${dir}/${name}`)));
  return names.map((name, index) => `${name}\n${texts[index]}`).join("\n");
}

export interface ServiceChange {
  readonly service: string;
  readonly action: "create" | "recreate" | "start" | "scale" | "remove";
  readonly reason: string;
}

/** Number of containers that each service shall have. */
export function expectedContainers(plan: Plan): Record<Service, number> {
  return Object.fromEntries(
    SERVICES.map((service) => [
      service,
      service === "backend" && plan.answers.environment !== "development"
        ? plan.sizing.replicas
        : 1,
    ]),
  ) as Record<Service, number>;
}

export interface ChangesOptions {
  readonly engine: Engine;
  readonly plan: Plan;
  readonly hashes: ReadonlyMap<string, string>;
  /** A database container that may stay, see `same_database.ts`. */
  readonly same?: SameDatabase | undefined;
  /** True when Compose will only add backend containers and leave everything else alone. */
  readonly rolls?: boolean;
}

/** What `docker compose up` would do. */
export async function serviceChanges(options: ChangesOptions): Promise<ServiceChange[]> {
  const { engine, plan, hashes, same, rolls = false } = options;
  const [summaries, images] = await Promise.all([
    engine.containers(plan.answers.name),
    Promise.all(SERVICES.map((service) => engine.image(plan.images[service]))),
  ]);
  const containers = stackContainers(summaries);
  const imageIds = new Map<string, string | undefined>(
    SERVICES.map((service, index) => [service, images[index]?.Id]),
  );
  const expected: Readonly<Record<string, number>> = expectedContainers(plan);
  const order = (service: string) => (SERVICES as readonly string[]).indexOf(service);
  const sorted = [...hashes].sort(([a], [b]) => order(a) - order(b));
  const defined = sorted.map(([service, hash]) =>
    changeOf(service, {
      hash,
      own: containers.filter((each) => each.service === service),
      imageId: imageIds.get(service),
      wanted: expected[service] ?? 1,
    })
  );
  const orphans = [...new Set(containers.map((each) => each.service))]
    .filter((service) => !hashes.has(service))
    .map((service): ServiceChange => ({
      service,
      action: "remove",
      reason: "is in the files no more",
    }));
  const found = [...defined, ...orphans].filter((each) => each !== undefined);
  const [database] = containers.filter((each) => each.service === "postgres");
  const stays = same !== undefined && database !== undefined &&
    database.configHash === same.container && hashes.get("postgres") === same.defined &&
    database.state === "running" && database.imageId === imageIds.get("postgres");
  if (!stays) return found;
  const others = found.filter((each) => each.service !== "postgres");
  // Whatever Compose brings up, it brings up with the database that it depends on.
  const alone = others.every((each) => rolls && each.service === "backend");
  return alone
    ? others
    : found.map((each) =>
      each.service === "postgres"
        ? { ...each, reason: "its environment has the former password; no data are touched" }
        : each
    );
}

function changeOf(
  service: string,
  of: {
    readonly hash: string;
    readonly own: readonly ContainerState[];
    readonly imageId: string | undefined;
    readonly wanted: number;
  },
): ServiceChange | undefined {
  if (of.own.length === 0) return { service, action: "create", reason: "does not exist" };
  if (of.own.some((each) => each.configHash !== of.hash)) {
    return { service, action: "recreate", reason: "its definition changed" };
  }
  if (of.imageId !== undefined && of.own.some((each) => each.imageId !== of.imageId)) {
    return { service, action: "recreate", reason: "its image changed" };
  }
  if (of.own.length !== of.wanted) {
    return { service, action: "scale", reason: `${of.own.length} → ${of.wanted} containers` };
  }
  const stopped = of.own.find((each) => each.state !== "running");
  if (stopped !== undefined) return { service, action: "start", reason: `is ${stopped.state}` };
  return undefined;
}
