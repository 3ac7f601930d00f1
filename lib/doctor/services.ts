/** Is what runs well: each service, restart loops, kills for want of memory, limits? Pure. */
import type { Found } from "./check.ts";
import { age, found, size } from "./check.ts";
import { matchSignature } from "./signatures.ts";

/** One container, as inspecting it tells, and what was read of it. */
export interface ContainerFacts {
  readonly service: string;
  readonly name: string;
  /** Docker's own: created, running, restarting, exited, dead, paused. */
  readonly state: string;
  /** healthy, unhealthy, starting, none. */
  readonly health: string;
  readonly exitCode: number;
  /** Why it could not be started, in the daemon's words; empty otherwise. */
  readonly error: string;
  readonly oomKilled: boolean;
  readonly restarts: number;
  /** Seconds since it was started last; `undefined` when it never was. */
  readonly upSeconds?: number;
  readonly lastCheck?: { readonly exitCode: number; readonly output: string };
  /** Bytes; 0 without a limit. */
  readonly memoryLimitBytes: number;
  readonly memoryUsedBytes?: number;
  /** Processes that the kernel killed in it since it was started; `undefined` when unknown. */
  readonly kills?: number;
  /** Last lines of its log; empty for one that is well. */
  readonly log: readonly string[];
}

export function isWell(each: Pick<ContainerFacts, "state" | "health">): boolean {
  return each.state === "running" && each.health !== "unhealthy" && each.health !== "starting";
}

const raise = (service: string) =>
  `Raise resources.${service}.memory in rxdx.yml, then rxdx-setup apply`;

/** Ended without an error, or by SIGINT or SIGTERM, which is how services are stopped. */
const STOPPED = [0, 130, 143];

/** True for one that somebody stopped: what its log says is no reason. */
function isStopped(each: ContainerFacts): boolean {
  return each.state === "exited" && STOPPED.includes(each.exitCode) && !each.oomKilled;
}

/** What is wrong with a container, in a few words; `undefined` when nothing is. */
function trouble(each: ContainerFacts): string | undefined {
  const killed = each.oomKilled ? ": it used more memory than its limit and was killed" : "";
  if (each.state === "restarting") return `is restarted again and again${killed}`;
  if (isStopped(each)) {
    return `is stopped (exit code ${each.exitCode})`;
  }
  if (each.state === "exited" || each.state === "dead") {
    return `ended with exit code ${each.exitCode}${killed}`;
  }
  if (each.state !== "running") {
    return `is ${each.state}${each.error === "" ? "" : `: ${each.error}`}`;
  }
  if (each.health === "starting") return "is starting";
  if (each.health !== "unhealthy") return undefined;
  const output = each.lastCheck?.output.trim().split("\n").at(-1) ?? "";
  return `is unhealthy${output === "" ? "" : `; its check says: ${output}`}`;
}

/**
 * One line for a service, however many containers it has.
 *
 * @param wanted containers that it shall have
 */
export function judgeService(
  service: string,
  wanted: number,
  containers: readonly ContainerFacts[],
): Found {
  const own = containers.filter((each) => each.service === service);
  const id = `service-${service}`;
  if (own.length === 0) {
    return found(id, service, "fail", "has no container", {
      hint: "rxdx-setup start",
      fix: "start",
    });
  }
  const [worst, ...others] = own.filter((each) => !isWell(each))
    .sort((a, b) => Number(a.health === "starting") - Number(b.health === "starting"));
  if (worst === undefined) {
    const missing = wanted - own.length;
    const up = Math.min(...own.map((each) => each.upSeconds ?? 0));
    const text = `${own.length === 1 ? "" : `${own.length} containers, `}running` +
      `${own.every((each) => each.health === "healthy") ? ", healthy" : ""}, for ${age(up)}`;
    return missing <= 0 ? found(id, service, "ok", text) : found(
      id,
      service,
      "warn",
      `${text}; ${wanted} containers are wanted`,
      { hint: "rxdx-setup start", fix: "start" },
    );
  }
  const signature = worst.oomKilled || isStopped(worst)
    ? undefined
    : matchSignature([...worst.log, ...(worst.error === "" ? [] : [worst.error])]);
  const only = own.length === 1 ? "" : `${worst.name} `;
  const detail = `${only}${trouble(worst) ?? ""}` +
    (others.length === 0 ? "" : ` (and ${others.length} more of ${own.length})`) +
    (signature === undefined ? "" : `. Likely cause: ${signature.cause}`);
  const starting = worst.health === "starting" && worst.state === "running";
  return found(id, service, starting ? "warn" : "fail", detail, {
    hint: worst.oomKilled ? raise(service) : signature?.remedy ??
      (worst.state === "running" ? `docker logs --tail 50 ${worst.name}` : "rxdx-setup start"),
    // What is merely starting, and what ends again at once, is not mended by starting it.
    fix: starting || worst.state === "restarting"
      ? null
      : worst.state === "running"
      ? "restart"
      : "start",
  });
}

