/**
 * Killed anywhere, `init` goes on. SIGKILL before and after every step, each followed by a run that
 * is killed one point further: the last run converges, with the secrets of the first.
 */
import assert from "node:assert/strict";
import { holdImages, sh, TestStack } from "../support/stack.ts";

/** Ids of the steps in the newest journal. */
function stepsOf(dir: string): string[] {
  const journal = `${dir}/.rxdx/journal`;
  const newest = [...Deno.readDirSync(journal)].map((entry) => entry.name).sort().at(-1);
  const [first = "{}"] = Deno.readTextFileSync(`${journal}/${newest}`).split("\n");
  return (JSON.parse(first) as { steps: { id: string }[] }).steps.map((step) => step.id);
}

async function assertWhole(stack: TestStack): Promise<void> {
  for (const name of [".env", "rxdx.yml", "docker-compose.yml"]) {
    const text = await Deno.readTextFile(`${stack.dir}/${name}`).catch(() => undefined);
    assert.ok(text === undefined || text.endsWith("\n"), `${name} is whole or not there`);
  }
}

Deno.test("SIGKILL before and after every step of init, then convergence", async () => {
  await using stack = new TestStack("kill");
  await using _held = await holdImages();
  // The list of steps comes from a run itself: a new step is covered without a change here.
  await stack.init([], { env: { RXDX_FAILPOINT: "before:directories=kill" } });
  const steps = stepsOf(stack.dir);
  assert.ok(steps.length >= 12, `${steps.length} steps`);
  let secrets: string[] | undefined;
  let kills = 1;
  for (const id of steps) {
    for (const side of ["before", "after"]) {
      const ran = await stack.init([], { env: { RXDX_FAILPOINT: `${side}:${id}=kill` } });
      assert.equal(ran.code, 137, `killed ${side} ${id}:\n${ran.text}`);
      if (kills > 1) assert.match(ran.stderr, /did not come to its end/);
      kills++;
      await assertWhole(stack);
      const exists = await Deno.stat(`${stack.dir}/.env`).then(() => true, () => false);
      if (!exists) continue;
      const now = stack.secrets();
      secrets ??= now;
      assert.deepEqual(now, secrets, `the secrets are the same after ${side} ${id}`);
    }
  }
  const last = await stack.init();
  assert.equal(last.code, 0, last.text);
  assert.deepEqual(stack.secrets(), secrets);
  await stack.login();
  assert.equal((await stack.run(["plan"])).code, 0, "nothing is left to do");
  console.log(`    ${kills} kills at step boundaries, ${kills} of ${kills} runs went on`);
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
    await Deno.remove(stack.dir.replace(/\/stack$/, ""), { recursive: true });
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
