/**
 * Killed anywhere, `init` and `scale` go on. SIGKILL before and after every step, each followed by a run that
 * is killed one point further: the last run converges, with the secrets of the first.
 */
import assert from "node:assert/strict";
import { killedAt, pointsAround, stepsOf } from "../support/kills.ts";
import { holdImages, must, type RunOptions, sh, TestStack } from "../support/stack.ts";

async function assertWhole(stack: TestStack): Promise<void> {
  for (const name of [".env", "rxdx.yml", "docker-compose.yml"]) {
    const text = await Deno.readTextFile(`${stack.dir}/${name}`).catch(() => undefined);
    assert.ok(text === undefined || text.endsWith("\n"), `${name} is whole or not there`);
  }
}

/** Figures by hand, so that three backends fit on every machine. */
const FIGURES = [
  "resources.backend.workers=1",
  "resources.backend.memory=256M",
  "resources.postgres.memory=768M",
  "resources.postgres.max_connections=220",
].flatMap((setting) => ["--set", setting]);

/** Inside of `start`: replicas come, or leave. */
const ADDING = ["before:add", "after:add"];
const REMOVING = [
  ...["before:drain", "during:drain", "after:drain"],
  ...["before:remove", "during:remove", "after:remove"],
];

Deno.test("SIGKILL before and after every step of init and scale, then convergence", async (t) => {
  await using stack = new TestStack("kill");
  await using _held = await holdImages();
  // The list of steps comes from a run itself: a new step is covered without a change here.
  await killedAt("before:directories", (options) => stack.init(FIGURES, options));
  const steps = stepsOf(stack.dir);
  assert.ok(steps.length >= 12, `${steps.length} steps`);
  let secrets: string[] | undefined;
  let kills = 1;
  for (const point of pointsAround(steps)) {
    const ran = await killedAt(point, (options) => stack.init(FIGURES, options));
    if (kills > 1) assert.match(ran.stderr, /did not come to its end/);
    kills++;
    await assertWhole(stack);
    const exists = await Deno.stat(`${stack.dir}/.env`).then(() => true, () => false);
    if (!exists) continue;
    const now = stack.secrets();
    secrets ??= now;
    assert.deepEqual(now, secrets, `the secrets are the same at ${point}`);
  }
  const last = await stack.init(FIGURES);
  assert.equal(last.code, 0, last.text);
  assert.deepEqual(stack.secrets(), secrets);
  const token = await stack.login();
  assert.equal((await stack.run(["plan"])).code, 0, "nothing is left to do");
  console.log(`    ${kills} kills at step boundaries, ${kills} of ${kills} runs went on`);

  // Once a replica is gone, the next run has none to take away: behind the last word to nginx is a way of its own.
  const scaling = () => stepsOf(stack.dir, "scale");
  const ways = [
    { count: 3, points: () => pointsAround(scaling(), { start: ADDING }) },
    // What comes before the start is the same again.
    {
      count: 2,
      points: () => pointsAround(scaling().slice(scaling().indexOf("start")), { start: REMOVING }),
    },
    { count: 1, points: () => ["after:undrain"] },
  ];
  for (const { count, points: pointsOf } of ways) {
    await t.step(`scale backend=${count}: somebody serves after each kill`, async () => {
      const scale = (options: RunOptions) =>
        stack.run(["scale", `backend=${count}`, "--yes"], options);
      await killedAt("before:directories", scale);
      const points = pointsOf();
      for (const point of points) {
        await killedAt(point, scale);
        const { status } = await stack.request("/api/v1/auth/me", { token });
        assert.equal(status, 200, point);
      }
      const done = await scale({});
      assert.equal(done.code, 0, done.text);
      const backends = await must([
        ...[
          "docker",
          "ps",
          "--quiet",
          "--filter",
          `label=com.docker.compose.project=${stack.name}`,
        ],
        ...["--filter", "label=com.docker.compose.service=backend"],
      ]);
      assert.equal(backends.split("\n").length, count);
      assert.equal((await stack.run(["plan"])).code, 0, "nothing is left to do");
      const configuration = await Deno.readTextFile(`${stack.dir}/nginx/nginx.prod.conf`);
      assert.match(configuration, /server backend:8000 resolve max_fails/);
      await assert.rejects(Deno.stat(`${stack.dir}/.rxdx/nginx-drained.json`));
      assert.deepEqual(stack.secrets(), secrets);
      console.log(`    ${points.length + 1} of ${points.length + 1} kills gone on with`);
    });
  }
});

