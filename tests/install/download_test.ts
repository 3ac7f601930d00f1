/**
 * The download door of install.sh against releases on a loopback server: piped into a shell as root and
 * as a user, with a terminal and without, by each of the tools it can use; installed only when checksum
 * and signature hold. The program is a small one, made into releases by the code that makes real ones.
 */
import assert from "node:assert/strict";
import { type Place, withPlace } from "./releases.ts";
import {
  host,
  INSTALLED,
  IS_ROOT,
  must,
  NOBODY,
  PATH,
  posixShells,
  ROOT,
  run,
  tree,
  whileRunning,
  without,
} from "./support.ts";

interface Piped {
  readonly env?: Record<string, string>;
  readonly uid?: number;
  readonly prefix?: string;
  readonly script?: string;
}

const prefixOf = (place: Place) => `${place.scratch}/prefix`;

function environment(place: Place, more: Record<string, string> = {}): Record<string, string> {
  return {
    PATH,
    HOME: place.scratch,
    RXDX_BASE_URL: place.base,
    RXDX_RELEASE_KEY: place.key,
    ...(place.authority === undefined ? {} : { CURL_CA_BUNDLE: place.authority }),
    ...more,
  };
}

/** `cat install.sh | sh -s -- …`: the script comes from standard input. */
async function pipe(place: Place, args: readonly string[], options: Piped = {}) {
  const { env, uid, prefix = prefixOf(place), script = place.installer() } = options;
  return await run(["sh", "-s", "--", "--prefix", prefix, ...args], {
    stdin: script,
    env: environment(place, env),
    ...(uid === undefined ? {} : { uid }),
  });
}

async function version(prefix: string): Promise<string> {
  return (await must(`${prefix}/bin/rxdx-setup`, "--version")).replace("rxdx-setup ", "");
}

Deno.test("curl from an HTTPS server into sh: installed, and handed its options", async (test) => {
  await withPlace({ https: true }, async (place) => {
    await place.publish("1.2.3");
    // The whole line as it stands in the guide; every file comes over TLS.
    const line =
      `curl --proto '=https' --tlsv1.2 -fsSL ${place.base}/latest/download/install.sh | sh -s --`;
    const options = ["--demo", "--yes", "--no-engine", "--dir", "/srv/a b"];
    const said = "<init><--demo><--yes><--no-engine><--dir></srv/a b>";
    await test.step("as this user, without a terminal", async () => {
      const result = await run(
        ["sh", "-c", `${line} --prefix "$0" "$@"`, prefixOf(place), ...options],
        { env: environment(place) },
      );
      assert.deepEqual([result.code, result.stdout], [0, said], result.stderr);
      assert.deepEqual(await tree(prefixOf(place)), INSTALLED);
    });
    await test.step({
      name: "as another user, into its home",
      ignore: !IS_ROOT,
      fn: async () => {
        const home = `${place.scratch}/home`;
        await must("install", "-d", "-o", String(NOBODY), home);
        const result = await run(["sh", "-c", `${line} "$@"`, "-", ...options], {
          env: environment(place, { HOME: home }),
          uid: NOBODY,
        });
        assert.deepEqual([result.code, result.stdout], [0, said], result.stderr);
        assert.deepEqual(await tree(`${home}/.local`), INSTALLED);
      },
    });
    await test.step("with a terminal the wizard gets it, though the script came by a pipe", async () => {
      const command = `${line} --no-engine --prefix ${place.scratch}/terminal`;
      const result = await run(["script", "-qec", command, "/dev/null"], {
        env: environment(place),
      });
      assert.equal(result.code, 0, result.stdout);
      assert.match(result.stdout, /terminal <init><--no-engine>/);
    });
    await test.step("without a terminal, and nothing said, there is nobody to ask", async () => {
      const before = place.asked.length;
      const result = await pipe(place, [], { prefix: `${place.scratch}/none` });
      assert.equal(result.code, 2);
      assert.match(result.stderr, /no terminal[^]*--demo[^]*--yes/);
      assert.equal(place.asked.length, before, "nothing was downloaded");
    });
    await test.step("a certificate that nobody trusts", async () => {
      const result = await pipe(place, ["--yes"], {
        prefix: `${place.scratch}/none`,
        env: { CURL_CA_BUNDLE: "/dev/null" },
      });
      assert.equal(result.code, 5, result.stderr);
      assert.equal(await host.files.stat(`${place.scratch}/none`), undefined);
    });
  });
});

