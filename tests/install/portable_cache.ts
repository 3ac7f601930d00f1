/**
 * The cache that the portable form unpacks into: many first starts at once, killed ones, damage,
 * versions beside each other. Registered by portable_test.ts.
 */
import assert from "node:assert/strict";
import {
  builtFixture,
  host,
  idOf,
  inScratch,
  must,
  otherVersion,
  PATH,
  run,
  tree,
  VERSION_LINE,
  whileRunning,
} from "./support.ts";

Deno.test("eight first starts at once all work, and leave one clean copy", async () => {
  const file = await builtFixture();
  await inScratch(async (scratch) => {
    const env = { PATH, XDG_CACHE_HOME: `${scratch}/cache` };
    const all = await Promise.all(
      Array.from({ length: 8 }, () => run([file, "--version"], { env })),
    );
    for (const each of all) {
      assert.deepEqual([each.code, each.stdout, each.stderr], [0, VERSION_LINE, ""]);
    }
    assert.deepEqual(await host.files.list(`${scratch}/cache/rxdx-setup`), [await idOf(file)]);
  });
});

Deno.test("a first start that is killed leaves nothing that the next one trips over", async () => {
  const file = await builtFixture();
  await inScratch(async (scratch) => {
    const env = { PATH, XDG_CACHE_HOME: `${scratch}/cache` };
    for (const seconds of ["0.02", "0.1", "0.2", "0.4", "0.6"]) {
      await run(["timeout", "-s", "KILL", seconds, file, "--version"], { env });
    }
    const after = await run([file, "--version"], { env });
    assert.deepEqual([after.code, after.stdout, after.stderr], [0, VERSION_LINE, ""]);
    assert.deepEqual(await host.files.list(`${scratch}/cache/rxdx-setup`), [await idOf(file)]);
  });
});

Deno.test("a damaged cache heals itself", async (test) => {
  const file = await builtFixture();
  await inScratch(async (scratch) => {
    const env = { PATH, XDG_CACHE_HOME: `${scratch}/cache` };
    await run([file, "later"], { env });
    const directory = `${scratch}/cache/rxdx-setup/${await idOf(file)}`;
    const chunk = (await host.files.list(directory)).find((name) => name.startsWith("later-"));
    assert.ok(chunk !== undefined);
    // What the file itself says of its parts, compared with what is there.
    const check = `sums=$(head -n 200 "$2" | grep -a -oE "[0-9a-f]{64}  [[:alnum:]._-]+")
      cd "$1" && printf '%s\\n' "$sums" | sha256sum -c 2>&1`;
    const damages: Record<string, string> = {
      "runtime cut off": `truncate -s 40000000 deno`,
      "runtime gone": `rm deno`,
      "a byte in the middle flipped": `printf X | dd of=deno bs=1 seek=5000000 conv=notrunc`,
      "program edited": `echo 'console.log("planted")' >>main.js`,
      "mark gone": `rm ok`,
      "directories in the place of files":
        `for f in deno ok ${chunk}; do rm "$f"; mkdir "$f"; touch "$f/x"; done`,
      "not executable": `chmod 600 deno`,
      "runtime's own caches garbage": `for f in state/*; do [ ! -f "$f" ] || echo x >"$f"; done`,
    };
    for (const [name, damage] of Object.entries(damages)) {
      await test.step(name, async () => {
        await must("sh", "-c", `cd "$1" && { ${damage}; } 2>/dev/null`, "-", directory);
        for (const _ of ["healing", "healed"]) {
          const said = await run([file, "later"], { env });
          assert.deepEqual([said.code, said.stdout, said.stderr], [0, "later\n", ""]);
        }
        assert.doesNotMatch(await must("sh", "-c", check, "-", directory, file), /FAILED/);
      });
    }
  });
});

/** A program that runs until it is released; when this returns, it does. */
async function startWaiting(file: string, flag: string, env: Record<string, string>) {
  const running = run([file, "later", flag], { env });
  const runs = async () => await host.files.stat(`${flag}.runs`) !== undefined;
  await whileRunning(running, "it said that it runs", runs);
  return { running, release: () => must("touch", flag) };
}

Deno.test("healing does not disturb a program that runs from the damaged cache", async () => {
  const file = await builtFixture();
  await inScratch(async (scratch) => {
    const env = { PATH, XDG_CACHE_HOME: `${scratch}/cache` };
    await run([file, "--version"], { env });
    const { running, release } = await startWaiting(file, `${scratch}/go`, env);
    await must("rm", `${scratch}/cache/rxdx-setup/${await idOf(file)}/ok`);
    assert.equal((await run([file, "--version"], { env })).stdout, VERSION_LINE);
    await release();
    const said = await running;
    assert.deepEqual([said.code, said.stdout, said.stderr], [0, "later\n", ""]);
  });
});

Deno.test("a file that was cut off says so, and starts nothing", async () => {
  const file = await builtFixture();
  await inScratch(async (scratch) => {
    await must(
      "sh",
      "-c",
      `head -c 30000000 "$1" >"$2"; chmod 755 "$2"`,
      "-",
      file,
      `${scratch}/cut`,
    );
    const env = { PATH, XDG_CACHE_HOME: `${scratch}/cache` };
    const said = await run([`${scratch}/cut`, "--version"], { env });
    assert.equal(said.code, 4);
    assert.match(said.stderr, /is damaged/);
    assert.equal(said.stdout, "");
    const json = await run([`${scratch}/cut`, "status", "--json"], { env });
    const { error } = JSON.parse(json.stderr) as { error: Record<string, unknown> };
    assert.deepEqual([error["code"], error["exit"]], ["damaged", 4]);
    assert.deepEqual(await tree(`${scratch}/cache/rxdx-setup`), []);
  });
});

Deno.test("versions live side by side; the one before is kept, a running one is not removed", async () => {
  const file = await builtFixture();
  await inScratch(async (scratch) => {
    const env = { PATH, XDG_CACHE_HOME: `${scratch}/cache` };
    const cache = `${scratch}/cache/rxdx-setup`;
    const ids: string[] = [];
    for (const digits of ["1", "2", "3", "4"]) {
      ids.push(await otherVersion(file, `${scratch}/v${digits}`, digits));
    }
    const [one, two, three, four] = ids;
    const start = (n: number) => run([`${scratch}/v${n}`, "--version"], { env });
    assert.equal((await start(1)).stdout, VERSION_LINE);
    const { running, release } = await startWaiting(`${scratch}/v1`, `${scratch}/go`, env);
    for (const n of [2, 3]) {
      await host.clock.sleep(50);
      assert.equal((await start(n)).stdout, VERSION_LINE);
    }
    await host.clock.sleep(50);
    assert.equal((await start(4)).stdout, VERSION_LINE);
    // 4 is this one, 3 the one before, 1 runs; 2 is nobody's.
    assert.deepEqual(await host.files.list(cache), [one, three, four]);
    assert.ok(!(await host.files.list(cache)).includes(two ?? ""));
    await release();
    assert.equal((await running).stdout, "later\n");
  });
});
