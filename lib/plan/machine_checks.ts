/**
 * Can this machine carry a stack? Judges the measured facts, one check a line, in the order in which
 * an operator would ask. For the first screen of the wizard, `check` and `doctor`. Pure.
 */
import {
  asRoot,
  atLeast,
  COMPOSE_FLOOR,
  ENGINE_FLOOR,
  engineNeed,
  installRoute,
} from "../engine/requirements.ts";
import { type Check, check } from "./check.ts";
import { clockCheck, type ClockFacts } from "./clock_check.ts";
import type { Facts } from "./facts.ts";
import { portChecks } from "./port_checks.ts";
import { proxyCheck } from "./proxy_check.ts";
import { HOST_RESERVE_BYTES, MINIMUM_STACK_BYTES } from "./sizing.ts";

/** Images, a young database and its WAL; measured on the demo: 1.9 GiB in all. */
export const MINIMUM_DISK_BYTES = 3 * 2 ** 30;

/** Below it a year of uploads and backups becomes tight. */
const ADVISED_DISK_BYTES = 10 * 2 ** 30;

/** Preset `small` is made for twice as much. */
const ADVISED_MEMORY_BYTES = 2 * 2 ** 30;

const ENGINE_PAGE = "https://docs.docker.com/engine/install/";

export interface MachineContext {
  /** The install directory. */
  readonly dir: string;
  /** The stack's own name: its containers are no strangers. Empty before there is one. */
  readonly project: string;
  /** Ports that the stack publishes or would like to. */
  readonly ports: readonly number[];
  /** Absent while it is still being measured. */
  readonly clock?: ClockFacts;
  readonly now: Date;
}

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
const mib = (bytes: number) => `${Math.floor(bytes / 2 ** 20)} MiB`;
const size = (bytes: number) => bytes < 2 ** 30 ? mib(bytes) : gib(bytes);

function system(facts: Facts): Check {
  const { name } = facts.os;
  if (facts.engine.state === "running" || installRoute(facts) !== undefined) {
    return check("os", "Operating system", "ok", name);
  }
  return check(
    "os",
    "Operating system",
    "warn",
    `${name}: Docker has to be installed by hand here`,
    `Install Docker Engine with Compose: ${ENGINE_PAGE}`,
  );
}

function architecture({ arch }: Facts): Check {
  return ["x86_64", "aarch64"].includes(arch)
    ? check("arch", "Architecture", "ok", arch)
    : check("arch", "Architecture", "fail", `${arch}: only x86_64 and aarch64 are supported`);
}

function user(facts: Facts, { ports }: MachineContext): Check {
  const { uid, engine } = facts;
  const as = (state: Check["state"], detail: string, hint?: string) =>
    check("user", "User", state, detail, hint);
  if (engine.rootless === true) {
    const low = Math.min(...ports);
    return low >= 1024 ? as("ok", `uid ${uid}, rootless Docker`) : as(
      "warn",
      `uid ${uid}, rootless Docker: port ${low} must be allowed first`,
      `echo net.ipv4.ip_unprivileged_port_start=${low} | ` +
        "sudo tee /etc/sysctl.d/90-rootless.conf && sudo sysctl --system",
    );
  }
  if (uid === 0) return as("ok", "root");
  if (engine.state === "running") return as("ok", `uid ${uid}, may use Docker`);
  if (engine.state === "denied") {
    return as(
      "fail",
      `uid ${uid} may not use Docker`,
      `sudo usermod -aG docker $USER, and log in again; or as root: ${asRoot(facts)} …`,
    );
  }
  return as(
    "fail",
    `uid ${uid}; Docker can only be set up by root`,
    asRoot(facts, "engine", "--yes"),
  );
}

function cpus(facts: Facts): Check {
  return facts.cpus >= 2
    ? check("cpus", "CPUs", "ok", String(facts.cpus))
    : check("cpus", "CPUs", "warn", "1; it works, two are better");
}

function memory({ memoryBytes }: Facts): Check {
  const as = (state: Check["state"], detail: string, hint?: string) =>
    check("memory", "Memory", state, detail, hint);
  const least = HOST_RESERVE_BYTES + MINIMUM_STACK_BYTES;
  if (memoryBytes < least) {
    return as(
      "fail",
      `${size(memoryBytes)}; too little: ${mib(MINIMUM_STACK_BYTES)} stack + ` +
        `${mib(HOST_RESERVE_BYTES)} system`,
      "Give this machine 1 GiB or more; 4 GiB is a good start",
    );
  }
  return memoryBytes < ADVISED_MEMORY_BYTES
    ? as("warn", `${size(memoryBytes)}; enough for a few users`)
    : as("ok", size(memoryBytes));
}