Deno.test("any shell that may be sh", async (test) => {
  await withPlace({}, async (place) => {
    await place.publish("1.2.3");
    for (const { title, argv: shell, there } of await posixShells()) {
      await test.step({
        name: title,
        ignore: !there,
        fn: async () => {
          const prefix = `${place.scratch}/${shell[0]}`;
          const through = (...args: string[]) =>
            run([...shell, "-s", "--", "--prefix", prefix, ...args], {
              stdin: place.installer(),
              env: environment(place),
            });
          const first = await through("--yes", "--dir", "/srv/a b");
          assert.equal(first.stdout, "<init><--yes><--dir></srv/a b>", first.stderr);
          assert.deepEqual(await tree(prefix), INSTALLED);
          place.faults.set("SHA256SUMS.minisig", "flip");
          const bad = await through("--no-init", "--version", "1.2.4");
          place.faults.clear();
          assert.equal(bad.code, 5, bad.stderr);
          assert.equal((await through("--uninstall")).code, 0);
          assert.equal(await host.files.stat(prefix), undefined);
        },
      });
    }
  });
});

Deno.test("each tool that can verify does, and so does the program itself where there is none", async (test) => {
  await withPlace({}, async (place) => {
    await place.publish("1.2.3");
    // A program that knows its own `verify`, as the real one does; self_update_test has that.
    const knows = `${place.scratch}/knows`;
    const script = `#!/bin/sh
[ "$1" != --version ] || echo "rxdx-setup 2.0.0"
[ "$1" != verify ] || { echo "$@" >>${place.scratch}/asked; PATH=${PATH} minisign -V -x "$4" -m "$2" -P "$6"; }
`;
    await host.files.writeAtomic(knows, script, { mode: 0o755 });
    const noTools = await without(place.scratch, "minisign", "openssl");
    const cases: [string, string, string[]][] = [
      ["openssl", await without(place.scratch, "minisign"), ["openssl"]],
      ["minisign", await without(place.scratch, "openssl"), ["minisign"]],
      ["wget instead of curl", await without(place.scratch, "curl"), ["wget", "openssl"]],
    ];
    for (const [name, path, needs] of cases) {
      const there = (await Promise.all(needs.map((each) => host.files.stat(`/usr/bin/${each}`))))
        .every((each) => each !== undefined);
      await test.step({
        name,
        ignore: !there,
        fn: async () => {
          const prefix = `${place.scratch}/${needs.join("-")}`;
          const good = await pipe(place, ["--no-init"], { prefix, env: { PATH: path } });
          assert.equal(good.code, 0, good.stderr);
          place.faults.set("SHA256SUMS", "flip");
          const bad = await pipe(place, ["--no-init"], {
            prefix: `${prefix}-bad`,
            env: { PATH: path },
          });
          place.faults.clear();
          assert.equal(bad.code, 5, bad.stderr);
          assert.match(bad.stderr, /signature of SHA256SUMS is not valid/);
        },
      });
    }
    await test.step("neither: a script without pins refuses", async () => {
      const unpinned = await host.files.readText(`${ROOT}/install.sh`) ?? "";
      const said = await pipe(place, ["--no-init"], { env: { PATH: noTools }, script: unpinned });
      assert.equal(said.code, 4);
      assert.match(said.stderr, /can check the signature[^]*minisign/);
      assert.equal(await host.files.stat(prefixOf(place)), undefined);
    });
    await test.step("neither: a pinned program that says no is not installed", async () => {
      const said = await pipe(place, ["--no-init"], { env: { PATH: noTools } });
      assert.equal(said.code, 5, said.stderr);
      assert.match(said.stderr, /signature of SHA256SUMS is not valid/);
      assert.equal(await host.files.stat(prefixOf(place)), undefined);
    });
    await test.step({
      name: "neither: a pinned program that says yes is",
      ignore: await host.files.stat("/usr/bin/minisign") === undefined,
      fn: async () => {
        await place.publish("2.0.0", { file: knows });
        const said = await pipe(place, ["--no-init"], { env: { PATH: noTools } });
        assert.equal(said.code, 0, said.stderr);
        assert.equal(await version(prefixOf(place)), "2.0.0");
        assert.match(
          await host.files.readText(`${place.scratch}/asked`) ?? "",
          /SHA256SUMS --signature .* --key RW/,
        );
      },
    });
  });
});

