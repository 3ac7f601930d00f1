/** Is the machine itself well: disk, inodes, memory, swap, stolen CPU? Judges measured figures; pure. */
import { type Found, found, size } from "./check.ts";

export interface DiskFacts {
  /** What lies there: `the install directory`. */
  readonly what: string;
  readonly path: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly totalInodes?: number;
  readonly freeInodes?: number;
}

/** Share that is used from which a database can stop at any moment. */
const FULL = 0.95;
/** Below it PostgreSQL may not find room for the next files of its log (16 MiB each, several at once). */
const TOO_LITTLE_BYTES = 256 * 2 ** 20;

/** One entry for each file system, with all that lies on it. */
function byFileSystem(disks: readonly DiskFacts[]): { disk: DiskFacts; whats: string[] }[] {
  const merged = new Map<string, { disk: DiskFacts; whats: string[] }>();
  for (const disk of disks) {
    // Two file systems of the same size and use to the byte are one.
    const key = `${disk.totalBytes} ${disk.totalInodes} ${Math.round(disk.freeBytes / 2 ** 24)}`;
    const known = merged.get(key);
    if (known === undefined) merged.set(key, { disk, whats: [disk.what] });
    else if (!known.whats.includes(disk.what)) known.whats.push(disk.what);
  }
  return [...merged.values()];
}

/** @param warnPercent `alerts.disk_percent` */
export function judgeDisks(disks: readonly DiskFacts[], warnPercent: number): Found[] {
  return byFileSystem(disks).flatMap(({ disk, whats }, index) => {
    const { path, totalBytes, freeBytes, totalInodes = 0, freeInodes = 0 } = disk;
    const suffix = index === 0 ? "" : `-${index + 1}`;
    const used = totalBytes === 0 ? 0 : 1 - freeBytes / totalBytes;
    const text = `${path} (${whats.join(", ")}): ${Math.floor(used * 100)} % full, ` +
      `${size(freeBytes)} free`;
    const hint = `df -h ${path}; docker system df; docker image prune; docker builder prune`;
    const full = used >= FULL || freeBytes < TOO_LITTLE_BYTES;
    const state = full ? "fail" : used * 100 >= warnPercent ? "warn" : "ok";
    const lines = [
      found(`disk${suffix}`, "Disk", state, full ? `The disk is full: ${text}` : text, {
        hint: state === "ok" ? "" : hint,
      }),
    ];
    if (totalInodes > 0) lines.push(inodes(disk, totalInodes, freeInodes, suffix));
    return lines;
  });
}

function inodes({ path }: DiskFacts, total: number, free: number, suffix: string): Found {
  const used = 1 - free / total;
  const state = used >= 0.98 ? "fail" : used >= 0.9 ? "warn" : "ok";
  return found(
    `inodes${suffix}`,
    "Inodes",
    state,
    `${path}: ${Math.floor(used * 100)} % used, ${free} left` +
      (state === "ok" ? "" : "; without one no file can be made, however much space is free"),
    { hint: state === "ok" ? "" : `sudo du --inodes -xd2 ${path} | sort -n | tail` },
  );
}

export interface MemoryFacts {
  readonly totalBytes: number;
  /** What programs can still have without swapping. */
  readonly availableBytes: number;
  readonly swapTotalBytes: number;
  readonly swapFreeBytes: number;
}

/** `/proc/meminfo`; `undefined` when it says nothing that is known. */
export function parseMeminfo(text: string): MemoryFacts | undefined {
  const kib = (name: string) => {
    const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text);
    return match === null ? undefined : Number(match[1]) * 1024;
  };
  const totalBytes = kib("MemTotal");
  const availableBytes = kib("MemAvailable");
  if (totalBytes === undefined || availableBytes === undefined) return undefined;
  return {
    totalBytes,
    availableBytes,
    swapTotalBytes: kib("SwapTotal") ?? 0,
    swapFreeBytes: kib("SwapFree") ?? 0,
  };
}

export function judgeMemory(memory: MemoryFacts): Found[] {
  const { totalBytes, availableBytes, swapTotalBytes, swapFreeBytes } = memory;
  const share = availableBytes / totalBytes;
  const state = share < 0.03 ? "fail" : share < 0.08 ? "warn" : "ok";
  const swapped = swapTotalBytes - swapFreeBytes;
  const crowded = swapTotalBytes > 0 && swapped > swapTotalBytes / 2 && share < 0.2;
  return [
    found(
      "memory-free",
      "Free memory",
      state,
      `${size(availableBytes)} of ${size(totalBytes)} are left for programs`,
      {
        hint: state === "ok" ? "" : "ps -eo rss,comm --sort -rss | head; docker stats --no-stream",
      },
    ),
    found(
      "swap",
      "Swap",
      crowded ? "warn" : "ok",
      swapTotalBytes === 0
        ? "none; when memory runs out the kernel ends a process at once"
        : `${size(swapped)} of ${size(swapTotalBytes)} in use` +
          (crowded ? ", and little memory is free: everything becomes slow" : ""),
      { hint: crowded ? "ps -eo rss,comm --sort -rss | head; docker stats --no-stream" : "" },
    ),
  ];
}

/** Ticks since boot. */
export interface CpuTicks {
  readonly all: number;
  readonly stolen: number;
}

/** The first line of `/proc/stat`: user nice system idle iowait irq softirq steal guest guest_nice. */
export function parseCpuTicks(text: string): CpuTicks | undefined {
  const line = /^cpu +(.+)$/m.exec(text)?.[1];
  if (line === undefined) return undefined;
  // Guest time is in user time already.
  const ticks = line.trim().split(/\s+/).slice(0, 8).map(Number);
  if (ticks.length < 8 || ticks.some((each) => Number.isNaN(each))) return undefined;
  return { all: ticks.reduce((sum, each) => sum + each, 0), stolen: ticks[7] ?? 0 };
}

/** Share of the time that the host of this virtual machine gave to others. */
export function judgeSteal(before: CpuTicks, after: CpuTicks): Found {
  const share = (stolen: number, all: number) => all <= 0 ? 0 : stolen / all * 100;
  const boot = share(after.stolen, after.all);
  const now = share(after.stolen - before.stolen, after.all - before.all);
  const bad = now >= 10 || boot >= 10;
  return found(
    "cpu-steal",
    "Stolen CPU",
    bad ? "warn" : "ok",
    `${Math.round(now)} % now, ${Math.round(boot)} % since boot` +
      (bad ? ": the host of this machine gives its CPUs to others" : ""),
    { hint: bad ? "vmstat 1 5 (column st); ask who runs the host for another one" : "" },
  );
}
