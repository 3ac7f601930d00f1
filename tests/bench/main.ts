/**
 * Measurements beside a peer, in the same run on the same machine, printed as ratios. They inform;
 * they never pass or fail. `deno task bench`; needs the built executable and a running engine. With
 * `--full` the windows are long, operations are measured under load, and the figures are written to
 * docs/benchmarks.md.
 */
import { haveTmux } from "../support/tmux.ts";
import { must, PROGRAM, sh, TestStack } from "../support/stack.ts";
import { benchBackup } from "./backup.ts";
import { benchDashboard, extent } from "./dashboard.ts";
import { ASKED, benchOperations } from "./operations.ts";
import { benchUpgrade } from "./upgrade.ts";
import { figure, median as middle, writePage } from "./report.ts";

const full = Deno.args.includes("--full");
const ROUNDS = full ? 15 : 7;

/** Median milliseconds of running a command. */
async function median(argv: readonly string[], cwd?: string, rounds = ROUNDS): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const from = performance.now();
    await sh(argv, cwd === undefined ? {} : { cwd });
    // The first one fills caches and is not counted.
    if (round > 0) times.push(performance.now() - from);
  }
  return middle(times);
}

function line(what: string, ours: number, peer: string, theirs: number, aim: string): void {
  figure({ what, ours, unit: "ms", peer: { name: peer, value: theirs }, aim });
}

const empty = await Deno.makeTempFile({ suffix: ".ts" });
const version = await median([PROGRAM, "--version"]);
line(
  "--version",
  version,
  "docker compose version",
  await median(["docker", "compose", "version"]),
  "≤ 1",
);
line(
  "--version",
  version,
  "deno run of an empty file",
  await median([
    Deno.execPath(),
    "run",
    "--quiet",
    empty,
  ]),
  "≤ 1.3",
);
await Deno.remove(empty);

await using stack = new TestStack("bench");
const built = await stack.init(ASKED);
if (built.code !== 0) {
  console.log(`The stack did not come up; the other figures are missing.\n${built.text}`);
} else {
  const compose = "docker compose config --quiet && docker compose ps --all --quiet";
  line(
    "plan, unchanged",
    await median([PROGRAM, "plan", "--dir", stack.dir]),
    "docker compose config + ps",
    await median(["sh", "-c", compose], stack.dir),
    "≤ 1",
  );
  const ours: number[] = [];
  const theirs: number[] = [];
  const down = ["docker", "compose", "down", "--timeout", "5"];
  for (let round = 0; round < (full ? 3 : 1); round++) {
    await must(down, { cwd: stack.dir });
    let from = performance.now();
    await must(["docker", "compose", "up", "--detach", "--wait"], { cwd: stack.dir });
    theirs.push(performance.now() - from);
    await must(down, { cwd: stack.dir });
    from = performance.now();
    await stack.ok(["start"]);
    ours.push(performance.now() - from);
  }
  line(
    "start, cold to healthy",
    middle(ours),
    "docker compose up --wait",
    middle(theirs),
    "≤ 1.05",
  );
  await benchBackup(stack, full ? { rows: 3_000_000, rounds: 3 } : { rows: 300_000, rounds: 1 });
  if (await haveTmux()) await benchDashboard(stack, extent(full));
  else console.log("tmux is not installed; the figures of the dashboard are missing.");
  if (full) {
    // Behind the dashboard: its peer is told names of containers, which scaling changes.
    await benchOperations(stack);
    await benchUpgrade();
    await writePage();
  } else {
    console.log("Operations under load, and 100 foreign containers: deno task bench --full");
  }
}
