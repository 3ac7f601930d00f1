/** What a program with all its children costs, as Linux counts it. */

/** Ticks a second in /proc/PID/stat: USER_HZ, 100 on every Linux of today (proc(5)). */
const TICKS = 100;

interface Usage {
  /** Seconds of processor time, user and system. */
  readonly cpu: number;
  /** Bytes of resident memory. */
  readonly rss: number;
}

async function text(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch(() => "");
}

async function tree(pid: number): Promise<number[]> {
  const children = (await text(`/proc/${pid}/task/${pid}/children`)).trim().split(" ")
    .filter((each) => each !== "").map(Number);
  // A child may have been started by any thread.
  const tasks = [...(await Array.fromAsync(Deno.readDir(`/proc/${pid}/task`)).catch(() => []))];
  for (const { name } of tasks) {
    if (name === String(pid)) continue;
    const more = (await text(`/proc/${pid}/task/${name}/children`)).trim();
    if (more !== "") children.push(...more.split(" ").map(Number));
  }
  return [pid, ...(await Promise.all(children.map(tree))).flat()];
}

export async function usage(pid: number): Promise<Usage> {
  let cpu = 0;
  let rss = 0;
  for (const each of await tree(pid)) {
    const stat = await text(`/proc/${each}/stat`);
    // The name in brackets may hold blanks; what counts comes behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
    // utime, stime, and those of children that have ended.
    cpu += [11, 12, 13, 14].reduce((sum, at) => sum + (fields[at] ?? 0), 0) / TICKS;
    const resident = /^VmRSS:\s+(\d+) kB/m.exec(await text(`/proc/${each}/status`))?.[1];
    rss += Number(resident ?? 0) * 1024;
  }
  return { cpu, rss };
}

export interface Cost {
  /** Percent of one core. */
  readonly cpu: number;
  /** The most that was resident. */
  readonly rssMiB: number;
}

/** Watches a running program for a while. */
export async function cost(pid: number, seconds: number): Promise<Cost> {
  const before = await usage(pid);
  const from = performance.now();
  let most = before.rss;
  let now = before;
  while (performance.now() - from < seconds * 1000) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    now = await usage(pid);
    most = Math.max(most, now.rss);
  }
  const elapsed = (performance.now() - from) / 1000;
  return { cpu: (now.cpu - before.cpu) / elapsed * 100, rssMiB: most / 2 ** 20 };
}

/** A program that has come to its end. */
export interface Peak {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** Bytes: the most that it and its children had resident at one moment. */
  readonly rss: number;
}

/** Runs a program to its end and watches its memory. */
export async function peakOf(argv: readonly string[]): Promise<Peak> {
  const [program = "", ...args] = argv;
  const from = performance.now();
  const child = new Deno.Command(program, { args, stdout: "piped", stderr: "piped" }).spawn();
  let running = true;
  const ended = child.output().finally(() => running = false);
  let rss = 0;
  while (running) {
    rss = Math.max(rss, (await usage(child.pid)).rss);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 200))]);
  }
  const { success, stdout, stderr } = await ended;
  const seconds = (performance.now() - from) / 1000;
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { ok: success, stdout: decode(stdout), stderr: decode(stderr), seconds, rss };
}
