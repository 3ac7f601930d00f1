/**
 * install.sh from a checkout: what it refuses before it touches anything, what it installs, and that
 * it takes exactly that away again.
 */
import assert from "node:assert/strict";
import { DENO_VERSION } from "../../lib/packaging/runtime.ts";
import {
  buildEnvironment,
  built,
  host,
  inScratch,
  INSTALLED,
  IS_ROOT,
  must,
  NOBODY,
  PATH,
  posixShells,
  ROOT,
  run,
  type RunOptions,
  tree,
} from "./support.ts";

const SCRIPT = `${ROOT}/install.sh`;

function install(args: readonly string[], options: RunOptions = {}) {
  return run(["sh", SCRIPT, ...args], options);
}

/** A directory with stand-ins for programs, to be put first on PATH. */
async function standIns(directory: string, programs: Record<string, string>): Promise<string> {
  await host.files.mkdir(`${directory}/bin`, 0o755);
  for (const [name, body] of Object.entries(programs)) {
    await host.files.writeAtomic(`${directory}/bin/${name}`, `#!/bin/sh\n${body}\n`, {
      mode: 0o755,
    });
  }
  return `${directory}/bin:${PATH}`;
}

Deno.test("--help goes to stdout and explains every option there is", async () => {
  const help = await install(["--help"]);
  assert.equal(help.code, 0);
  assert.equal(help.stderr, "");
  const text = await host.files.readText(SCRIPT) ?? "";
  const options = [...text.matchAll(/^ {8}(--[a-z-]+)(?: \| -\w)?\)/gm)].map((match) => match[1]);
  assert.ok(options.length >= 10, String(options));
  for (const option of options) assert.ok(help.stdout.includes(`  ${option} `), option);
});

Deno.test("--print-target names this machine", async () => {
  const said = await install(["--print-target"]);
  assert.deepEqual([said.code, said.stdout], [0, `${host.system.arch}-unknown-linux-gnu\n`]);
});

Deno.test("other machines are refused with a hint, exit 4", async (test) => {
  const machines: Record<string, [string, RegExp]> = {
    "an unknown processor": [`[ "$1" = -s ] && echo Linux || echo riscv64`, /riscv64/],
    "another system": [`[ "$1" = -s ] && echo Darwin || echo arm64`, /runs on Linux/],
    "no glibc for this processor": [
      `[ "$1" = -s ] && echo Linux || echo ${host.system.arch === "x86_64" ? "aarch64" : "x86_64"}`,
      /no 64-bit glibc[^]*not Alpine/,
    ],
  };
  for (const [name, [uname, expected]] of Object.entries(machines)) {
    await test.step(name, async () => {
      await inScratch(async (scratch) => {
        const env = { PATH: await standIns(scratch, { uname }), HOME: `${scratch}/home` };
        for (const args of [["--print-target"], ["--yes", "--prefix", `${scratch}/prefix`]]) {
          const said = await install(args, { env });
          assert.equal(said.code, 4);
          assert.match(said.stderr, expected);
          assert.equal(said.stdout, "");
        }
        assert.deepEqual(await host.files.list(scratch), ["bin"]);
      });
    });
  }
});