Deno.test("wget, GNU's and busybox's: a connection that breaks or stalls is given up at once", async (test) => {
  await withPlace({}, async (place) => {
    await place.publish("1.2.3");
    const archive = `rxdx-setup-1.2.3-${host.system.arch}-unknown-linux-gnu.tar.gz`;
    const gnu = await without(place.scratch, "curl");
    const busybox = await without(place.scratch, "curl", "wget");
    const applet = await host.process.run(["busybox", "wget", "--help"]);
    const hasApplet = applet.stderr.includes("Retrieve files");
    if (hasApplet) {
      await must("sh", "-c", 'ln -s "$(command -v busybox)" "$1"', "-", `${busybox}/wget`);
    }
    const cases = [
      ["GNU", gnu, await host.files.stat("/usr/bin/wget") !== undefined, true],
      // Some builds, Debian's among them, have no -T, and die of it.
      ["busybox", busybox, hasApplet, applet.stderr.includes("-T SEC")],
    ] as const;
    for (const [name, path, there, timed] of cases) {
      await test.step({
        name,
        ignore: !there,
        fn: async () => {
          const env = { PATH: path, RXDX_STALL_SECONDS: "3" };
          for (const fault of ["cut", ...timed ? ["stall"] as const : []] as const) {
            const prefix = `${place.scratch}/${name}-${fault}`;
            place.faults.set(archive, fault);
            place.asked.length = 0;
            const said = await pipe(place, ["--no-init"], { prefix, env });
            place.faults.clear();
            assert.equal(said.code, 5, `${fault}: ${said.stderr}`);
            assert.match(said.stderr, /tar\.gz cannot be had\. Nothing was installed/);
            const tries = place.asked.filter((each) => each.endsWith(archive));
            assert.equal(tries.length, 1, `${fault}: it is for the operator to try again`);
            assert.equal(await host.files.stat(prefix), undefined);
          }
          const good = await pipe(place, ["--no-init"], {
            prefix: `${place.scratch}/${name}`,
            env,
          });
          assert.equal(good.code, 0, good.stderr);
        },
      });
    }
  });
});