/** Restarts of a container that has not come to rest. */
const LOOP_RESTARTS = 3;
const LOOP_SECONDS = 600;

export function judgeRestarts(containers: readonly ContainerFacts[]): Found {
  const loops = containers.filter((each) =>
    each.state === "restarting" ||
    (each.restarts >= LOOP_RESTARTS && (each.upSeconds ?? 0) < LOOP_SECONDS)
  );
  const title = "Restarts";
  const [first] = loops;
  if (first !== undefined) {
    const signature = matchSignature(first.log);
    return found(
      "restarts",
      title,
      "fail",
      `${loops.map((each) => `${each.name} (${each.restarts} times)`).join(", ")}: ended and was ` +
        "restarted again and again" +
        (signature === undefined ? "" : `. Likely cause: ${signature.cause}`),
      { hint: signature?.remedy ?? `docker logs --tail 50 ${first.name}` },
    );
  }
  const some = containers.filter((each) => each.restarts > 0);
  if (some.length === 0) {
    return found("restarts", title, "ok", "none since the containers were made");
  }
  return found(
    "restarts",
    title,
    "ok",
    some.map((each) => `${each.name}: ${each.restarts}, the last ${age(each.upSeconds ?? 0)} ago`)
      .join(", "),
  );
}

/** A kill by the kernel that the daemon remembers. */
export interface OutOfMemoryEvent {
  readonly service: string;
  readonly container: string;
  readonly secondsAgo: number;
}

/**
 * @param events of the last day; a container that was restarted since has forgotten them
 */
export function judgeOutOfMemory(
  containers: readonly ContainerFacts[],
  events: readonly OutOfMemoryEvent[],
): Found {
  const services = new Map<string, { text: string; now: boolean }>();
  for (const each of events) {
    services.set(each.service, {
      text: `${each.container}, ${age(each.secondsAgo)} ago`,
      now: each.secondsAgo < 3_600,
    });
  }
  for (const each of containers) {
    const { kills = 0, oomKilled, service } = each;
    if (kills === 0 && !oomKilled) continue;
    const limit = each.memoryLimitBytes === 0 ? "" : `, limit ${size(each.memoryLimitBytes)}`;
    const when = services.get(service)?.text;
    services.set(service, {
      text: `${when ?? each.name}${kills > 1 ? `, ${kills} times` : ""}${limit}`,
      now: true,
    });
  }
  const title = "Out of memory";
  const [first] = services;
  if (first === undefined) return found("oom", title, "ok", "no process was killed for it");
  return found(
    "oom",
    title,
    [...services.values()].some((each) => each.now) ? "fail" : "warn",
    `The kernel killed a process because memory ran out: ${
      [...services.values()].map((each) => each.text).join("; ")
    }`,
    { hint: raise(first[0]) },
  );
}

/** Share of its limit from which a container is close to being killed; also that of `status`. */
const NEAR = 0.92;

export function judgeMemoryLimits(containers: readonly ContainerFacts[]): Found {
  const measured = containers.flatMap((each) => {
    const { memoryUsedBytes: used, memoryLimitBytes: limit, name, service } = each;
    return used === undefined || limit === 0 ? [] : [{ name, service, limit, share: used / limit }];
  }).sort((a, b) => b.share - a.share);
  const title = "Memory limits";
  const [most] = measured;
  if (most === undefined) return found("memory-limits", title, "unknown", "nothing runs");
  const percent = `${Math.round(most.share * 100)} %`;
  if (most.share <= NEAR) {
    return found("memory-limits", title, "ok", `at most ${percent} of a limit (${most.name})`);
  }
  return found(
    "memory-limits",
    title,
    "warn",
    `${most.name} uses ${percent} of its ${size(most.limit)}`,
    { hint: raise(most.service) },
  );
}

/** CPU that a container used over a short while. */
export interface CpuUse {
  readonly name: string;
  readonly service: string;
  /** Of one core. */
  readonly percent: number;
  /** Its limit in cores. */
  readonly cores: number;
}

export function judgeCpuLimits(uses: readonly CpuUse[]): Found {
  const title = "CPU limits";
  const share = ({ percent, cores }: CpuUse) => percent / cores;
  const [most] = [...uses].sort((a, b) => share(b) - share(a));
  if (most === undefined) return found("cpu-limits", title, "unknown", "nothing runs");
  const text = `${Math.round(share(most))} %`;
  if (share(most) < 95) {
    return found("cpu-limits", title, "ok", `at most ${text} of a limit just now (${most.name})`);
  }
  return found(
    "cpu-limits",
    title,
    "warn",
    `${most.name} uses all of its ${most.cores} CPUs just now`,
    {
      hint: most.service === "postgres"
        ? "rxdx-setup doctor postgres (long transactions); raise resources.postgres.cpus"
        : `rxdx-setup logs --tail 100 ${most.service}; raise resources.${most.service}.cpus`,
    },
  );
}