Deno.test({
  name: "Alpine is refused: its shell and tools, its loader, nothing of glibc",
  ignore: !IS_ROOT,
  async fn(test) {
    await inScratch(async (scratch) => {
      const busybox = (await host.process.run(["sh", "-c", "command -v busybox"])).stdout.trim();
      await must("mkdir", `${scratch}/bin`, `${scratch}/lib`, `${scratch}/tmp`, `${scratch}/dev`);
      await must("touch", `${scratch}/lib/ld-musl-${host.system.arch}.so.1`);
      await must("cp", SCRIPT, `${scratch}/install.sh`);
      if (busybox !== "") await must("cp", busybox, `${scratch}/bin/busybox`);
      const own = (...argv: string[]) => run(["chroot", scratch, "/bin/busybox", ...argv]);
      await test.step({
        name: "in a root of its own",
        // One that is linked to glibc does not start there.
        ignore: busybox === "" || (await own("true")).code !== 0,
        fn: async () => {
          await own("--install", "-s", "/bin");
          for (const args of [["--print-target"], ["--yes", "--prefix", "/p"]]) {
            const said = await own(
              "env",
              "-i",
              "PATH=/bin",
              "HOME=/",
              "sh",
              "/install.sh",
              ...args,
            );
            assert.equal(said.code, 4, said.stderr);
            assert.match(said.stderr, /built on musl, as Alpine is[^]*Use Debian, Ubuntu/);
          }
          assert.equal(await host.files.stat(`${scratch}/p`), undefined);
        },
      });
    });
  },
});

Deno.test("wrong usage is exit 2 and does nothing", async (test) => {
  const uses: [string[], RegExp][] = [
    [["--frobnicate"], /Unknown option: --frobnicate/],
    [["--yes", "extra"], /Unknown option: extra/],
    [["--prefix"], /--prefix needs a value/],
    [["--dir"], /--dir needs a value/],
    [["--yes", "--version", "1.0.0"], /this is a checkout/],
    [[], /no terminal[^]*--demo[^]*--yes[^]*--no-init/],
  ];
  for (const [args, expected] of uses) {
    await test.step(args.join(" ") || "no terminal and no --yes", async () => {
      await inScratch(async (scratch) => {
        const said = await install(args, { env: { PATH, HOME: scratch } });
        assert.equal(said.code, 2);
        assert.match(said.stderr, expected);
        assert.deepEqual(await tree(scratch), []);
      });
    });
  }
});