Deno.test("again does nothing, a newer one replaces it, an older one warns", async () => {
  await withPlace({}, async (place) => {
    const prefix = prefixOf(place);
    await place.publish("1.9.0");
    const script = await host.files.readText(`${ROOT}/install.sh`) ?? "";
    const get = (...args: string[]) => pipe(place, ["--no-init", ...args], { script });
    assert.equal((await get()).code, 0);
    const state = () =>
      must("stat", "-c", "%i %Y", `${prefix}/bin/rxdx-setup`, `${prefix}/share/rxdx-setup/receipt`);
    const before = await state();
    place.asked.length = 0;
    const again = await get();
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stderr, /1\.9\.0 is installed in .* already/);
    assert.equal(await state(), before);
    assert.ok(!place.asked.some((path) => path.endsWith(".tar.gz")), String(place.asked));
    place.asked.length = 0;
    assert.equal((await get("--version", "1.9.0")).code, 0);
    assert.deepEqual(place.asked, [], "it need not even be asked for");

    await place.publish("1.10.0");
    const newer = await get();
    assert.equal(newer.code, 0, newer.stderr);
    assert.doesNotMatch(newer.stderr, /Downgrade/);
    assert.equal(await version(prefix), "1.10.0");
    assert.equal(
      await must(`${prefix}/share/rxdx-setup/previous`, "--version"),
      "rxdx-setup 1.9.0",
      "kept for the way back",
    );
    const older = await get("--version", "v1.9.0");
    assert.equal(older.code, 0, older.stderr);
    assert.match(older.stderr, /Downgrade: 1\.10\.0 is installed, and 1\.9\.0 is older/);
    assert.equal(await version(prefix), "1.9.0");
    // By a terminal it asks, and takes no for an answer.
    await get();
    const command =
      `printf 'n\\n' | cat; sh ${ROOT}/install.sh --no-init --version 1.9.0 --prefix ${prefix}`;
    const asked = await run(["script", "-qec", command, "/dev/null"], {
      env: environment(place),
      stdin: "n\n",
    });
    assert.match(asked.stdout, /Go back to 1\.9\.0\?[^]*Nothing was changed/);
    assert.equal(await version(prefix), "1.10.0");

    // A server that passes an old release off as its newest.
    await place.publish("1.9.0");
    const passed = await get("--yes");
    assert.equal(passed.code, 5, passed.stderr);
    assert.match(
      passed.stderr,
      /is 1\.9\.0, and 1\.10\.0 is installed[^]*name it: --version 1\.9\.0/,
    );
    assert.equal(await version(prefix), "1.10.0");

    const gone = await get("--uninstall");
    assert.equal(gone.code, 0, gone.stderr);
    assert.equal(await host.files.stat(prefix), undefined);
  });
});

Deno.test("the same version from another address: verified there, and noted", async () => {
  await withPlace({}, async (one) => {
    await withPlace({}, async (other) => {
      const receipt = `${prefixOf(one)}/share/rxdx-setup/receipt`;
      for (const place of [one, other]) {
        await place.publish("1.0.0");
        const get = () => pipe(place, ["--no-init"], { prefix: prefixOf(one) });
        const said = await get();
        assert.equal(said.code, 0, said.stderr);
        assert.doesNotMatch(said.stderr, /is installed in/);
        const noted = (await host.files.readText(receipt) ?? "").match(/^(source|key) .*$/gm);
        assert.deepEqual(noted, [`source ${place.base}`, `key ${place.key}`]);
        assert.match((await get()).stderr, /1\.0\.0 is installed in .* already/);
      }
    });
  });
});

