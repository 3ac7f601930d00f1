/** Container statistics as `docker stats` computes them; pure. */
import type { ApiCpuStats, ApiStats } from "./api.ts";

/** Memory in use and its limit, in bytes. */
export interface MemoryUse {
  readonly usedBytes: number;
  /** 0 when there is no limit. */
  readonly limitBytes: number;
}

/**
 * Page cache that can be reclaimed is not counted, as in the docker CLI:
 * `total_inactive_file` on cgroup v1, `inactive_file` on v2.
 */
export function memoryUse(stats: ApiStats): MemoryUse {
  const { usage = 0, limit = 0, stats: detail = {} } = stats.memory_stats;
  const reclaimable = detail["total_inactive_file"] ?? detail["inactive_file"] ?? 0;
  return {
    usedBytes: reclaimable < usage ? usage - reclaimable : usage,
    limitBytes: limit,
  };
}

/**
 * CPU between two samples in percent of one core: 100 is one core busy all the time.
 * `undefined` when the samples do not tell (the first one, or no time between them).
 */
export function cpuPercent(before: ApiCpuStats, after: ApiCpuStats): number | undefined {
  if (before.system_cpu_usage === undefined || after.system_cpu_usage === undefined) {
    return undefined;
  }
  const system = after.system_cpu_usage - before.system_cpu_usage;
  const own = after.cpu_usage.total_usage - before.cpu_usage.total_usage;
  if (system <= 0 || own < 0) return undefined;
  return own / system * (after.online_cpus ?? 1) * 100;
}

/** Bytes received and sent over all networks since the container started. */
export function networkUse(stats: ApiStats): { receivedBytes: number; sentBytes: number } {
  let receivedBytes = 0;
  let sentBytes = 0;
  for (const each of Object.values(stats.networks ?? {})) {
    receivedBytes += each.rx_bytes;
    sentBytes += each.tx_bytes;
  }
  return { receivedBytes, sentBytes };
}
