/** The checks of `doctor` that are about the machine: system, disk, memory, clock, names, engine. */
import type { Host } from "../../host/types.ts";
import { type DoctorCheck, type Found, found } from "../../doctor/check.ts";
import { judgeReclaimable } from "../../doctor/install.ts";
import {
  type DiskFacts,
  judgeDisks,
  judgeMemory,
  judgeSteal,
  parseCpuTicks,
  parseMeminfo,
} from "../../doctor/machine.ts";
import { socketPath } from "../../engine/client.ts";
import { asRoot } from "../../engine/requirements.ts";
import { machineChange } from "../../plan/machine_change.ts";
import { machineChecks } from "../../plan/machine_checks.ts";
import { nameCheck } from "../../plan/name_check.ts";
import { publishedPorts } from "../../plan/ports.ts";
import { movedText } from "../install.ts";
import { reclaimableCache } from "./reclaim.ts";
import type { DoctorScene } from "./scene.ts";

type MachineCheck = DoctorCheck<DoctorScene>;

/** Told in more detail by checks of their own. */
const OWN_CHECKS = ["disk"];

async function machine(scene: DoctorScene): Promise<readonly Found[]> {
  const { install: { answers, dir }, host } = scene;
  const [facts, { clock }] = await Promise.all([scene.facts(), scene.network()]);
  const lines = machineChecks(facts, {
    dir,
    project: answers.name,
    ports: publishedPorts(answers).map(([, port]) => port),
    clock,
    now: host.clock.now(),
  });
  return lines.filter(({ id }) => !OWN_CHECKS.includes(id))
    // Whether the daemon answers is a check of its own, which knows why it does not.
    .filter(({ id }) => facts.engine.state === "running" || (id !== "engine" && id !== "stacks"));
}

async function names(scene: DoctorScene): Promise<readonly Found[]> {
  const [facts, network] = await Promise.all([scene.facts(), scene.network()]);
  return network.names.map((each) => nameCheck(each, facts.addresses));
}

/** Why nobody answers on the daemon's socket. */
async function daemon(scene: DoctorScene): Promise<Found> {
  const { host } = scene;
  const facts = await scene.facts();
  const { engine, systemd, uid } = facts;
  const as = (detail: string, hint: string) => found("daemon", "Docker", "fail", detail, { hint });
  if (engine.state === "running") return found("daemon", "Docker", "ok", "answers");
  const sudo = uid === 0 ? "" : "sudo ";
  if (engine.state === "absent") return as("Docker is not installed", "rxdx-setup engine");
  if (engine.state === "denied") {
    return as(
      `Docker may be running, but user ${uid} may not use it`,
      `sudo usermod -aG docker $USER, and log in again; or as root: ${asRoot(facts)} …`,
    );
  }
  const unit = systemd
    ? (await host.process.run(["systemctl", "is-active", "docker.service"], { timeoutMs: 2_000 }))
      .stdout.trim()
    : "";
  const socket = await host.files.stat(socketPath(host.env, uid)).catch(() => undefined);
  if (unit === "failed") {
    return as(
      "The Docker daemon does not run: its service failed",
      `journalctl -u docker -n 50; then ${sudo}systemctl restart docker`,
    );
  }
  const start = systemd ? `${sudo}systemctl start docker` : "rxdx-setup engine";
  if (socket === undefined) {
    return as("The Docker daemon does not run: it has no socket", start);
  }
  return unit === "active"
    ? as(
      "The Docker daemon runs and does not answer: it hangs",
      `journalctl -u docker -n 50; then ${sudo}systemctl restart docker`,
    )
    : as("The Docker daemon does not run: nobody answers on the socket that it left", start);
}

async function disksOf(scene: DoctorScene): Promise<DiskFacts[]> {
  const { host, install: { dir, answers } } = scene;
  const { engine } = await scene.facts();
  const backups = answers.backups.directory;
  const places = [
    ["the install", dir],
    ["Docker", engine.rootDir ?? "/var/lib/docker"],
    ["the system", "/"],
    ["backups", backups.startsWith("/") ? backups : `${dir}/${backups}`],
  ] as const;
  return await Promise.all(
    places.map(async ([what, path]) => ({ what, path, ...await host.files.space(path) })),
  );
}

async function disks(scene: DoctorScene): Promise<readonly Found[]> {
  return judgeDisks(await disksOf(scene), scene.install.answers.alerts.disk_percent);
}