Deno.test("installs, does nothing the second time, and takes exactly that away", async () => {
  const dist = await built();
  await inScratch(async (scratch) => {
    const prefix = `${scratch}/opt/it's here`;
    const cache = `${scratch}/cache`;
    const env = { ...await buildEnvironment(), XDG_CACHE_HOME: cache };
    await must("mkdir", "-p", cache, `${scratch}/opt`);
    const first = await install(["--no-init", "--prefix", prefix], { env });
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stderr, /Installed .*it's here\/bin\/rxdx-setup/);
    assert.match(first.stderr, /not on your PATH/);
    assert.match(first.stderr, /Next: '.*it'\\''s here\/bin\/rxdx-setup' init$/m);
    assert.doesNotMatch(first.stderr, /Building/, "dist/ is up to date");
    assert.deepEqual(await tree(prefix), INSTALLED);
    const program = `${prefix}/bin/rxdx-setup`;
    assert.equal((await host.files.stat(program))?.mode, 0o755);
    await must("cmp", dist, program);
    const state = () =>
      must("stat", "-c", "%i %Y %n", program, `${prefix}/share/rxdx-setup/receipt`, dist);
    const before = await state();
    const second = await install(["--no-init", "--prefix", prefix], { env });
    assert.equal(second.code, 0, second.stderr);
    assert.doesNotMatch(second.stderr, /Building|Installed/);
    assert.equal(await state(), before);

    const lock = `${prefix}/share/rxdx-setup/.rxdx/lock`;
    const held = await run(["flock", lock, "sh", SCRIPT, "--uninstall", "--prefix", prefix], {
      env,
    });
    assert.equal(held.code, 7, held.stderr);
    assert.match(held.stderr, /Another install or self-update is at work/);
    assert.deepEqual(await tree(prefix), INSTALLED);

    await must("touch", `${prefix}/bin/another-program`);
    const gone = await install(["--uninstall", "--prefix", prefix], { env });
    assert.equal(gone.code, 0, gone.stderr);
    assert.deepEqual(await tree(`${scratch}/opt`), [
      "it's here",
      "it's here/bin",
      "it's here/bin/another-program",
    ]);
    assert.deepEqual(await tree(cache), []);
    const again = await install(["--uninstall", "--prefix", prefix], { env });
    assert.equal(again.code, 4);
    assert.match(again.stderr, /Nothing is installed/);
  });
});

Deno.test("a place has one name, whatever it is called, in any shell that may be sh", async (test) => {
  await inScratch(async (scratch) => {
    const [real, other] = [`${scratch}/deep/real`, `${scratch}/other`];
    await must("mkdir", "-p", `${real}/there`, other);
    await must("ln", "-s", "deep/real", `${scratch}/link`);
    const calls: [given: string, cwd: string, is: string | undefined][] = [
      [`${scratch}/link/.local`, "/", `${real}/.local`],
      [`${scratch}/link/it's new/x`, "/", `${real}/it's new/x`],
      [`${scratch}/link//there///`, "/", `${real}/there`],
      [`${real}///a//b/./`, "/", `${real}/a/b`],
      ["../other/x", real.replace(/deep.*/, "other"), `${other}/x`],
      ["./there/.", real, `${real}/there`],
      [".", real, real],
      // As the kernel goes: out of where the link leads to.
      [`${scratch}/link/../x`, "/", `${scratch}/deep/x`],
      ["there/new/../x", real, undefined],
      ["../none/../x", real, undefined],
    ];
    for (const { title, argv: shell, there } of await posixShells()) {
      await test.step({
        name: title,
        ignore: !there,
        fn: async () => {
          for (const [given, cwd, is] of calls) {
            // What finds nothing says where it has looked.
            const argv = [...shell, SCRIPT, "--uninstall", "--prefix", given];
            const said = await run(argv, { cwd, env: { PATH, HOME: scratch, CDPATH: scratch } });
            if (is === undefined) {
              assert.equal(said.code, 2, said.stderr);
              assert.match(said.stderr, /leads through a directory that is not there/);
              continue;
            }
            assert.equal(said.code, 4, said.stderr);
            const where = `Nothing is installed in ${is} (no ${is}/share/rxdx-setup/receipt)`;
            assert.ok(said.stderr.includes(where), `${given}: ${said.stderr}`);
          }
        },
      });
    }
    assert.deepEqual(await tree(scratch), [
      "deep",
      "deep/real",
      "deep/real/there",
      "link",
      "other",
    ]);
  });
});

Deno.test("installed by a link: the program finds itself, and goes by either name", async () => {
  await built();
  await inScratch(async (scratch) => {
    await must("mkdir", `${scratch}/real`);
    await must("ln", "-s", "real", `${scratch}/home`);
    const [link, real] = [`${scratch}/home/.local`, `${scratch}/real/.local`];
    const base = await buildEnvironment();
    const env = { ...base, XDG_CACHE_HOME: `${scratch}/cache`, NO_COLOR: "1" };
    for (const [by, gone, onPath] of [[link, real, real], [real, link, link]] as const) {
      const args = ["--no-init", "--prefix", by];
      const first = await install(args, { env });
      assert.equal(first.code, 0, first.stderr);
      assert.ok(first.stderr.includes(`export PATH="${by}/bin:$PATH"`), first.stderr);
      for (const each of [by, onPath]) {
        // One that is canonical cannot know by which links people come.
        if (by === real && each === link) continue;
        const again = await install(args, { env: { ...env, PATH: `${each}/bin:${base["PATH"]}` } });
        assert.equal(again.code, 0, again.stderr);
        assert.doesNotMatch(again.stderr, /Installed|not on your PATH/);
      }
      const noted = await host.files.readText(`${real}/share/rxdx-setup/receipt`) ?? "";
      assert.ok(noted.includes(` ${real}/bin/rxdx-setup\n`), noted);
      assert.ok(!noted.includes(scratch + "/home"), noted);
      for (const each of [link, real]) {
        const back = await run([`${each}/bin/rxdx-setup`, "self-update", "--rollback"], { env });
        assert.equal(back.code, 4);
        assert.match(back.stderr, /No version before .* was kept/, "it knows its receipt");
      }
      const removed = await install(["--uninstall", "--prefix", gone], { env });
      assert.equal(removed.code, 0, removed.stderr);
      assert.deepEqual(await tree(`${scratch}/real`), []);
    }
  });
});

Deno.test("directories that the install made go with it, those that were there stay", async () => {
  await built();
  await inScratch(async (scratch) => {
    const env = { ...await buildEnvironment(), XDG_CACHE_HOME: `${scratch}/cache` };
    await must("mkdir", "-p", `${scratch}/prefix/bin`);
    const prefix = `${scratch}/prefix`;
    await install(["--no-init", "--prefix", prefix], { env });
    // A second install, over a program that is older, must not forget what the first one created, nor
    // where updates come from.
    await must("sh", "-c", `echo '#' >>"$1"`, "-", `${prefix}/bin/rxdx-setup`);
    const receipt = `${prefix}/share/rxdx-setup/receipt`;
    await must("sed", "-i", "s|^door .*|&\\nsource https://mirror.example.com/rxdx|", receipt);
    const over = await install(["--no-init", `--prefix=${prefix}`], { env });
    assert.match(over.stderr, /Installed/);
    assert.match(
      await host.files.readText(receipt) ?? "",
      /^source https:\/\/mirror\.example\.com/m,
    );
    assert.equal((await install(["--uninstall", "--prefix", prefix], { env })).code, 0);
    assert.deepEqual(await tree(prefix), ["bin"]);
  });
});

Deno.test("a newer program, and one of a package, are not replaced unasked", async (test) => {
  await built();
  await inScratch(async (scratch) => {
    const prefix = `${scratch}/prefix`;
    const share = `${prefix}/share/rxdx-setup`;
    const env = { ...await buildEnvironment(), XDG_CACHE_HOME: `${scratch}/cache` };
    await must("mkdir", "-p", `${prefix}/bin`, share);
    const newer = "#!/bin/sh\necho rxdx-setup 99.0.0\n";
    const program = `${prefix}/bin/rxdx-setup`;
    await host.files.writeAtomic(program, newer, { mode: 0o755 });
    const args = ["--no-init", "--prefix", prefix];
    await test.step("a package's marker names the command", async () => {
      const command = "apt-get install --only-upgrade rxdx-setup";
      await host.files.writeAtomic(`${share}/packaged`, `${command}\n`, { mode: 0o644 });
      const said = await install(args, { env });
      assert.equal(said.code, 4, said.stderr);
      assert.match(said.stderr, /installed by a package manager[^]*\n {2}apt-get install --only/);
      assert.equal(await host.files.readText(program), newer);
      await must("rm", `${share}/packaged`);
    });
    await test.step("at a terminal a newer one stays for a no", async () => {
      const command = `sh ${SCRIPT} --no-init --prefix ${prefix}`;
      const asked = await run(["script", "-qec", command, "/dev/null"], { env, stdin: "n\n" });
      assert.match(asked.stdout, /Downgrade: 99\.0\.0 is installed[^]*Nothing was changed/);
      assert.equal(await host.files.readText(program), newer);
      assert.deepEqual(await tree(`${prefix}/bin`), ["rxdx-setup"]);
    });
    await test.step("without one it is warned of, and kept for the way back", async () => {
      const said = await install(args, { env });
      assert.equal(said.code, 0, said.stderr);
      assert.match(said.stderr, /Downgrade: 99\.0\.0 is installed/);
      assert.equal(await host.files.readText(`${share}/previous`), newer);
    });
  });
});

Deno.test("somebody else's program is not replaced; a copy by hand is taken over", async (test) => {
  await built();
  await inScratch(async (scratch) => {
    const prefix = `${scratch}/prefix`;
    const program = `${prefix}/bin/rxdx-setup`;
    const env = { ...await buildEnvironment(), XDG_CACHE_HOME: `${scratch}/cache` };
    const made: Record<string, readonly string[]> = {
      "a directory": ["mkdir", program],
      "another program": ["install", "-m", "755", "/bin/true", program],
      "a link to one": ["ln", "-s", "/bin/true", program],
      "a link to nothing": ["ln", "-s", "nothing", program],
      "what cannot be run": ["install", "-m", "644", "/dev/null", program],
    };
    for (const [name, argv] of Object.entries(made)) {
      await test.step(name, async () => {
        await must("mkdir", "-p", `${prefix}/bin`);
        await must(...argv);
        const said = await install(["--no-init", "--prefix", prefix], { env });
        assert.equal(said.code, 4, said.stderr);
        assert.match(said.stderr, /bin\/rxdx-setup is [^]*Move it away, or .*--prefix DIR/);
        assert.deepEqual(await tree(prefix), ["bin", "bin/rxdx-setup"]);
        await must("rm", "-rf", prefix);
      });
    }
    await test.step("a copy by hand", async () => {
      await must("mkdir", "-p", `${prefix}/bin`);
      const old = "#!/bin/sh\necho rxdx-setup 0.0.1\n";
      await host.files.writeAtomic(program, old, { mode: 0o755 });
      const said = await install(["--no-init", "--prefix", prefix], { env });
      assert.equal(said.code, 0, said.stderr);
      assert.match(said.stderr, /had no receipt[^]*taken over/);
      assert.equal(await host.files.readText(`${prefix}/share/rxdx-setup/previous`), old);
    });
  });
});

Deno.test("a checkout is known as one by any name, whatever CDPATH says", async () => {
  const [, above = "", name = ""] = /^(.*)\/([^/]+)$/.exec(ROOT) ?? [];
  const said = await run(["sh", `${name}/install.sh`, "--print-deno"], {
    cwd: above,
    env: { ...await buildEnvironment(), CDPATH: above },
  });
  assert.equal(said.code, 0, said.stderr);
  assert.match(said.stdout, /^\S+\/deno\n$/);
});

Deno.test("what a program runs from is left by an uninstall, which says so", async () => {
  await built();
  await inScratch(async (scratch) => {
    const env = { ...await buildEnvironment(), XDG_CACHE_HOME: `${scratch}/cache` };
    const prefix = `${scratch}/prefix`;
    await install(["--no-init", "--prefix", prefix], { env });
    const cache = `${scratch}/cache/rxdx-setup`;
    const program = `${prefix}/bin/rxdx-setup`;
    const id = (await must("sed", "-n", "40q;s/^id='\\(.*\\)'$/\\1/p", program)).trim();
    // Another install of the same version is at work. (Where the program has unpacked itself already
    // is not said: as root in /var/cache, if it was there.)
    await must("mkdir", "-p", `${cache}/${id}`);
    await must("cp", Deno.execPath(), `${cache}/${id}/deno`);
    await using running = new Deno.Command(`${cache}/${id}/deno`, {
      args: ["eval", "await Deno.stdin.read(new Uint8Array(1))"],
      stdin: "piped",
    }).spawn();
    const said = await install(["--uninstall", "--prefix", prefix], { env });
    assert.equal(said.code, 0, said.stderr);
    assert.ok(said.stderr.includes(`${cache}/${id} is left: a program runs from it`), said.stderr);
    assert.deepEqual(await host.files.list(cache), [id]);
    await running.stdin.close();
    await running.status;
  });
});

Deno.test("a program that was changed since is left alone, exit 5", async () => {
  await built();
  await inScratch(async (scratch) => {
    const env = { ...await buildEnvironment(), XDG_CACHE_HOME: `${scratch}/cache` };
    await install(["--no-init", "--prefix", `${scratch}/prefix`], { env });
    const program = `${scratch}/prefix/bin/rxdx-setup`;
    await host.files.writeAtomic(program, "#!/bin/sh\necho mine\n", { mode: 0o755 });
    const share = `${scratch}/prefix/share/rxdx-setup`;
    await host.files.writeAtomic(`${share}/previous`, "mine too\n", { mode: 0o755 });
    await must(
      "sh",
      "-c",
      'echo "file $1 $2/previous" >>"$2/receipt"',
      "-",
      "0".repeat(64),
      share,
    );
    const before = await tree(scratch);
    const said = await install(["--uninstall", "--prefix", `${scratch}/prefix`], { env });
    assert.equal(said.code, 5);
    const both = `${program} ${share}/previous`;
    assert.ok(said.stderr.includes(`was changed since it was installed: ${both}\n`), said.stderr);
    assert.match(said.stderr, new RegExp(`then run this again: rm ${RegExp.escape(both)}$`, "m"));
    assert.deepEqual(await tree(scratch), before);
    assert.equal(await host.files.readText(program), "#!/bin/sh\necho mine\n");
    await must("rm", program, `${share}/previous`);
    assert.equal(
      (await install(["--uninstall", "--prefix", `${scratch}/prefix`], { env })).code,
      0,
    );
    assert.equal(await host.files.stat(`${scratch}/prefix`), undefined);
  });
});

Deno.test({
  name: "a prefix that may not be written is exit 4 with a hint, before anything is built",
  ignore: !IS_ROOT,
  async fn() {
    await inScratch(async (scratch) => {
      await must("install", "-d", "-m", "755", `${scratch}/system/bin`);
      await must("install", "-d", "-o", String(NOBODY), `${scratch}/home`);
      const env = { PATH, HOME: `${scratch}/home` };
      for (
        const prefix of [`${scratch}/system`, `${scratch}/system/new`, "/proc/none", "/dev/null"]
      ) {
        const args = ["--no-init", "--prefix", prefix];
        const said = await install(args, { env, uid: NOBODY });
        assert.equal(said.code, 4, said.stderr);
        assert.match(said.stderr, /cannot be written by[^]*sudo[^]*--prefix ~\/\.local/);
        assert.doesNotMatch(said.stderr, /Building|Getting/);
      }
      assert.deepEqual(await tree(scratch), ["home", "system", "system/bin"]);
    });
  },
});

Deno.test("a Deno of another version, and one that is not the vendor's, are not used", async () => {
  await inScratch(async (scratch) => {
    const copy = `${scratch}/checkout`;
    await must("mkdir", "-p", `${copy}/lib/packaging`, `${copy}/templates`);
    await must("cp", SCRIPT, copy);
    await must("cp", `${ROOT}/deno.json`, copy);
    await must("touch", `${copy}/main.ts`, `${copy}/lib/packaging/build.ts`);
    // The other version is on PATH; npm hands out one that claims to be the right one.
    const fake = `mkdir -p "$3/node_modules/$PKG"
      printf '#!/bin/sh\\ntouch ${scratch}/ran\\necho "deno ${DENO_VERSION} (x)"\\n' >"$3/node_modules/$PKG/deno"
      chmod 755 "$3/node_modules/$PKG/deno"`;
    const path = await standIns(scratch, {
      deno: `touch ${scratch}/asked; echo "deno 1.0.0 (stable)"`,
      npm: `[ "$1" = install ] || exit 1; PKG=@deno/linux-${
        host.system.arch === "x86_64" ? "x64" : "arm64"
      }-glibc; ${fake}`,
      curl: "exit 6",
      wget: "exit 4",
    });
    const said = await run(["sh", `${copy}/install.sh`, "--no-init", "--prefix", `${scratch}/p`], {
      env: { PATH: path, HOME: scratch },
    });
    assert.ok(await host.files.stat(`${scratch}/asked`));
    assert.equal(said.code, 4, said.stderr);
    assert.match(said.stderr, /checksum differs. Not used/);
    assert.equal(await host.files.stat(`${scratch}/ran`), undefined, "it was run");
    assert.equal(await host.files.stat(`${scratch}/p`), undefined);
  });
});
