/**
 * The live dashboard in a real terminal beside what else one would look at: `docker stats`,
 * `docker logs --follow`, `docker compose logs --follow`. Figures only; nothing fails on time.
 */
import { must, PROGRAM, sh, type TestStack } from "../support/stack.ts";
import { quote, Tmux } from "../support/tmux.ts";
import { type Cost, cost } from "../support/process_tree.ts";
import { figure, median } from "./report.ts";

export interface Extent {
  readonly rounds: number;
  /** Seconds of each look at an idle dashboard. */
  readonly idle: number;
  /** Seconds of the flood of log lines. */
  readonly flood: number;
  /** Containers of nobody's interest. */
  readonly foreign: number;
}

/** `RXDX_BENCH_SECONDS` makes every window as long as somebody wants. */
export function extent(full: boolean): Extent {
  const seconds = Number(Deno.env.get("RXDX_BENCH_SECONDS") ?? "");
  const chosen = full
    ? { rounds: 11, idle: 60, flood: 30, foreign: 100 }
    : { rounds: 3, idle: 4, flood: 4, foreign: 0 };
  return seconds > 0 ? { ...chosen, idle: seconds, flood: seconds } : chosen;
}

const COLUMNS = 120;
const ROWS = 40;
/** Seconds in which a program may settle: its first second is no idle one. */
const SETTLE = 2;
const LINES_PER_SECOND = 10_000;
/** Milliseconds after which a first frame is given up on. */
const PATIENCE_MS = 10_000;

const wait = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/**
 * Milliseconds from the start of a program in a terminal of its own until it has written each of what is
 * expected, in their order; NaN for what never comes.
 */
async function firstPaint(command: string, expected: readonly RegExp[]): Promise<number[]> {
  const inside = `stty rows ${ROWS} cols ${COLUMNS}; exec ${command}`;
  const from = performance.now();
  const child = new Deno.Command("script", {
    args: ["--quiet", "--flush", "--command", inside, "/dev/null"],
    env: { TERM: "xterm-256color" },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const decoder = new TextDecoder();
  const late = setTimeout(() => child.kill("SIGTERM"), PATIENCE_MS);
  const times: number[] = [];
  let seen = "";
  for await (const chunk of child.stdout) {
    seen += decoder.decode(chunk, { stream: true });
    while (times.length < expected.length && expected[times.length]?.test(seen)) {
      times.push(performance.now() - from);
    }
    if (times.length === expected.length) break;
  }
  clearTimeout(late);
  try {
    child.kill("SIGTERM");
  } catch {
    // It has ended by itself.
  }
  await child.status;
  return expected.map((_, at) => times[at] ?? Number.NaN);
}

async function paints(
  command: string,
  expected: readonly RegExp[],
  rounds: number,
): Promise<number[]> {
  const times: number[][] = [];
  // The first one fills caches and is not counted.
  for (let round = 0; round <= rounds; round++) {
    const each = await firstPaint(command, expected);
    if (round > 0) times.push(each);
  }
  return expected.map((_, at) => median(times.map((each) => each[at] ?? Number.NaN)));
}

/** A program in a terminal, from its first frame to the end of the body. */
async function running<T>(
  command: string,
  shown: string,
  body: (terminal: Tmux, pid: number) => Promise<T>,
): Promise<T> {
  await using terminal = await Tmux.start({ columns: COLUMNS, rows: ROWS });
  await terminal.type(command);
  await terminal.untilShown(shown);
  await wait(SETTLE);
  return await body(terminal, await terminal.foreground());
}

/** Milliseconds from a key to its effect on the screen; some of it is tmux itself. */
async function keyLatency(terminal: Tmux, key: string, shown: string): Promise<number> {
  const from = performance.now();
  await terminal.text(key);
  while (!(await terminal.screen()).join("\n").includes(shown)) {
    if (performance.now() - from > PATIENCE_MS) return Number.NaN;
  }
  return performance.now() - from;
}

/** What the terminal and our looking at it cost: the same with nothing but an echo. */
async function echoLatency(rounds: number): Promise<number> {
  await using terminal = await Tmux.start({ columns: COLUMNS, rows: ROWS });
  await terminal.type("cat");
  await wait(0.2);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    times.push(await keyLatency(terminal, "?", "?".repeat(round + 1)));
  }
  return median(times);
}

const FLOOD = `
import sys, time
start, sent = time.monotonic(), 0
while True:
    due = int((time.monotonic() - start) * ${LINES_PER_SECOND})
    sys.stdout.write("".join('INFO:     172.18.0.5:4412 - "GET /api/v1/requirements/%d HTTP/1.1" 200 OK\\n' % n for n in range(sent, due)))
    sys.stdout.flush()
    sent = due
    time.sleep(0.02)
`;

/** A container of this stack that says more than anybody can read. */
async function flooding<T>(stack: TestStack, body: (container: string) => Promise<T>): Promise<T> {
  const name = `${stack.name}-flood`;
  const image = await must([
    "docker",
    "inspect",
    "--format",
    "{{.Image}}",
    `${stack.name}-backend-1`,
  ]);
  // One more replica, for Compose and for us.
  const labels = {
    project: stack.name,
    service: "backend",
    "container-number": "99",
    "config-hash": "bench",
    oneoff: "False",
  };
  await must([
    ...["docker", "run", "--detach", "--name", name, "--network", "none"],
    // As the services of the stack have it.
    ...["--log-driver", "json-file", "--log-opt", "max-size=10m", "--log-opt", "max-file=3"],
    ...Object.entries(labels).flatMap((
      [key, value],
    ) => ["--label", `com.docker.compose.${key}=${value}`]),
    ...["--entrypoint", "python3", image, "-c", FLOOD],
  ]);
  try {
    return await body(name);
  } finally {
    await sh(["docker", "rm", "--force", name]);
  }
}

async function foreign<T>(count: number, body: () => Promise<T>): Promise<T> {
  const names = Array.from({ length: count }, (_, at) => `rxdxtest-foreign-${Deno.pid}-${at}`);
  const image = (await must(["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"]))
    .split("\n").find((each) => each.startsWith("rxdx-demo/base-")) ?? "";
  const waiting = [...names];
  try {
    await Promise.all(Array.from({ length: 4 }, async () => {
      for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
        await must([
          ...["docker", "run", "--detach", "--name", name, "--network", "none"],
          ...["--stop-timeout", "0", "--entrypoint", "sleep", image, "3600"],
        ]);
      }
    }));
    return await body();
  } finally {
    await sh(["docker", "rm", "--force", ...names]);
  }
}