Deno.test("whatever cannot be had or verified is refused, and the old version still works", async (test) => {
  await withPlace({}, async (place) => {
    const archive = `rxdx-setup-2.0.0-${host.system.arch}-unknown-linux-gnu.tar.gz`;
    await place.publish("1.0.0");
    const prefix = prefixOf(place);
    assert.equal((await pipe(place, ["--no-init"])).code, 0);
    await place.publish("2.0.0");
    const [pinned, script] = [
      place.installer(),
      await host.files.readText(`${ROOT}/install.sh`) ?? "",
    ];
    const before = await tree(place.scratch);
    const stall = { RXDX_STALL_SECONDS: "1" };
    const none: Record<string, string> = {};
    const other = "RWRUyDepgUKuKFdWHkrJiJAMiofM0XuBwFyUG3qWHdUnKBo4RiPux8qn";
    const noSums = await without(place.scratch, "sha256sum");
    const noFetch = await without(place.scratch, "curl", "wget");
    const cases: [string, () => void, Record<string, string>, number, RegExp][] = [
      [
        "a byte of the archive",
        () => place.faults.set(archive, "flip"),
        none,
        5,
        /does not match its checksum/,
      ],
      [
        "a byte of SHA256SUMS",
        () => place.faults.set("SHA256SUMS", "flip"),
        none,
        5,
        /signature .* not valid/,
      ],
      [
        "a byte of the signature",
        () => place.faults.set("SHA256SUMS.minisig", "flip"),
        none,
        5,
        /signature .* not valid/,
      ],
      [
        "no signature",
        () => place.faults.set("SHA256SUMS.minisig", "missing"),
        none,
        5,
        /SHA256SUMS\.minisig cannot be had/,
      ],
      [
        "no checksums",
        () => place.faults.set("SHA256SUMS", "missing"),
        none,
        5,
        /SHA256SUMS cannot be had/,
      ],
      [
        "no archive (404)",
        () => place.faults.set(archive, "missing"),
        none,
        5,
        /404[^]*cannot be had/,
      ],
      [
        "a connection that breaks",
        () => place.faults.set(archive, "cut"),
        none,
        5,
        /cannot be had/,
      ],
      [
        "a connection that stalls",
        () => place.faults.set(archive, "stall"),
        stall,
        5,
        /cannot be had/,
      ],
      ["another key", () => undefined, { RXDX_RELEASE_KEY: other }, 5, /signature .* not valid/],
      ["no key", () => undefined, { RXDX_RELEASE_KEY: "" }, 4, /no release key has been published/],
      [
        "a key that is none",
        () => undefined,
        { RXDX_RELEASE_KEY: "/etc/passwd" },
        2,
        /neither a minisign public key/,
      ],
      ["no release at all", () => undefined, { RXDX_BASE_URL: "" }, 4, /No signed release/],
      [
        "plain http",
        () => undefined,
        { RXDX_BASE_URL: "http://192.0.2.1" },
        2,
        /not an https address/,
      ],
      [
        "nobody listens",
        () => undefined,
        { RXDX_BASE_URL: "http://127.0.0.1:9" },
        5,
        /cannot be had/,
      ],
      ["no sha256sum", () => undefined, { PATH: noSums }, 4, /sha256sum is missing/],
      ["neither curl nor wget", () => undefined, { PATH: noFetch }, 4, /Neither curl nor wget/],
      [
        "a version that is none",
        () => undefined,
        { RXDX_VERSION: "../../x" },
        2,
        /is not a version/,
      ],
      [
        "a version that there is not",
        () => undefined,
        { RXDX_VERSION: "9.9.9" },
        5,
        /cannot be had/,
      ],
      [
        "the signed files of another version",
        () => {
          for (const name of ["SHA256SUMS", "SHA256SUMS.minisig"]) {
            const content = place.files.get(`/download/v1.0.0/${name}`);
            if (content !== undefined) place.files.set(`/download/v3.0.0/${name}`, content);
          }
        },
        { RXDX_VERSION: "3.0.0" },
        5,
        /What was signed is not version 3\.0\.0, but: 1\.0\.0/,
      ],
    ];
    for (const [name, spoil, env, code, expected] of cases) {
      await test.step(name, async () => {
        spoil();
        const said = await pipe(place, ["--yes"], { env, script });
        place.faults.clear();
        assert.equal(said.code, code, said.stderr);
        assert.match(said.stderr, expected);
        assert.equal(said.stdout, "", "nothing was started");
        assert.equal(await version(prefix), "1.0.0");
      });
    }
    await test.step("a signed release that is not the one this script pins", async () => {
      const said = await pipe(place, ["--yes"], {
        script: pinned.replace(/^(PINNED_SHA256_\w+=)[0-9a-f]{64}$/m, `$1${"0".repeat(64)}`),
      });
      assert.equal(said.code, 5, said.stderr);
      assert.match(said.stderr, /another checksum .* than this script/);
    });
    const left = (await tree(place.scratch)).filter((path) => !path.startsWith("without-"));
    assert.deepEqual(left, before, "nothing half done is left");
  });
});