Deno.test("SIGKILL at random moments of a first start, then convergence", async () => {
  await using stack = new TestStack("rand");
  await using _held = await holdImages();
  let secrets: string[] | undefined;
  const moments = [300, 700, 1500, 2500, 4000, 6000];
  let killed = 0;
  for (const moment of moments) {
    const child = stack.spawn(["init", "--demo", "--yes", ...stack.settings()]);
    const output = child.output();
    await new Promise((resolve) => setTimeout(resolve, moment));
    try {
      child.kill("SIGKILL");
      killed++;
    } catch {
      // It was faster than that.
    }
    await output;
    await assertWhole(stack);
    const exists = await Deno.stat(`${stack.dir}/.env`).then(() => true, () => false);
    if (exists) {
      secrets ??= stack.secrets();
      assert.deepEqual(stack.secrets(), secrets);
    }
  }
  const last = await stack.init();
  assert.equal(last.code, 0, last.text);
  if (secrets !== undefined) assert.deepEqual(stack.secrets(), secrets);
  await stack.login();
  console.log(`    ${killed} kills at random moments, then healthy`);
});

Deno.test("a full disk while files are written leaves the old ones whole", async (t) => {
  if (Deno.uid() !== 0) {
    await t.step({ name: "needs root for a small file system", ignore: true, fn: () => undefined });
    return;
  }
  const mount = await Deno.makeTempDir();
  await sh(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", mount]);
  try {
    const stack = new TestStack("full");
    const args = [
      "init",
      "--demo",
      "--yes",
      "--no-start",
      "--dir",
      `${mount}/s`,
      ...stack.settings(),
    ];
    const program = (await import("../support/stack.ts")).PROGRAM;
    let failures = 0;
    // From no room at all to enough: each size stops the writing at another file.
    for (const free of [0, 8, 40, 120, 200]) {
      const filler = `${mount}/filler`;
      const info = await sh(["df", "--output=avail", "-k", mount]);
      const avail = Number(info.stdout.trim().split("\n").at(-1));
      const size = Math.max(0, avail - free);
      await sh(["dd", "if=/dev/zero", `of=${filler}`, "bs=1024", `count=${size}`]);
      const before = new Map<string, string>();
      for (const name of [".env", "rxdx.yml", "docker-compose.yml"]) {
        const text = await Deno.readTextFile(`${mount}/s/${name}`).catch(() => undefined);
        if (text !== undefined) before.set(name, text);
      }
      const ran = await sh([program, ...args]);
      if (ran.code !== 0) {
        failures++;
        assert.match(ran.stderr, /No space left|disk|space/i, ran.text);
        assert.doesNotMatch(ran.stderr, /at file:|\.ts:\d+/);
      }
      for (const [name, text] of before) {
        const now = await Deno.readTextFile(`${mount}/s/${name}`);
        assert.ok(now === text || now.endsWith("\n"), `${name} is whole`);
      }
      await Deno.remove(filler);
    }
    assert.ok(failures >= 3, `${failures} runs met the full disk`);
    const ran = await sh([program, ...args]);
    assert.equal(ran.code, 0, ran.text);
    console.log(`    ${failures} full disks, 0 truncated files`);
    await Deno.remove(stack.place, { recursive: true });
  } finally {
    await sh(["umount", mount]);
    await Deno.remove(mount);
  }
});

Deno.test("purge of a first run that never came to its end leaves nothing", async () => {
  await using stack = new TestStack("half");
  await stack.init([], { env: { RXDX_FAILPOINT: "before:check-compose=kill" } });
  assert.ok((await Deno.stat(`${stack.dir}/docker-compose.yml`)).isFile);
  const ran = await stack.ok(["uninstall", "--purge", "--confirm", stack.name, "--yes"]);
  assert.doesNotMatch(ran.stdout, /Not ours/);
  await assert.rejects(Deno.stat(stack.dir), Deno.errors.NotFound);
});
