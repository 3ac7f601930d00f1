/** The checks of `doctor` that are about what runs: services, restarts, memory, images, names inside. */
import type { DoctorCheck, Found } from "../../doctor/check.ts";
import { judgeDrift, judgeImages, judgeLogSizes } from "../../doctor/install.ts";
import {
  judgeCpuLimits,
  judgeMemoryLimits,
  judgeOutOfMemory,
  judgeRestarts,
  judgeService,
  type OutOfMemoryEvent,
} from "../../doctor/services.ts";
import { found } from "../../doctor/check.ts";
import { matchSignature } from "../../doctor/signatures.ts";
import { SERVICES } from "../../engine/compose.ts";
import { cpuPercent } from "../../engine/stats.ts";
import { SetupError } from "../../errors.ts";
import { readLock } from "../../images/lock.ts";
import { handEditedPaths } from "../hand_edits.ts";
import { definedHashes } from "../hashes.ts";
import { readSameDatabase } from "../same_database.ts";
import { type DoctorScene, running } from "./scene.ts";

type ServiceCheck = DoctorCheck<DoctorScene>;

/** Milliseconds for one question to a program in a container. */
const EXEC_MS = 4_000;

/** The looked-at containers of the services that were asked about. */
async function own(scene: DoctorScene) {
  return (await scene.containers()).filter(({ facts }) => scene.services.includes(facts.service));
}

async function services(scene: DoctorScene): Promise<readonly Found[]> {
  const containers = (await scene.containers()).map(({ facts }) => facts);
  // Those of the operator's own override file come after ours.
  const others = [...new Set(containers.map((each) => each.service))]
    .filter((service) => !(SERVICES as readonly string[]).includes(service));
  return [...scene.services, ...(scene.services === SERVICES ? others : [])]
    .map((service) => judgeService(service, scene.wanted(service), containers));
}

async function restarts(scene: DoctorScene): Promise<Found> {
  return judgeRestarts((await own(scene)).map(({ facts }) => facts));
}

const DAY_MS = 86_400_000;

async function outOfMemory(scene: DoctorScene): Promise<Found> {
  const { engine, host, install } = scene;
  const now = host.clock.now();
  const [containers, events] = await Promise.all([
    own(scene),
    engine.outOfMemoryEvents(install.answers.name, new Date(now.getTime() - DAY_MS), now)
      .catch(() => []),
  ]);
  const seen = events.map((event): OutOfMemoryEvent => ({
    service: event.Actor.Attributes["com.docker.compose.service"] ?? "",
    container: event.Actor.Attributes["name"] ?? event.Actor.ID.slice(0, 12),
    secondsAgo: now.getTime() / 1000 - event.time,
  }));
  return judgeOutOfMemory(
    containers.map(({ facts }) => facts),
    seen.filter((each) => scene.services.includes(each.service)),
  );
}

async function memoryLimits(scene: DoctorScene): Promise<Found> {
  return judgeMemoryLimits((await own(scene)).map(({ facts }) => facts));
}

async function images(scene: DoctorScene): Promise<Found> {
  const { engine, host, install: { dir } } = scene;
  const [env, lock, containers] = await Promise.all([
    scene.env(),
    readLock(host, dir),
    scene.containers(),
  ]);
  const facts = await Promise.all(
    scene.services.map(async (service) => {
      const image = env.get(`${service.toUpperCase()}_IMAGE`) ?? "";
      return {
        service,
        image,
        presentId: (await engine.image(image).catch(() => undefined))?.Id,
        lockedId: lock?.services[service]?.id,
        runningIds: containers.filter((each) => each.facts.service === service)
          .map(({ summary }) => summary.ImageID),
      };
    }),
  );
  return judgeImages(facts.filter((each) => each.image !== ""));
}

async function drift(scene: DoctorScene): Promise<readonly Found[]> {
  const { host, install } = scene;
  const [same, handEdited, containers, hashes] = await Promise.all([
    readSameDatabase(host, install.dir),
    handEditedPaths(host, install.dir, install.receipt),
    scene.containers(),
    definedHashes(host, install.dir).catch((error: unknown) => {
      if (error instanceof SetupError) return error;
      throw error;
    }),
  ]);
  if (hashes instanceof SetupError) {
    const cause = matchSignature(hashes.message.split("\n"));
    return [
      found(
        "containers-differ",
        "Containers",
        "fail",
        cause === undefined
          ? `The Compose files are not valid: ${hashes.message.split("\n").at(-1) ?? ""}`
          : `The Compose files cannot be used: ${cause.cause}`,
        { hint: cause?.remedy ?? "docker compose config --quiet; rxdx-setup plan", fix: null },
      ),
      ...judgeDrift({ handEdited, services: [] }).slice(0, 1),
    ];
  }
  const isSame = (service: string, hash: string | undefined) =>
    hash === hashes.get(service) ||
    (service === "postgres" && hash === same?.container && hashes.get(service) === same?.defined);
  const differ = containers.filter(({ facts, summary }) =>
    scene.services.includes(facts.service) && hashes.has(facts.service) &&
    !isSame(facts.service, summary.Labels["com.docker.compose.config-hash"])
  );
  return judgeDrift({
    handEdited,
    services: [...new Set(differ.map(({ facts }) => facts.service))],
  });
}