Deno.test({
  name:
    "a full disk, a read-only prefix, a prefix of somebody else: said, and the old version works",
  ignore: !IS_ROOT,
  async fn(test) {
    await withPlace({}, async (place) => {
      await place.publish("1.0.0");
      const prefix = prefixOf(place);
      await must("mkdir", prefix);
      await must("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", prefix);
      try {
        assert.equal((await pipe(place, ["--no-init"])).code, 0);
        const large = `${place.scratch}/large`;
        const noise =
          '{ printf "#!/bin/sh\\necho rxdx-setup 2.0.0\\nexit\\n"; head -c 400000 /dev/urandom; } >"$1"';
        await must("sh", "-c", noise, "-", large);
        await place.publish("2.0.0", { file: large });
        const before = await tree(prefix);
        await test.step("full", async () => {
          const said = await pipe(place, ["--no-init"]);
          assert.equal(said.code, 5, said.stderr);
          assert.match(said.stderr, /Cannot write to[^]*Is the disk full\? df -h/);
        });
        await must("mount", "-o", "remount,ro", prefix);
        await test.step("read-only", async () => {
          const said = await pipe(place, ["--no-init"]);
          assert.equal(said.code, 4, said.stderr);
          assert.match(said.stderr, /cannot be written/);
        });
        await must("mount", "-o", "remount,rw", prefix);
        await test.step("somebody else's", async () => {
          const said = await pipe(place, ["--no-init"], { uid: NOBODY });
          assert.equal(said.code, 4, said.stderr);
          assert.match(said.stderr, /cannot be written by[^]*sudo[^]*--prefix ~\/\.local/);
        });
        assert.deepEqual(await tree(prefix), before);
        assert.equal(await version(prefix), "1.0.0");
      } finally {
        await must("umount", prefix);
      }
    });
  },
});

Deno.test("two at once: one installs, the other says so or finds it done; a kill leaves old or new", async (test) => {
  await withPlace({}, async (place) => {
    const prefix = prefixOf(place);
    await place.publish("1.0.0");
    await test.step("two at once", async () => {
      for (let round = 0; round < 3; round++) {
        const both = await Promise.all([1, 2].map(() => pipe(place, ["--no-init"])));
        const codes = both.map((each) => each.code).sort();
        assert.ok(
          codes[0] === 0 && (codes[1] === 0 || codes[1] === 7),
          both.map((each) => each.stderr).join(),
        );
        assert.equal(await version(prefix), "1.0.0");
        assert.deepEqual(await tree(prefix), INSTALLED);
        assert.equal((await pipe(place, ["--uninstall"])).code, 0);
        // A directory that the one that gave up had made is not the other's to remove.
        await must("rm", "-rf", prefix);
      }
    });
    const killedWhileItComes = async () => {
      for (const path of place.files.keys()) {
        if (path.endsWith(".tar.gz")) place.faults.set(path.split("/").at(-1) ?? "", "stall");
      }
      const before = place.asked.length;
      const pid = `${place.scratch}/pid`;
      const killed = run([
        "sh",
        "-c",
        'echo $$ >"$1"; shift; exec sh -s -- "$@"',
        "-",
        pid,
        "--no-init",
        "--prefix",
        prefix,
      ], {
        stdin: place.installer(),
        env: environment(place),
      });
      // The event: the archive has been asked for, so the stage is there.
      await whileRunning(
        killed,
        "it asked for the archive",
        () => place.asked.slice(before).some((path) => path.endsWith(".tar.gz")),
      );
      await must("sh", "-c", 'kill -KILL "-$(cat "$1")"', "-", pid);
      assert.notEqual((await killed).code, 0);
      place.faults.clear();
    };
    await test.step("a first install that was killed leaves nothing that is not known", async () => {
      for (const again of [true, false]) {
        await killedWhileItComes();
        assert.equal(await host.files.stat(`${prefix}/bin/rxdx-setup`), undefined);
        if (again) assert.equal((await pipe(place, ["--no-init"])).code, 0);
        const gone = await pipe(place, ["--uninstall"]);
        assert.equal(gone.code, 0, gone.stderr);
        assert.equal(await host.files.stat(prefix), undefined);
      }
    });
    await test.step("killed while the archive comes, then again", async () => {
      assert.equal((await pipe(place, ["--no-init"])).code, 0);
      await place.publish("2.0.0");
      await killedWhileItComes();
      assert.equal(await version(prefix), "1.0.0");
      const after = await pipe(place, ["--no-init"]);
      assert.equal(after.code, 0, after.stderr);
      assert.equal(await version(prefix), "2.0.0");
      const expected = [...INSTALLED, "share/rxdx-setup/previous"].sort();
      assert.deepEqual(await tree(prefix), expected, "what the killed run left is gone");
    });
    await test.step("killed at each program that changes something", async () => {
      const commands = ["cp", "mv", "chmod", "sync", "tar", "mktemp", "rm"];
      let kills = 0;
      for (const command of commands) {
        for (let nth = 1; nth < 20; nth++) {
          await pipe(place, ["--uninstall"]);
          const fresh = `${place.scratch}/${command}${nth}`;
          const old = { script: await host.files.readText(`${ROOT}/install.sh`) ?? "" };
          assert.equal((await pipe(place, ["--no-init", "--version", "1.0.0"], old)).code, 0);
          // Does its work the first times, and the nth time kills the shell that has called it.
          await must("mkdir", fresh);
          const trap = `#!/bin/sh
echo x >>${fresh}/count
[ "$(/usr/bin/wc -l <${fresh}/count)" -lt ${nth} ] || { touch ${fresh}/killed; kill -KILL $PPID; exit 1; }
exec /usr/bin/${command} "$@"
`;
          await host.files.writeAtomic(`${fresh}/${command}`, trap, { mode: 0o755 });
          await pipe(place, ["--no-init"], { env: { PATH: `${fresh}:${PATH}` } });
          if (await host.files.stat(`${fresh}/killed`) === undefined) break;
          kills++;
          assert.match(await version(prefix), /^[12]\.0\.0$/, `${command} ${nth}`);
          const again = await pipe(place, ["--no-init"]);
          assert.equal(again.code, 0, `${command} ${nth}: ${again.stderr}`);
          assert.equal(await version(prefix), "2.0.0");
          assert.equal((await pipe(place, ["--uninstall"])).code, 0, `${command} ${nth}`);
          const left = await host.files.stat(prefix) === undefined ? [] : await tree(prefix);
          assert.deepEqual(left, [], `${command} ${nth}`);
        }
      }
      assert.ok(kills >= 10, `${kills} kills`);
      host.terminal.err(
        `\n${kills} kills, ${kills} times old or new, ${kills} times whole again\n`,
      );
    });
  });
});

