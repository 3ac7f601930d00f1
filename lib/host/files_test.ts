/**
 * What `FilesHost` promises, held against the real file system and against the fake one that all
 * other tests use: a fake that promises more than the machine keeps would prove nothing.
 */
import assert from "node:assert/strict";
import { FakeHost } from "../../tests/support/fake_host.ts";
import { SetupError } from "../errors.ts";
import { filesHost } from "./files.ts";
import { theHost } from "./real.ts";
import type { FilesHost } from "./types.ts";

const root = theHost().system.uid === 0;

/** Runs a body in an empty directory of each file system. */
function both(title: string, body: (files: FilesHost, dir: string) => Promise<void>): void {
  Deno.test(`files, real: ${title}`, async () => {
    const dir = await Deno.makeTempDir({ prefix: "rxdx-files-" });
    try {
      await body(filesHost, dir);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
  Deno.test(`files, fake: ${title}`, async () => {
    const host = new FakeHost();
    host.files.putDirectory("/srv/dir");
    await body(host.files, "/srv/dir");
    host.verify();
  });
}

both("what is missing is undefined, empty, or nothing to do", async (files, dir) => {
  assert.equal(await files.readText(`${dir}/no`), undefined);
  assert.equal(await files.readBytes(`${dir}/no`), undefined);
  assert.equal(await files.stat(`${dir}/no`), undefined);
  assert.equal(await files.readLink(`${dir}/no`), undefined);
  assert.deepEqual(await files.list(`${dir}/no`), []);
  await files.remove(`${dir}/no`);
  await files.remove(`${dir}/no`, { recursive: true });
});

both("a file has its text and its mode, whatever the umask", async (files, dir) => {
  for (const mode of [0o600, 0o644, 0o640]) {
    const path = `${dir}/f${mode}`;
    await files.writeAtomic(path, "grün ✓\n", { mode });
    assert.equal(await files.readText(path), "grün ✓\n");
    const info = await files.stat(path);
    assert.equal(info?.mode, mode);
    assert.equal(info?.kind, "file");
    assert.equal(info?.size, 10);
  }
  await files.writeAtomic(`${dir}/bytes`, Uint8Array.of(0, 255, 10), { mode: 0o600 });
  assert.deepEqual(await files.readBytes(`${dir}/bytes`), Uint8Array.of(0, 255, 10));
});

both("a directory and its new parents have the mode, whatever the umask", async (files, dir) => {
  const before = Deno.umask(0o077);
  try {
    await files.mkdir(`${dir}/a/b/c`, 0o755);
    await files.mkdir(`${dir}/p/q`, 0o700);
  } finally {
    Deno.umask(before);
  }
  for (const path of ["a", "a/b", "a/b/c"]) {
    assert.equal((await files.stat(`${dir}/${path}`))?.mode, 0o755, path);
  }
  assert.equal((await files.stat(`${dir}/p/q`))?.mode, 0o700);
});

both("a link is made, replaced, and read through", async (files, dir) => {
  await files.writeAtomic(`${dir}/one`, "1", { mode: 0o600 });
  await files.writeAtomic(`${dir}/two`, "2", { mode: 0o600 });
  await files.linkAtomic("one", `${dir}/link`);
  assert.equal(await files.readText(`${dir}/link`), "1");
  await files.linkAtomic("two", `${dir}/link`);
  assert.equal(await files.readText(`${dir}/link`), "2");
  assert.equal(await files.readLink(`${dir}/link`), "two");
  assert.equal((await files.stat(`${dir}/link`))?.kind, "symlink");
  await files.linkAtomic("nowhere", `${dir}/link`);
  assert.equal(await files.readText(`${dir}/link`), undefined);
  await files.remove(`${dir}/link`);
  assert.deepEqual(await files.list(dir), ["one", "two"]);
});

both(
  "replacing a file takes the new text and the new mode, and leaves nothing else",
  async (files, dir) => {
    await files.writeAtomic(`${dir}/a`, "one", { mode: 0o644 });
    await files.writeAtomic(`${dir}/a`, "two", { mode: 0o600 });
    assert.equal(await files.readText(`${dir}/a`), "two");
    assert.equal((await files.stat(`${dir}/a`))?.mode, 0o600);
    assert.deepEqual(await files.list(dir), ["a"]);
  },
);

both("an owner is given when running as root", async (files, dir) => {
  await files.writeAtomic(`${dir}/key`, "k", { mode: 0o600, owner: { uid: 101, gid: 102 } });
  const info = await files.stat(`${dir}/key`);
  if (root || !dir.startsWith("/tmp")) assert.deepEqual([info?.uid, info?.gid], [101, 102]);
});

both("a write into a directory that is not there fails and leaves nothing", async (files, dir) => {
  await assert.rejects(files.writeAtomic(`${dir}/no/a`, "x", { mode: 0o600 }));
  assert.deepEqual(await files.list(dir), []);
});

both(
  "a directory in the way of a file, a file in the way of a directory: told by name",
  async (files, dir) => {
    await files.mkdir(`${dir}/d`, 0o700);
    await files.writeAtomic(`${dir}/f`, "x", { mode: 0o600 });
    const told = (code: string) => (error: unknown) =>
      error instanceof SetupError && error.code === code;
    await assert.rejects(
      files.writeAtomic(`${dir}/d`, "x", { mode: 0o600 }),
      told("is_a_directory"),
    );
    await assert.rejects(
      files.writeAtomic(`${dir}/f/x`, "x", { mode: 0o600 }),
      told("not_a_directory"),
    );
    await assert.rejects(files.readText(`${dir}/d`), told("is_a_directory"));
    await assert.rejects(files.readText(`${dir}/f/x`), told("not_a_directory"));
    await assert.rejects(files.readBytes(`${dir}/f/x`), told("not_a_directory"));
    await assert.rejects(files.stat(`${dir}/f/x`), told("not_a_directory"));
    await assert.rejects(files.list(`${dir}/f`), told("not_a_directory"));
    assert.deepEqual(await files.list(dir), ["d", "f"]);
  },
);

both(
  "directories are made with their parents and mode; present ones are left alone",
  async (files, dir) => {
    await files.mkdir(`${dir}/a/b/c`, 0o755);
    await files.mkdir(`${dir}/p`, 0o700);
    await files.mkdir(`${dir}/p`, 0o755);
    assert.equal((await files.stat(`${dir}/a/b/c`))?.mode, 0o755);
    assert.equal((await files.stat(`${dir}/p`))?.mode, 0o700);
    assert.equal((await files.stat(`${dir}/p`))?.kind, "directory");
    assert.deepEqual(await files.list(dir), ["a", "p"]);
  },
);

both("what is appended is there at once, in order", async (files, dir) => {
  const handle = await files.openAppend(`${dir}/log`, 0o600);
  await handle.append("one\n");
  assert.equal(await files.readText(`${dir}/log`), "one\n");
  await handle.append("two\n");
  handle.close();
  const again = await files.openAppend(`${dir}/log`, 0o600);
  await again.append("three\n");
  again.close();
  assert.equal(await files.readText(`${dir}/log`), "one\ntwo\nthree\n");
  assert.equal((await files.stat(`${dir}/log`))?.mode, 0o600);
});

both("removing: a file, an empty directory, a tree only when asked", async (files, dir) => {
  await files.mkdir(`${dir}/d/e`, 0o700);
  await files.writeAtomic(`${dir}/d/f`, "x", { mode: 0o600 });
  await assert.rejects(files.remove(`${dir}/d`));
  assert.equal(await files.readText(`${dir}/d/f`), "x");
  await files.remove(`${dir}/d/f`);
  await files.remove(`${dir}/d`, { recursive: true });
  assert.deepEqual(await files.list(dir), []);
});

both("renaming replaces what is there", async (files, dir) => {
  await files.writeAtomic(`${dir}/a`, "new", { mode: 0o600 });
  await files.writeAtomic(`${dir}/b`, "old", { mode: 0o600 });
  await files.rename(`${dir}/a`, `${dir}/b`);
  assert.equal(await files.readText(`${dir}/b`), "new");
  assert.deepEqual(await files.list(dir), ["b"]);
});

both(
  "a lock is had once, holds its text, and is had again after its release",
  async (files, dir) => {
    const lock = await files.tryLock(`${dir}/lock`);
    assert.ok(lock !== undefined);
    await lock.write("somebody with a long name\n");
    assert.equal(await files.readText(`${dir}/lock`), "somebody with a long name\n");
    assert.equal(await files.tryLock(`${dir}/lock`), undefined);
    await lock.write("me\n");
    assert.equal(await files.readText(`${dir}/lock`), "me\n");
    await lock.release();
    assert.equal(await files.readText(`${dir}/lock`), "");
    const again = await files.tryLock(`${dir}/lock`);
    assert.ok(again !== undefined);
    await again.release();
  },
);

both("space is told also for a directory that is not there yet", async (files, dir) => {
  const { totalBytes, freeBytes } = await files.space(`${dir}/not/yet`);
  assert.ok(totalBytes > 0 && freeBytes >= 0 && freeBytes <= totalBytes);
});

both("names are listed sorted", async (files, dir) => {
  for (const name of ["b", "a", ".c", "B"]) {
    await files.writeAtomic(`${dir}/${name}`, "", { mode: 0o600 });
  }
  assert.deepEqual(await files.list(dir), [".c", "B", "a", "b"]);
});

Deno.test("files, real: a full disk is told as such, and the old text stays whole", async () => {
  // /dev/full is a disk that is always full; a directory of its own file system needs root.
  const dir = await Deno.makeTempDir({ prefix: "rxdx-full-" });
  const mounted = root && (await theHost().process.run([
        "mount",
        "-t",
        "tmpfs",
        "-o",
        "size=64k",
        "tmpfs",
        dir,
      ])).code === 0;
  try {
    if (!mounted) return;
    await filesHost.writeAtomic(`${dir}/a`, "old\n", { mode: 0o600 });
    await assert.rejects(
      filesHost.writeAtomic(`${dir}/a`, "x".repeat(200_000), { mode: 0o600 }),
      (error) =>
        error instanceof SetupError && error.code === "disk_full" &&
        (error.hint ?? "").includes("df -h"),
    );
    assert.equal(await filesHost.readText(`${dir}/a`), "old\n");
    assert.deepEqual(await filesHost.list(dir), ["a"], "no half-written file is left behind");
  } finally {
    if (mounted) await theHost().process.run(["umount", dir]);
    await Deno.remove(dir, { recursive: true });
  }
});

both("what can be written is not among what cannot", async (files, dir) => {
  await files.writeAtomic(`${dir}/a`, "", { mode: 0o600 });
  assert.deepEqual(await files.unwritable([dir, `${dir}/a`, `${dir}/missing`]), []);
  assert.deepEqual(await files.unwritable([]), []);
});

Deno.test("files, real: the kernel's refusal is known before anything is written", async () => {
  const dir = await Deno.makeTempDir({ prefix: "rxdx-ro '$(x) -" });
  const files = [`${dir}/a`, `${dir}/b`];
  for (const each of files) await Deno.writeTextFile(each, "");
  try {
    if (root) {
      const mount = (...args: string[]) => theHost().process.run(["mount", ...args]);
      if ((await mount("--bind", dir, dir)).code !== 0) return;
      try {
        assert.equal((await mount("-o", "remount,bind,ro", dir)).code, 0);
        assert.deepEqual(await filesHost.unwritable([dir, ...files]), [dir, ...files]);
      } finally {
        await theHost().process.run(["umount", dir]);
      }
    } else {
      await Deno.chmod(dir, 0o500);
      assert.deepEqual(await filesHost.unwritable([dir, ...files]), [dir]);
      await Deno.chmod(dir, 0o700);
    }
    assert.deepEqual(await filesHost.unwritable([dir, ...files]), []);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("files, real: the bits of a file say nothing, an immutable one is refused", async () => {
  const dir = await Deno.makeTempDir({ prefix: "rxdx-bits-" });
  const file = `${dir}/a`;
  await Deno.writeTextFile(file, "", { mode: 0o400 });
  const chattr = (flag: string) => theHost().process.run(["chattr", `${flag}i`, file]);
  try {
    assert.deepEqual(await filesHost.unwritable([dir, file]), []);
    await Deno.chmod(file, 0o600);
    if (!root || (await chattr("+").catch(() => ({ code: 1 }))).code !== 0) return;
    try {
      assert.deepEqual(await filesHost.unwritable([dir, file]), [file]);
    } finally {
      await chattr("-");
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("files, real: a read-only directory is told as such", async () => {
  const dir = await Deno.makeTempDir({ prefix: "rxdx-ro-" });
  const mounted = root &&
    (await theHost().process.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", dir])).code === 0;
  try {
    if (!mounted) return;
    await assert.rejects(
      filesHost.writeAtomic(`${dir}/a`, "x", { mode: 0o600 }),
      (error) => error instanceof SetupError && error.code === "read_only",
    );
  } finally {
    if (mounted) await theHost().process.run(["umount", dir]);
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("the share of a disk that is used is the one that df tells", async () => {
  const dir = await Deno.makeTempDir();
  const { stdout } = await new Deno.Command("df", { args: ["--output=pcent", dir] }).output();
  const told = Number(/(\d+)%/.exec(new TextDecoder().decode(stdout))?.[1]);
  const { totalBytes, freeBytes } = await filesHost.space(dir);
  const used = (1 - freeBytes / totalBytes) * 100;
  assert.ok(Math.abs(used - told) <= 1.5, `${used} against df's ${told}`);
  await Deno.remove(dir);
});