function disk({ disk: { freeBytes }, installed }: Facts, { dir }: MachineContext): Check {
  const free = `${size(freeBytes)} free at ${dir}`;
  const as = (state: Check["state"], detail: string, hint?: string) =>
    check("disk", "Disk", state, detail, hint);
  if (!installed && freeBytes < MINIMUM_DISK_BYTES) {
    return as(
      "fail",
      `${free}; ${gib(MINIMUM_DISK_BYTES)} are needed`,
      "Free some space (docker system df shows what Docker holds), or choose another --dir",
    );
  }
  if (freeBytes >= ADVISED_DISK_BYTES) return as("ok", free);
  return as("warn", `${free}; 10 GiB are better`, "docker system df shows what Docker holds");
}

function engine(facts: Facts): Check {
  const { state, version = "" } = facts.engine;
  const as = (kind: Check["state"], detail: string, hint?: string) =>
    check("engine", "Docker Engine", kind, detail, hint);
  if (state === "running") {
    if (!atLeast(version, ENGINE_FLOOR)) {
      return as(
        "fail",
        `${version}; ${ENGINE_FLOOR.join(".")} or newer is needed`,
        `Upgrade it: ${ENGINE_PAGE}`,
      );
    }
    const need = engineNeed(facts);
    return need.kind === "ready" && need.warning !== undefined
      ? as("warn", `${version}; an upgrade is advised (CVE-2025-54388)`, `${ENGINE_PAGE}`)
      : as("ok", version);
  }
  const need = engineNeed(facts);
  if (need.kind === "refuse") {
    const what =
      { absent: "not installed", stopped: "not running", denied: "access denied" }[state];
    return as("fail", what, need.hint);
  }
  return need.kind === "start"
    ? as("warn", "installed, not running; this program can start it", "rxdx-setup engine --yes")
    : as("warn", "not installed; this program can install it", "rxdx-setup engine --yes");
}

function compose(facts: Facts): Check {
  const version = facts.engine.compose;
  const as = (state: Check["state"], detail: string, hint?: string) =>
    check("compose", "Docker Compose", state, detail, hint);
  const floor = COMPOSE_FLOOR.join(".");
  if (version !== undefined) {
    return atLeast(version, COMPOSE_FLOOR)
      ? as("ok", version)
      : as("fail", `${version}; ${floor} or newer is needed`, `Upgrade it: ${ENGINE_PAGE}`);
  }
  return engineNeed(facts).kind === "install"
    ? as("warn", "not installed; it comes with Docker", "rxdx-setup engine --yes")
    : as("fail", `not installed; ${floor} or newer is needed`, `Install it: ${ENGINE_PAGE}`);
}

function install({ installed }: Facts, { dir }: MachineContext): Check {
  return check(
    "install",
    "This directory",
    "ok",
    installed ? `a stack is installed in ${dir}` : `nothing installed in ${dir} yet`,
  );
}

function neighbours(facts: Facts, { project }: MachineContext): Check {
  const title = "Other stacks";
  if (facts.engine.state !== "running") {
    return check("stacks", title, "unknown", "Docker does not answer");
  }
  const others = facts.projects.filter((each) => each.name !== project);
  if (others.length === 0) return check("stacks", title, "ok", "none on this machine");
  const names = [...others].sort((a, b) => Number(b.rxdx) - Number(a.rxdx))
    .map(({ name, rxdx }) => rxdx ? `${name} (RxDx)` : name);
  return check("stacks", title, "ok", `${others.length}: ${names.join(", ")}`);
}

/**
 * In this order: operating system, architecture, user, CPUs, memory, disk, clock, engine, Compose,
 * each port, proxies, the directory, other stacks.
 */
export function machineChecks(facts: Facts, context: MachineContext): Check[] {
  return [
    system(facts),
    architecture(facts),
    user(facts, context),
    cpus(facts),
    memory(facts),
    disk(facts, context),
    clockCheck(context.clock, context.now),
    engine(facts),
    compose(facts),
    ...portChecks(facts, context.project, context.ports),
    proxyCheck(facts),
    install(facts, context),
    neighbours(facts, context),
  ];
}