Deno.test("a proxy in either spelling reaches what downloads, and what is started after it", async () => {
  await withPlace({}, async (place) => {
    // What is started writes its environment, as what downloads does.
    const started = `${place.scratch}/started`;
    const told = `#!/bin/sh
case $1 in --version) echo rxdx-setup 1.0.0 ;; init) env >${place.scratch}/init.env ;; esac
`;
    await host.files.writeAtomic(started, told, { mode: 0o755 });
    await place.publish("1.0.0", { file: started });
    const fake = `${place.scratch}/fake`;
    await must("mkdir", fake);
    const curl = `#!/bin/sh\nenv >${place.scratch}/curl.env\nexec /usr/bin/curl "$@"\n`;
    await host.files.writeAtomic(`${fake}/curl`, curl, { mode: 0o755 });
    const said = await pipe(place, ["--yes", "--no-engine"], {
      env: {
        PATH: `${fake}:${PATH}`,
        HTTPS_PROXY: "http://user:word@proxy.example:3128",
        http_proxy: "http://127.0.0.1:9",
        no_proxy: "localhost,.example.org",
        ALL_PROXY: "http://127.0.0.1:10",
      },
    });
    assert.equal(said.code, 0, said.stderr);
    for (const file of ["curl.env", "init.env"]) {
      const seen = (await host.files.readText(`${place.scratch}/${file}`) ?? "").split("\n");
      for (
        const [name, value] of [
          ["https_proxy", "http://user:word@proxy.example:3128"],
          ["http_proxy", "http://127.0.0.1:9"],
          ["no_proxy", "localhost,.example.org"],
          ["all_proxy", "http://127.0.0.1:10"],
        ] as const
      ) {
        for (const each of [name, name.toUpperCase()]) {
          assert.ok(seen.includes(`${each}=${value}`), `${file}: ${each}`);
        }
      }
    }
    assert.doesNotMatch(said.stdout + said.stderr, /word/);
  });
});

