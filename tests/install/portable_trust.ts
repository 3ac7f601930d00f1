/**
 * Where the portable form may unpack: other users, no home, caches that somebody else made, a full
 * disk. These need root, to become another user and to mount; without it they are ignored.
 * Registered by portable_test.ts.
 */
import assert from "node:assert/strict";
import {
  builtFixture,
  host,
  idOf,
  inScratch,
  IS_ROOT,
  must,
  NOBODY,
  PATH,
  run,
  tree,
  VERSION_LINE,
} from "./support.ts";

Deno.test({
  name: "another user: no home, a home that cannot be written, a read-only TMPDIR",
  ignore: !IS_ROOT,
  async fn(test) {
    const file = await builtFixture();
    const temporary = `/tmp/rxdx-setup-${NOBODY}`;
    const before = await host.files.stat(temporary);
    try {
      const environments: Record<string, Record<string, string>> = {
        "empty environment": {},
        "HOME does not exist": { PATH, HOME: "/nonexistent" },
        "HOME is somebody else's": { PATH, HOME: "/root" },
        "HOME cannot be written": { PATH, HOME: "/proc" },
        "TMPDIR is read-only": { PATH, TMPDIR: "/proc/sys" },
        "XDG_CACHE_HOME is not absolute": { PATH, XDG_CACHE_HOME: "cache" },
      };
      for (const [name, env] of Object.entries(environments)) {
        await test.step(name, async () => {
          const said = await run([file, "later"], { env, uid: NOBODY });
          assert.deepEqual([said.code, said.stdout, said.stderr], [0, "later\n", ""]);
        });
      }
      const made = await host.files.stat(temporary);
      assert.deepEqual([made?.uid, made?.mode], [NOBODY, 0o700]);
    } finally {
      if (before === undefined) await must("rm", "-rf", temporary);
    }
  },
});

/** Plants what looks like a complete cache, made by root, whose runtime tells on itself. */
async function plant(cache: string, id: string, marker: string): Promise<void> {
  await must("mkdir", "-p", `${cache}/${id}`);
  const script = `#!/bin/sh\ntouch ${marker}\necho planted\n`;
  await host.files.writeAtomic(`${cache}/${id}/deno`, script, { mode: 0o755 });
  await must("sh", "-c", `cp "$1" "$2"`, "-", `${cache}/${id}/deno`, `${cache}/${id}/main.js`);
  await must("sh", "-c", `echo x >"$1/ok"; touch -d 2000-01-01 "$1"/*`, "-", `${cache}/${id}`);
  await must("chmod", "-R", "777", cache);
}

