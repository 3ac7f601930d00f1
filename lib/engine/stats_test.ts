/** Statistics as the docker CLI computes them. */
import assert from "node:assert/strict";
import type { ApiCpuStats, ApiStats } from "./api.ts";
import { cpuPercent, memoryUse, networkUse } from "./stats.ts";

const cpu = (own: number, system?: number, online?: number): ApiCpuStats => ({
  cpu_usage: { total_usage: own },
  ...(system === undefined ? {} : { system_cpu_usage: system }),
  ...(online === undefined ? {} : { online_cpus: online }),
});

const stats = (memory: ApiStats["memory_stats"], networks?: ApiStats["networks"]): ApiStats => ({
  read: "",
  cpu_stats: cpu(0),
  precpu_stats: cpu(0),
  memory_stats: memory,
  ...(networks === undefined ? {} : { networks }),
});

Deno.test("one busy core of four is 100 %", () => {
  // In one second the host's four cores count four seconds; the container used one of them.
  assert.equal(cpuPercent(cpu(0, 0, 4), cpu(1e9, 4e9, 4)), 100);
  assert.equal(cpuPercent(cpu(5e9, 100e9, 4), cpu(5.02e9, 104e9, 4)), 2);
  assert.equal(cpuPercent(cpu(0, 0), cpu(1e9, 1e9)), 100, "one CPU when the daemon does not say");
});

Deno.test("samples that tell nothing give no figure, never a wrong one", () => {
  assert.equal(cpuPercent(cpu(0), cpu(1e9, 4e9, 4)), undefined, "the first sample");
  assert.equal(cpuPercent(cpu(0, 4e9, 4), cpu(1e9)), undefined);
  assert.equal(cpuPercent(cpu(0, 4e9, 4), cpu(1e9, 4e9, 4)), undefined, "no time between them");
  assert.equal(cpuPercent(cpu(9e9, 4e9, 4), cpu(1e9, 8e9, 4)), undefined, "it was restarted");
});

Deno.test("reclaimable page cache is not counted as used, on cgroup v1 and v2", () => {
  assert.deepEqual(memoryUse(stats({ usage: 100, limit: 500, stats: { inactive_file: 30 } })), {
    usedBytes: 70,
    limitBytes: 500,
  });
  assert.equal(
    memoryUse(stats({ usage: 100, stats: { total_inactive_file: 40, inactive_file: 30 } }))
      .usedBytes,
    60,
  );
  assert.equal(memoryUse(stats({ usage: 10, stats: { inactive_file: 30 } })).usedBytes, 10);
  assert.deepEqual(memoryUse(stats({})), { usedBytes: 0, limitBytes: 0 });
});

Deno.test("traffic is summed over all networks", () => {
  const use = stats({}, {
    eth0: { rx_bytes: 1, tx_bytes: 10 },
    eth1: { rx_bytes: 2, tx_bytes: 20 },
  });
  assert.deepEqual(networkUse(use), { receivedBytes: 3, sentBytes: 30 });
  assert.deepEqual(networkUse(stats({})), { receivedBytes: 0, sentBytes: 0 });
});