Deno.test({
  name: "a user without Docker has it installed by sudo, whose command line tells no secret",
  ignore: !IS_ROOT,
  async fn() {
    await withPlace({}, async (place) => {
      await place.publish("1.0.0");
      const path = await without(place.scratch, "docker", "sudo");
      const log = `${place.scratch}/sudo.log`;
      await must("install", "-m", "666", "/dev/null", log);
      await host.files.writeAtomic(`${path}/sudo`, `#!/bin/sh\nprintf '%s ' "$@" >${log}\n`, {
        mode: 0o755,
      });
      const home = `${place.scratch}/home`;
      await must("install", "-d", "-o", String(NOBODY), home);
      const env = { PATH: path, HOME: home, https_proxy: "http://user:word@127.0.0.1:9" };
      const prefix = `${home}/.local`;
      const said = await pipe(place, ["--demo", "--yes"], { uid: NOBODY, prefix, env });
      assert.deepEqual([said.code, said.stdout], [0, "<init><--demo><--yes>"], said.stderr);
      const asked = await host.files.readText(log) ?? "";
      const [, kept = ""] =
        /^-n --preserve-env=(\S+) \S+\/bin\/rxdx-setup engine --yes $/m.exec(asked) ?? [];
      const names = ["http_proxy", "https_proxy", "no_proxy", "all_proxy"];
      const both = [...names, ...names.map((name) => name.toUpperCase())];
      assert.deepEqual(kept.split(",").sort(), both.sort(), asked);
      assert.doesNotMatch(asked, /word/);
      await must("sh", "-c", ': >"$1"', "-", log);
      await pipe(place, ["--demo", "--yes", "--no-engine"], { uid: NOBODY, prefix, env });
      assert.equal(await host.files.readText(log), "");
      // A docker that is there, as a rootless one is, needs nothing of root.
      const docker = `${place.scratch}/docker`;
      await must("install", "-d", docker);
      await host.files.writeAtomic(`${docker}/docker`, "#!/bin/sh\n", { mode: 0o755 });
      const there = { ...env, PATH: `${docker}:${path}` };
      const own = await pipe(place, ["--demo", "--yes"], { uid: NOBODY, prefix, env: there });
      assert.deepEqual([own.code, own.stdout], [0, "<init><--demo><--yes>"], own.stderr);
      assert.equal(await host.files.readText(log), "");

      // One that came by sudo answers to the group docker: this user's login is not in it.
      const late = `${place.scratch}/late`;
      for (const [answers, code] of [["exit 0", 0], ["exit 1", 4]] as const) {
        await must("install", "-d", "-o", String(NOBODY), late);
        const sudo = `#!/bin/sh
printf '#!/bin/sh\\n[ "$1" = ps ] || exit 9\\n${answers}\\n' >${late}/docker
chmod 755 ${late}/docker
`;
        await host.files.writeAtomic(`${path}/sudo`, sudo, { mode: 0o755 });
        const args = ["--demo", "--yes", "--dir", "/srv/a b"];
        const after = await pipe(place, args, {
          uid: NOBODY,
          prefix,
          env: { ...env, PATH: `${late}:${path}` },
        });
        assert.equal(after.code, code, after.stderr);
        if (code === 0) assert.equal(after.stdout, "<init><--demo><--yes><--dir></srv/a b>");
        else {
          assert.equal(after.stdout, "", "init was not started to fail");
          const lines = after.stderr.split("\n").slice(-5, -1);
          assert.match(lines[0] ?? "", /Docker is installed, but nobody may not use it yet.*root/);
          assert.match(lines[1] ?? "", /log in anew/);
          assert.deepEqual(lines.slice(2), [
            "  sudo usermod -aG docker nobody",
            `  ${prefix}/bin/rxdx-setup init --demo --yes --dir '/srv/a b'`,
          ]);
        }
        await must("rm", "-r", late);
      }
    });
  },
});