Deno.test({
  name: "a cache that somebody else made is never run from",
  ignore: !IS_ROOT,
  async fn(test) {
    const file = await builtFixture();
    const id = await idOf(file);
    const names = await must("sh", "-c", `grep -a -m1 ^files= "$1" | cut -d"'" -f2`, "-", file);
    await inScratch(async (scratch) => {
      await must("chmod", "1777", scratch);
      const marker = `${scratch}/marker`;
      const check = async (env: Record<string, string>) => {
        const said = await run([file, "--version"], { env: { PATH, ...env }, uid: NOBODY });
        assert.deepEqual([said.code, said.stdout, said.stderr], [0, VERSION_LINE, ""]);
        assert.equal(await host.files.stat(marker), undefined, "the planted runtime was run");
      };
      const planted = async (cache: string) => {
        await plant(cache, id, marker);
        for (const name of names.split(" ")) {
          await must(
            "sh",
            "-c",
            `[ -e "$1" ] || { echo x >"$1"; touch -d 2000-01-01 "$1"; }`,
            "-",
            `${cache}/${id}/${name}`,
          );
        }
      };
      const home = `${scratch}/home`;
      await must("install", "-d", "-o", String(NOBODY), "-m", "700", home, `${home}/.cache`);
      await test.step("in its home, by somebody else", async () => {
        await planted(`${home}/.cache/rxdx-setup`);
        await check({ HOME: home, TMPDIR: scratch });
        await must("rm", "-rf", `${home}/.cache/rxdx-setup`);
      });
      await test.step("in its home, its own files in somebody else's directory", async () => {
        await planted(`${home}/.cache/rxdx-setup`);
        const files = `chown ${NOBODY} "$1"/*/* && touch -d 2000-01-01 "$1"/*/*`;
        await must("sh", "-c", files, "-", `${home}/.cache/rxdx-setup`);
        await check({ HOME: home, TMPDIR: scratch });
        await must("rm", "-rf", `${home}/.cache/rxdx-setup`);
      });
      await test.step("in its home, as a link", async () => {
        await planted(`${scratch}/elsewhere`);
        await must("ln", "-s", `${scratch}/elsewhere`, `${home}/.cache/rxdx-setup`);
        await check({ HOME: home, TMPDIR: scratch });
        await must("rm", `${home}/.cache/rxdx-setup`);
      });
      await test.step("its own cache, but writable by all", async () => {
        await planted(`${home}/.cache/rxdx-setup`);
        await must("chown", `${NOBODY}`, `${home}/.cache/rxdx-setup`);
        await check({ HOME: home, TMPDIR: scratch });
        const cleaned = await host.files.stat(`${home}/.cache/rxdx-setup`);
        assert.deepEqual([cleaned?.uid, cleaned?.mode], [NOBODY, 0o700]);
      });
      await test.step("its name in TMPDIR is taken", async () => {
        await must("rm", "-rf", `${scratch}/rxdx-setup-${NOBODY}`);
        await planted(`${scratch}/rxdx-setup-${NOBODY}`);
        await check({ TMPDIR: scratch });
        // It ran from a directory of its own, and removed it.
        const left = (await host.files.list(scratch)).filter((n) => n.startsWith("rxdx-setup-"));
        assert.deepEqual(left, [`rxdx-setup-${NOBODY}`]);
      });
      await test.step("TMPDIR lets others move things", async () => {
        const open = `${scratch}/open`;
        await must("install", "-d", "-m", "777", open);
        await check({ TMPDIR: open });
        assert.deepEqual(await tree(open), []);
        await must("rm", "-rf", `/tmp/rxdx-setup-${NOBODY}`);
      });
    });
  },
});

Deno.test({
  name: "a full disk is named, exit 4, and nothing is left on it",
  ignore: !IS_ROOT,
  async fn() {
    const file = await builtFixture();
    await inScratch(async (scratch) => {
      const disk = `${scratch}/disk`;
      await must("mkdir", disk);
      const home = `${scratch}/home`;
      await must("install", "-d", "-o", String(NOBODY), "-m", "700", home);
      const options = `size=40m,mode=700,uid=${NOBODY}`;
      const mounted = await host.process.run([
        "mount",
        "-t",
        "tmpfs",
        "-o",
        options,
        "tmpfs",
        disk,
      ]);
      if (mounted.code !== 0) {
        // A container without the right to mount; said aloud, because it proves nothing then.
        host.terminal.err(`\nSKIPPED full disk: ${mounted.stderr.trim()}\n`);
        return;
      }
      try {
        const env = { PATH, XDG_CACHE_HOME: disk, HOME: home };
        const said = await run([file, "--version"], { env, uid: NOBODY });
        assert.equal(said.code, 4);
        assert.match(said.stderr, /^rxdx-setup: No space left in .*\/disk\/rxdx-setup: .* \d+ MB/);
        assert.match(said.stderr, /df -h/);
        assert.equal(said.stderr.trim().split("\n").length, 2, said.stderr);
        assert.deepEqual(await tree(`${disk}/rxdx-setup`), []);
        await must("mount", "-o", "remount,size=300m", disk);
        assert.equal((await run([file, "--version"], { env, uid: NOBODY })).stdout, VERSION_LINE);
        assert.deepEqual(await tree(home), []);
        // With programs forbidden there, the next place is taken.
        await must("mount", "-o", "remount,noexec", disk);
        assert.equal((await run([file, "--version"], { env, uid: NOBODY })).stdout, VERSION_LINE);
        assert.deepEqual(await host.files.list(`${home}/.cache/rxdx-setup`), [await idOf(file)]);
      } finally {
        await must("umount", disk);
      }
    });
  },
});
