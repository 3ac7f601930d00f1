/** What measured figures of a machine mean. */
import assert from "node:assert/strict";
import { judgeDisks, judgeMemory, judgeSteal, parseCpuTicks, parseMeminfo } from "./machine.ts";

const GIB = 2 ** 30;
const disk = (freeBytes: number, more: Record<string, unknown> = {}) => ({
  what: "the install",
  path: "/opt/rxdx",
  totalBytes: 100 * GIB,
  freeBytes,
  ...more,
});
const states = (found: readonly { id: string; state: string }[]) =>
  found.map((each) => `${each.id} ${each.state}`);

Deno.test("disk: the operator's threshold warns, 95 % and the last 256 MiB fail", () => {
  assert.deepEqual(states(judgeDisks([disk(60 * GIB)], 80)), ["disk ok"]);
  assert.deepEqual(states(judgeDisks([disk(20 * GIB)], 80)), ["disk warn"]);
  assert.deepEqual(states(judgeDisks([disk(20 * GIB)], 90)), ["disk ok"]);
  assert.deepEqual(states(judgeDisks([disk(5 * GIB)], 99)), ["disk fail"]);
  const small = { ...disk(200 * 2 ** 20), totalBytes: GIB };
  const [full] = judgeDisks([small], 99);
  assert.equal(full?.state, "fail");
  assert.match(full?.detail ?? "", /^The disk is full: \/opt\/rxdx \(the install\): 80 % full/);
  assert.match(full?.hint ?? "", /df -h \/opt\/rxdx/);
});

Deno.test("disk: what lies on one file system is one line, another one has its own", () => {
  const found = judgeDisks([
    disk(60 * GIB),
    disk(60 * GIB - 4096, { what: "Docker", path: "/var/lib/docker" }),
    disk(0, { what: "backups", path: "/mnt/nas", totalBytes: 10 * GIB }),
  ], 80);
  assert.deepEqual(states(found), ["disk ok", "disk-2 fail"]);
  assert.match(found[0]?.detail ?? "", /the install, Docker/);
});

Deno.test("inodes: told where they are counted", () => {
  const of = (freeInodes: number) =>
    states(judgeDisks([disk(60 * GIB, { totalInodes: 1000, freeInodes })], 80))[1];
  assert.equal(of(500), "inodes ok");
  assert.equal(of(80), "inodes warn");
  assert.equal(of(5), "inodes fail");
  assert.equal(judgeDisks([disk(60 * GIB, { totalInodes: 0, freeInodes: 0 })], 80).length, 1);
});

const MEMINFO = `MemTotal:        8000000 kB
MemFree:          100000 kB
MemAvailable:    4000000 kB
SwapTotal:       2000000 kB
SwapFree:        1900000 kB
`;

Deno.test("memory: what is available counts, not what is free", () => {
  const memory = parseMeminfo(MEMINFO);
  assert.ok(memory !== undefined);
  assert.equal(memory.availableBytes, 4_000_000 * 1024);
  assert.deepEqual(states(judgeMemory(memory)), ["memory-free ok", "swap ok"]);
  assert.deepEqual(states(judgeMemory({ ...memory, availableBytes: memory.totalBytes * 0.05 })), [
    "memory-free warn",
    "swap ok",
  ]);
  assert.deepEqual(
    states(judgeMemory({ ...memory, availableBytes: memory.totalBytes * 0.01, swapFreeBytes: 0 })),
    ["memory-free fail", "swap warn"],
  );
  // A full swap beside much free memory is old data that nobody misses.
  assert.deepEqual(states(judgeMemory({ ...memory, swapFreeBytes: 0 }))[1], "swap ok");
  assert.match(
    judgeMemory({ ...memory, swapTotalBytes: 0, swapFreeBytes: 0 })[1]?.detail ?? "",
    /^none/,
  );
  assert.equal(parseMeminfo("nothing known"), undefined);
});

Deno.test("stolen CPU: of the moment, and since boot", () => {
  const text = "cpu  100 0 100 700 50 0 0 50 10 0\ncpu0 1 2 3\n";
  const ticks = parseCpuTicks(text);
  assert.deepEqual(ticks, { all: 1000, stolen: 50 });
  assert.equal(parseCpuTicks("intr 1"), undefined);
  assert.equal(parseCpuTicks("cpu 1 2 3"), undefined);
  assert.equal(judgeSteal({ all: 900, stolen: 50 }, { all: 1000, stolen: 50 }).state, "ok");
  const now = judgeSteal({ all: 900, stolen: 20 }, { all: 1000, stolen: 50 });
  assert.equal(now.state, "warn");
  assert.match(now.detail, /30 % now, 5 % since boot/);
  assert.equal(judgeSteal({ all: 1000, stolen: 300 }, { all: 1000, stolen: 300 }).state, "warn");
});