export async function benchDashboard(stack: TestStack, how: Extent): Promise<void> {
  const ours = `${quote(PROGRAM)} status --dir ${quote(stack.dir)}`;
  const services = ["nginx", "frontend", "backend", "postgres"].map((each) =>
    `${stack.name}-${each}-1`
  );
  const stats = `docker stats ${services.join(" ")}`;
  const stats4 = "docker stats, 4 containers";
  const [statsPaint = NaN] = await paints(stats, [new RegExp(`${stack.name}-`)], how.rounds);
  const [frame = NaN, shown = NaN] = await paints(
    ours,
    [new RegExp(stack.name), /postgres/],
    how.rounds,
  );
  const peer = { name: stats4, value: statsPaint };
  figure({ what: "dashboard, first paint", ours: frame, unit: "ms", peer, aim: "< 150 ms" });
  figure({ what: "dashboard, services shown", ours: shown, unit: "ms", peer, aim: "≤ 1" });

  const idleOurs = await running(ours, "postgres", (_, pid) => cost(pid, how.idle));
  const idleStats = await running(stats, stack.name, (_, pid) => cost(pid, how.idle));
  both(`dashboard, idle for ${how.idle} s`, idleOurs, stats4, idleStats, "< 1 % of a core");

  await flood(stack, ours, how);

  // Containers that others run are many, or say nothing: `--full`.
  if (how.foreign === 0) return;
  const all = "docker stats, all containers";
  const { crowdOurs, crowdStats } = await foreign(how.foreign, async () => ({
    crowdOurs: await running(ours, "postgres", (_, pid) => cost(pid, how.idle)),
    crowdStats: await running("docker stats", "rxdxtest-", (_, pid) => cost(pid, how.idle)),
  }));
  both(`idle, ${how.foreign} foreign containers`, crowdOurs, all, crowdStats, "as without them");
  figure({
    what: `CPU with ${how.foreign} foreign containers`,
    ours: crowdOurs.cpu,
    unit: "%",
    peer: { name: "the dashboard without them", value: idleOurs.cpu },
    aim: "1",
  });
}

function both(what: string, ours: Cost, name: string, theirs: Cost, aim: string): void {
  figure({
    what: `${what}: CPU`,
    ours: ours.cpu,
    unit: "%",
    peer: { name, value: theirs.cpu },
    aim,
  });
  figure({
    what: `${what}: memory`,
    ours: ours.rssMiB,
    unit: "MiB",
    peer: { name, value: theirs.rssMiB },
    aim: "≤ 120 MiB",
  });
}

async function flood(stack: TestStack, ours: string, how: Extent): Promise<void> {
  const echo = await echoLatency(how.rounds);
  await flooding(stack, async (container) => {
    const from = performance.now();
    const measured = await running(ours, "postgres", async (terminal, pid) => {
      const spent = await cost(pid, how.flood);
      const dropped = droppedOn(await terminal.screen());
      const latencies: number[] = [];
      for (let round = 0; round < how.rounds; round++) {
        latencies.push(await keyLatency(terminal, "?", "── Help"));
        await terminal.keys("Escape");
        await terminal.until("no help", (screen) => !screen.join("\n").includes("── Help"));
      }
      return { spent, dropped, latency: median(latencies) };
    });
    const logs = "docker logs --follow";
    const alone = await running(
      `${logs} --tail 10 ${container}`,
      "requirements",
      (_, pid) => cost(pid, how.flood),
    );
    const compose = "docker compose logs --follow";
    const merged = await running(
      `cd ${quote(stack.dir)} && ${
        compose.replace("compose", `compose --project-name ${stack.name}`)
      } --tail 10`,
      "requirements",
      (_, pid) => cost(pid, how.flood),
    );
    const what = "10,000 log lines/s";
    const last = await must(["docker", "logs", "--tail", "1", container]);
    const printed = Number(/requirements\/(\d+)/.exec(last)?.[1] ?? NaN);
    const rate = printed / (performance.now() - from) * 1000;
    figure({ what: `${what}: really printed a second`, ours: rate, unit: "lines", aim: "10,000" });
    both(what, measured.spent, logs, alone, "< 15 % of a core, ≤ 1");
    both(what, measured.spent, compose, merged, "< 15 % of a core, ≤ 1");
    figure({
      what: `${what}: lines told as dropped`,
      ours: measured.dropped,
      unit: "lines",
      aim: "told",
    });
    figure({
      what: `${what}: key to screen`,
      ours: measured.latency,
      unit: "ms",
      peer: { name: "echo of a key in that terminal", value: echo },
      aim: "< 100 ms",
    });
  });
}

/** The number beside "dropped" on the screen; NaN where it says nothing of it. */
function droppedOn(screen: readonly string[]): number {
  const text = screen.join("\n");
  const found = /([\d,]+) dropped/i.exec(text);
  return found?.[1] === undefined ? Number.NaN : Number(found[1].replaceAll(",", ""));
}