/** Between the two samples that make a percentage. */
const SAMPLE_MS = 500;

async function cpuLimits(scene: DoctorScene): Promise<Found> {
  const { engine, host } = scene;
  const containers = (await own(scene)).filter(({ facts }) => facts.state === "running");
  const look = () =>
    Promise.all(
      containers.map(({ summary }) => engine.sample(summary.Id).catch(() => undefined)),
    );
  const before = await look();
  await host.clock.sleep(SAMPLE_MS);
  const after = await look();
  return judgeCpuLimits(containers.flatMap(({ facts: { name, service }, detail }, index) => {
    const [first, second] = [before[index], after[index]];
    const percent = first === undefined || second === undefined
      ? undefined
      : cpuPercent(first.cpu_stats, second.cpu_stats);
    const cores = detail.HostConfig.NanoCpus / 1e9;
    return percent === undefined || cores === 0 ? [] : [{ name, service, percent, cores }];
  }));
}

async function logSizes(scene: DoctorScene): Promise<Found> {
  const { host, engine } = scene;
  const [containers, [backend]] = await Promise.all([own(scene), running(scene, "backend")]);
  const logs = await Promise.all(containers.map(async ({ detail }) => {
    const path = detail.LogPath ?? "";
    if (path === "") return undefined;
    const dir = path.slice(0, path.lastIndexOf("/"));
    const names = await host.files.list(dir).catch(() => []);
    const sizes = await Promise.all(
      names.map((name) => `${dir}/${name}`).filter((each) => each.startsWith(path))
        .map(async (each) => (await host.files.stat(each).catch(() => undefined))?.size),
    );
    return sizes.length === 0
      ? undefined
      : sizes.reduce<number>((all, each) => all + (each ?? 0), 0);
  }));
  const used = backend === undefined ? undefined : await engine.exec(
    backend.summary.Id,
    ["du", "-sk", (await scene.env()).get("LOG_DIR") ?? "/app/logs"],
    { timeoutMs: EXEC_MS },
  ).catch(() => undefined);
  const kib = used?.code === 0 ? Number.parseInt(used.stdout, 10) : Number.NaN;
  const known = logs.filter((each) => each !== undefined);
  return judgeLogSizes({
    containers: known.length === 0 ? undefined : known.reduce((all, each) => all + each, 0),
    application: Number.isNaN(kib) ? undefined : kib * 1024,
  });
}

export const SERVICE_CHECKS: readonly ServiceCheck[] = [
  {
    id: "service",
    title: "Services",
    looksAt:
      "State and health of each service, the last words of its health check, the cause in its last 50 log lines",
    services: SERVICES,
    engine: true,
    remedy: "docker compose ps --all",
    fix: "start",
    run: services,
  },
  {
    id: "restarts",
    title: "Restarts",
    looksAt: "Containers that end and are restarted again and again",
    services: SERVICES,
    engine: true,
    remedy: "docker compose ps --all",
    run: restarts,
  },
  {
    id: "oom",
    title: "Out of memory",
    looksAt: "Processes that the kernel killed for want of memory",
    services: SERVICES,
    engine: true,
    remedy: "docker stats --no-stream",
    run: outOfMemory,
  },
  {
    id: "memory-limits",
    title: "Memory limits",
    looksAt: "The container that is nearest to its memory limit",
    services: SERVICES,
    engine: true,
    severity: "warning",
    remedy: "docker stats --no-stream",
    run: memoryLimits,
  },
  {
    id: "cpu-limits",
    title: "CPU limits",
    looksAt: "The container that is nearest to its CPU limit, over half a second",
    services: SERVICES,
    engine: true,
    severity: "warning",
    remedy: "docker stats --no-stream",
    run: cpuLimits,
  },
  {
    id: "images",
    title: "Images",
    looksAt: "Is every image here, and the one that images.lock records",
    services: SERVICES,
    engine: true,
    remedy: "docker image ls",
    fix: "apply",
    run: images,
  },
  {
    id: "drift",
    title: "Drift",
    looksAt: "Files that were edited by hand; containers that differ from their definition",
    services: SERVICES,
    engine: true,
    remedy: "rxdx-setup plan",
    fix: "apply",
    run: drift,
  },
  {
    id: "log-sizes",
    title: "Size of logs",
    looksAt: "Size of the containers' logs and of the volume backend_logs",
    services: SERVICES,
    engine: true,
    severity: "warning",
    remedy: "rxdx-setup logs --tail 10",
    run: logSizes,
  },
];
