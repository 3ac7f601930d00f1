/** The checks of `doctor` that are about what runs: services, restarts, memory, images, names inside. */
import type { DoctorCheck, Found } from "../../doctor/check.ts";
import { judgeContainerNames, judgeReadiness } from "../../doctor/edge.ts";
import { judgeDrift, judgeImages, judgeLogSizes } from "../../doctor/install.ts";
import {
  judgeMemoryLimits,
  judgeOutOfMemory,
  judgeRestarts,
  judgeService,
  type OutOfMemoryEvent,
} from "../../doctor/services.ts";
import { found } from "../../doctor/check.ts";
import { matchSignature } from "../../doctor/signatures.ts";
import { SERVICES } from "../../engine/compose.ts";
import { SetupError } from "../../errors.ts";
import { readLock } from "../../images/lock.ts";
import { needsNoLookUp } from "../../plan/name_check.ts";
import { handEditedPaths } from "../hand_edits.ts";
import { definedHashes } from "../hashes.ts";
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
  const [handEdited, containers, hashes] = await Promise.all([
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
  const differ = containers.filter(({ facts, summary }) =>
    scene.services.includes(facts.service) && hashes.has(facts.service) &&
    hashes.get(facts.service) !== summary.Labels["com.docker.compose.config-hash"]
  );
  return judgeDrift({
    handEdited,
    services: [...new Set(differ.map(({ facts }) => facts.service))],
  });
}

/** Asks every backend in its own container, past nginx and its limits. */
async function readiness(scene: DoctorScene): Promise<Found> {
  const [backend] = await running(scene, "backend");
  if (backend === undefined) {
    return found("readiness", "Readiness", "unknown", "no backend runs that could be asked");
  }
  const asked = await scene.engine.exec(backend.summary.Id, [
    "curl",
    "--noproxy",
    "*",
    "-s",
    "-m",
    "3",
    "-w",
    "\\n%{http_code}",
    "http://127.0.0.1:8000/api/v1/health/ready",
  ], { timeoutMs: EXEC_MS }).catch(() => undefined);
  if (asked === undefined || asked.code === 126 || asked.code === 127) {
    return found("readiness", "Readiness", "unknown", "could not be asked in the container");
  }
  const lines = asked.stdout.trimEnd().split("\n");
  return judgeReadiness({ status: Number(lines.pop() ?? 0), body: lines.join("\n") });
}

/** Names of other machines that the backend is configured with. */
function outerNames({ install: { answers } }: DoctorScene): string[] {
  const model = URL.canParse(answers.llm.url) ? new URL(answers.llm.url).hostname : "";
  return [...new Set([answers.email.host, answers.imap.host, answers.llm.enabled ? model : ""])]
    .filter((name) => name !== "" && !needsNoLookUp(name));
}

async function containerNames(scene: DoctorScene): Promise<Found> {
  const [backend] = await running(scene, "backend");
  const inner = "postgres";
  if (backend === undefined) return judgeContainerNames({ resolved: undefined, inner });
  const asked = await Promise.all([inner, ...outerNames(scene)].map(async (name) => {
    const { code } = await scene.engine.exec(
      backend.summary.Id,
      ["getent", "hosts", name],
      { timeoutMs: EXEC_MS },
      // No answer in time is what a dead name server looks like.
    ).catch(() => ({ code: 2 }));
    return [name, code] as const;
  }));
  return judgeContainerNames({
    resolved: asked.some(([, code]) => code === 126 || code === 127)
      ? undefined
      : new Map(asked.map(([name, code]) => [name, code === 0])),
    inner,
  });
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
    services: SERVICES,
    engine: true,
    remedy: "docker compose ps --all",
    fix: "start",
    run: services,
  },
  {
    id: "restarts",
    title: "Restarts",
    services: SERVICES,
    engine: true,
    remedy: "docker compose ps --all",
    run: restarts,
  },
  {
    id: "oom",
    title: "Out of memory",
    services: SERVICES,
    engine: true,
    remedy: "docker stats --no-stream",
    run: outOfMemory,
  },
  {
    id: "memory-limits",
    title: "Memory limits",
    services: SERVICES,
    engine: true,
    severity: "warning",
    remedy: "docker stats --no-stream",
    run: memoryLimits,
  },
  {
    id: "images",
    title: "Images",
    services: SERVICES,
    engine: true,
    remedy: "docker image ls",
    fix: "apply",
    run: images,
  },
  {
    id: "drift",
    title: "Drift",
    services: SERVICES,
    engine: true,
    remedy: "rxdx-setup plan",
    fix: "apply",
    run: drift,
  },
  {
    id: "readiness",
    title: "Readiness",
    services: ["backend", "nginx"],
    engine: true,
    remedy: "docker compose logs --tail 100 backend",
    run: readiness,
  },
  {
    id: "dns-container",
    title: "Names inside",
    services: ["backend"],
    engine: true,
    remedy: "docker compose exec backend cat /etc/resolv.conf",
    run: containerNames,
  },
  {
    id: "log-sizes",
    title: "Size of logs",
    services: SERVICES,
    engine: true,
    severity: "warning",
    remedy: "docker compose logs --tail 10",
    run: logSizes,
  },
];