/** Counting can take long on a large image store, and nobody shall wait for it. */
const DISK_USE_MS = 2_000;

async function reclaimable(scene: DoctorScene): Promise<Found> {
  const [use, spaces] = await Promise.all([
    scene.engine.diskUse(AbortSignal.timeout(DISK_USE_MS)).catch(() => undefined),
    disksOf(scene),
  ]);
  const percent = scene.install.answers.alerts.disk_percent;
  const tight = spaces.some((each) => 1 - each.freeBytes / each.totalBytes >= percent / 100);
  if (use === undefined) return judgeReclaimable(undefined, tight);
  const sum = (sizes: readonly number[]) => sizes.reduce((all, each) => all + each, 0);
  return judgeReclaimable({
    images: sum(
      (use.Images ?? []).filter((each) => each.Containers === 0)
        .map((each) => each.Size - Math.max(0, each.SharedSize)),
    ),
    buildCache: reclaimableCache(use),
  }, tight);
}

/** A file of the kernel's. Deno itself reads nothing of `/proc` without all permissions. */
async function kernelText(host: Host, path: string): Promise<string> {
  return (await host.process.run(["cat", path])).stdout;
}

async function memory({ host }: DoctorScene): Promise<Found | readonly Found[]> {
  const facts = parseMeminfo(await kernelText(host, "/proc/meminfo"));
  return facts === undefined
    ? found("memory-free", "Free memory", "unknown", "/proc/meminfo cannot be read")
    : judgeMemory(facts);
}

/** Between the two looks at the counters. */
const STEAL_MS = 500;

async function steal({ host }: DoctorScene): Promise<Found> {
  const look = async () => parseCpuTicks(await kernelText(host, "/proc/stat"));
  const before = await look();
  await host.clock.sleep(STEAL_MS);
  const after = await look();
  return before === undefined || after === undefined
    ? found("cpu-steal", "Stolen CPU", "unknown", "/proc/stat cannot be read")
    : judgeSteal(before, after);
}

function place({ install, host }: DoctorScene): Promise<readonly Found[]> {
  const moved = movedText(install);
  const planned = install.receipt?.plannedFor;
  const changed = planned === undefined ? undefined : machineChange(planned, {
    cpus: host.system.cpus(),
    memoryBytes: host.system.memoryBytes(),
  }, install.answers);
  return Promise.resolve([
    ...(moved === undefined
      ? []
      : [found("moved", "Moved", "warn", moved, { hint: "rxdx-setup apply" })]),
    ...(changed === undefined
      ? []
      : [found("machine-changed", "Machine", "warn", changed, { hint: "rxdx-setup plan" })]),
  ]);
}

export const MACHINE_CHECKS: readonly MachineCheck[] = [
  {
    id: "daemon",
    title: "Docker",
    looksAt: "Does the daemon answer, and if not, why",
    remedy: "rxdx-setup engine",
    run: daemon,
  },
  {
    id: "machine",
    title: "Machine",
    looksAt:
      "System, architecture, user, CPUs, memory, clock, versions of Engine and Compose with their CVE floor, who holds the stack's ports, proxies, other stacks",
    remedy: "rxdx-setup check",
    run: machine,
  },
  {
    id: "names",
    title: "Names",
    looksAt: "Where the domain and its aliases lead",
    remedy: "rxdx-setup check names",
    run: names,
  },
  {
    id: "disk",
    title: "Disk",
    looksAt:
      "Space and inodes of every file system that holds the install, Docker's data, the system or backups",
    remedy: "df -h",
    run: disks,
  },
  {
    id: "reclaimable",
    title: "To give back",
    looksAt: "What unused images and build cache could give back",
    engine: true,
    remedy: "docker system df",
    run: reclaimable,
  },
  {
    id: "memory-free",
    title: "Free memory",
    looksAt: "Memory that programs can still have, and swap",
    remedy: "free -m",
    run: memory,
  },
  {
    id: "cpu-steal",
    title: "Stolen CPU",
    looksAt: "CPU time that the host of a virtual machine gave to others",
    remedy: "vmstat 1 5",
    run: steal,
  },
  {
    id: "place",
    title: "Place",
    looksAt: "Was the directory moved, did the machine change since the limits were planned",
    remedy: "rxdx-setup plan",
    run: place,
  },
];
