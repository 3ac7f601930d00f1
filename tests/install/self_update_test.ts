/**
 * From an old executable to a new one and back, with the real program on both sides and releases made by
 * `deno task release`; then every way in which an update can fail, and a kill before and after every
 * step, with a small program as the new version.
 */
import assert from "node:assert/strict";
import { asDescribed } from "../support/as_described.ts";
import { archiveName } from "../../lib/release/files.ts";
import { RELEASE_URL } from "../../lib/release/origin.ts";
import { parseReceipt } from "../../lib/release/receipt.ts";
import { SHELL_FILES } from "../../lib/release/shell_files.ts";
import { type Place, program, TARGET, withPlace, withProxy } from "./releases.ts";
import {
  BUILD_MS,
  buildEnvironment,
  built,
  host,
  inScratch,
  IS_ROOT,
  must,
  PATH,
  ROOT,
  run,
  tree,
  whileRunning,
} from "./support.ts";
import config from "../../deno.json" with { type: "json" };

const OLD = config.version;

/** One cache for all of this file: unpacking is not what is tested here. */
let cache = "";
Deno.test.beforeAll(async () => {
  cache = await must("mktemp", "-d", "/tmp/rxdx-install-test.XXXXXX");
});
Deno.test.afterAll(async () => {
  await must("rm", "-rf", cache);
  if (made !== undefined) await must("rm", "-rf", (await made).replace(/\/newer$/, ""));
});

let made: Promise<string> | undefined;

/** The real program as version 9.0.0. */
function newer(): Promise<string> {
  made ??= (async () => {
    const file = `${await must("mktemp", "-d", "/tmp/rxdx-install-test.XXXXXX")}/newer`;
    const script = `${ROOT}/lib/packaging/build.ts`;
    const said = await run(
      ["deno", "run", "-A", script, "--form=portable", "--as-version=9.0.0", `--output=${file}`],
      { cwd: ROOT, env: await buildEnvironment(), timeoutMs: BUILD_MS },
    );
    assert.equal(said.code, 0, said.stderr);
    return file;
  })();
  return made;
}

/** `install.sh` at the same prefix, from the place's release. */
function byScript(
  place: Place,
  prefix: string,
  args: readonly string[] = [],
  script = place.installer(),
) {
  return run(["sh", "-s", "--", "--no-init", "--prefix", prefix, ...args], {
    stdin: script,
    env: {
      PATH,
      HOME: "/nonexistent",
      XDG_CACHE_HOME: cache,
      RXDX_BASE_URL: place.base,
      RXDX_RELEASE_KEY: place.key,
    },
  });
}

interface Installed {
  readonly prefix: string;
  readonly program: string;
}

/** What install.sh leaves behind, written by hand: the same, and done in no time. */
async function install(place: Place, name = "prefix"): Promise<Installed> {
  const prefix = `${place.scratch}/${name}`;
  const [program, share] = [`${prefix}/bin/rxdx-setup`, `${prefix}/share/rxdx-setup`];
  await must("mkdir", "-p", `${prefix}/bin`, share);
  await must("cp", "--reflink=auto", await built(), program);
  const pages = SHELL_FILES.map(({ path }) => `${prefix}/${path}`);
  for (const page of pages) {
    await must("mkdir", "-p", page.slice(0, page.lastIndexOf("/")));
    await host.files.writeAtomic(page, "of the old version\n", { mode: 0o644 });
  }
  const sums = (await must("sha256sum", program, ...pages)).split("\n");
  const receipt =
    `# What install.sh created.\nversion ${OLD}\ndoor download\nsource ${place.base}\n` +
    `key ${place.key}\n${sums.map((line) => `file ${line.replace("  ", " ")}\n`).join("")}`;
  await host.files.writeAtomic(`${share}/receipt`, receipt, { mode: 0o644 });
  return { prefix, program };
}

function update(
  { program }: Installed,
  args: readonly string[],
  env?: Record<string, string>,
  uid?: number,
) {
  return run([program, "self-update", ...args], {
    env: { PATH, HOME: "/nonexistent", XDG_CACHE_HOME: cache, NO_COLOR: "1", ...env },
    ...(uid === undefined ? {} : { uid }),
  });
}

async function version({ program }: Installed): Promise<string> {
  const said = await run([program, "--version"], { env: { PATH, XDG_CACHE_HOME: cache } });
  return said.stdout.trim().replace("rxdx-setup ", "");
}

/** The receipt tells of every file that is there, and of no other. */
async function checkReceipt({ prefix, program }: Installed): Promise<void> {
  const share = `${prefix}/share/rxdx-setup`;
  const receipt = parseReceipt(await host.files.readText(`${share}/receipt`) ?? "");
  const there: string[] = [];
  const pages = SHELL_FILES.map(({ path }) => `${prefix}/${path}`);
  for (const path of [program, `${share}/previous`, `${share}/previous.new`, ...pages]) {
    if (await host.files.stat(path) === undefined) continue;
    there.push(path);
    const [sum] = (await must("sha256sum", path)).split(" ");
    assert.ok(receipt.files.some((each) => each.path === path && each.sha256 === sum), path);
  }
  assert.deepEqual(receipt.files.map((each) => each.path), there);
  assert.deepEqual(await host.files.list(`${prefix}/bin`), ["rxdx-setup"]);
}

Deno.test("old → new → old → new with the real program, as `deno task release` makes it", async (test) => {
  await inScratch(async (scratch) => {
    const env = await buildEnvironment();
    const build = (...args: string[]) =>
      run(["deno", "run", "--allow-all", ...args], {
        cwd: ROOT,
        env: { ...env, ...signing },
        timeoutMs: BUILD_MS,
      });
    await must("mkdir", "-p", `${scratch}/www/download`, `${scratch}/www/latest`);
    const { newKey } = await import("./releases.ts");
    const signing = { RXDX_SIGNING_KEY: await newKey() };
    const [old, next] = await Promise.all([built(), newer()]);
    const place = { www: `${scratch}/www`, key: "" };
    for (const [number, program] of [[OLD, old], ["9.0.0", next]] as const) {
      const released = await build(
        "lib/packaging/release.ts",
        `--version=${number}`,
        `--program=${TARGET}=${program}`,
        `--output=${place.www}/download/v${number}`,
        `--tag=v${number}`,
      );
      assert.equal(released.code, 0, released.stderr);
      place.key = /verified with (RW\S+)/.exec(released.stdout)?.[1] ?? "";
    }
    await must("ln", "-s", "../download/v9.0.0", `${place.www}/latest/download`);
    const wrong = await build("lib/packaging/release.ts", "--tag=v8.0.0", `--output=${scratch}/x`);
    assert.match(wrong.stderr, /The tag is v8\.0\.0, but this is version/);
    // As the workflow calls it: what people could not use or read about is not published.
    const bare = await build(
      "lib/packaging/release.ts",
      "--version=9.0.0",
      `--notes=${scratch}/notes.md`,
      `--output=${scratch}/x`,
    );
    assert.equal(bare.code, 5, bare.stderr);
    assert.match(bare.stderr, /^release: 9\.0\.0 cannot be published\.$/m);
    assert.match(bare.stderr, /^ {2}CHANGELOG\.md has no section for 9\.0\.0/m);
    assert.match(bare.stderr, /RELEASE_KEYS in lib\/release\/origin\.ts/);
    assert.equal(/^ {2}RELEASE_URL .* is empty/m.test(bare.stderr), RELEASE_URL === "");
    for (const each of ["x", "notes.md"]) {
      assert.equal(await host.files.stat(`${scratch}/${each}`), undefined, each);
    }

    await test.step({
      name: "a release is installed from its draft, as the workflow does it",
      ignore: await host.files.stat("/usr/bin/python3") === undefined,
      fn: async () => {
        const draft = `${place.www}/download/v9.0.0`;
        const said = await run(["sh", `${ROOT}/tests/install/draft.sh`, draft, "9.0.0"], {
          env: { PATH, HOME: scratch, XDG_CACHE_HOME: cache, RXDX_RELEASE_KEY: place.key },
          timeoutMs: BUILD_MS,
        });
        assert.equal(said.code, 0, said.stderr);
        assert.match(said.stdout, /draft: 9\.0\.0 installs, verifies, refuses what was changed/);
      },
    });

    await withPlace({ https: true }, async (web) => {
      // The files of the task, served by the place.
      for (const path of await tree(place.www)) {
        const bytes = await host.files.readBytes(`${place.www}/${path}`).catch(() => undefined);
        if (bytes !== undefined) web.files.set(`/${path}`, bytes);
      }
      for (const name of await host.files.list(`${place.www}/download/v9.0.0`)) {
        const bytes = web.files.get(`/download/v9.0.0/${name}`);
        if (bytes !== undefined) web.files.set(`/latest/download/${name}`, bytes);
      }
      const mirror: Record<string, string> = {
        PATH,
        HOME: scratch,
        XDG_CACHE_HOME: cache,
        RXDX_BASE_URL: web.base,
        RXDX_RELEASE_KEY: place.key,
        CURL_CA_BUNDLE: web.authority ?? "",
        SSL_CERT_FILE: web.authority ?? "",
      };
      const prefix = `${scratch}/prefix`;
      const installed = { prefix, program: `${prefix}/bin/rxdx-setup` };
      const script = await host.files.readText(`${place.www}/download/v${OLD}/install.sh`) ?? "";
      // No tool that verifies: the pinned program has to do it itself.
      const few = `${scratch}/few`;
      await must(
        "sh",
        "-c",
        'mkdir "$1"; ln -s /usr/bin/* /bin/* "$1/" 2>/dev/null; rm -f "$1/openssl" "$1/minisign"',
        "-",
        few,
      );
      const first = await run(["sh", "-s", "--", "--no-init", "--prefix", prefix], {
        stdin: script,
        env: { ...mirror, PATH: few },
      });
      assert.equal(first.code, 0, first.stderr);
      assert.equal(await version(installed), OLD);
      await checkReceipt(installed);

      const trust = { SSL_CERT_FILE: web.authority ?? "" };
      const check = await update(installed, ["--check"], trust);
      assert.equal(check.code, 10, check.stderr);
      assert.match(
        check.stderr,
        new RegExp(
          `${RegExp.escape(OLD)} is installed, 9\\.0\\.0 can be had, signed by key [0-9A-F]{16}`,
        ),
      );
      const untrusting = await update(installed, ["--check"]);
      assert.equal(untrusting.code, 5);
      assert.match(untrusting.stderr, /certificate is not trusted/);

      const nobodyThere = await update(installed, [], trust);
      assert.equal(nobodyThere.code, 2, "without a terminal it asks for --yes");
      const up = await update(installed, ["--yes"], trust);
      assert.equal(up.code, 0, up.stderr);
      assert.match(
        up.stdout,
        new RegExp(`Version 9\\.0\\.0 is in place\\. ${RegExp.escape(OLD)} was kept`),
      );
      assert.equal(await version(installed), "9.0.0");
      await checkReceipt(installed);

      // From here on it is the new program that acts.
      const again = await update(installed, ["--yes", "--json"], trust);
      const { result } = asDescribed<{ result: string }>("self-update", again.stdout);
      assert.equal(result, "up_to_date");
      const back = await update(installed, ["--rollback", "--yes"]);
      assert.equal(back.code, 0, back.stderr);
      assert.equal(await version(installed), OLD);
      await checkReceipt(installed);
      const forth = await update(installed, ["--rollback", "--yes", "--json"]);
      assert.deepEqual(asDescribed("self-update", forth.stdout), {
        schema: 1,
        result: "rolled_back",
        installed: "9.0.0",
      });
      assert.equal(await version(installed), "9.0.0");
      const down = await update(installed, ["--to", OLD, "--yes"], trust);
      assert.equal(down.code, 2);
      assert.match(down.stderr, /is older than 9\.0\.0[^]*--allow-downgrade/);
      const meant = await update(installed, ["--to", OLD, "--yes", "--allow-downgrade"], trust);
      assert.equal(meant.code, 0, meant.stderr);
      assert.equal(await version(installed), OLD);

      const gone = await run(["sh", `${ROOT}/install.sh`, "--uninstall", "--prefix", prefix], {
        env: mirror,
      });
      assert.equal(gone.code, 0, gone.stderr);
      assert.equal(
        await host.files.stat(prefix),
        undefined,
        "journal, record and lock went with it",
      );
    });
  });
});

Deno.test("what cannot be had or verified is not used; the old version stays and works", async (test) => {
  await withPlace({}, async (place) => {
    await place.publish("9.0.0", {
      changelog:
        `# Changelog\n\n## [Unreleased]\n\n## [9.0.0]\n\n- Nine.\n\n## [8.0.0]\n\n- Eight.\n\n## [${OLD}]\n\n- Old.\n`,
    });
    const installed = await install(place);
    const archive = archiveName("9.0.0", TARGET);
    const before = await tree(place.scratch);
    const other = "RWRUyDepgUKuKFdWHkrJiJAMiofM0XuBwFyUG3qWHdUnKBo4RiPux8qn";
    type Case = [string, () => void, string[], Record<string, string>, number, RegExp];
    const cases: Case[] = [
      [
        "a byte of the archive",
        () => place.faults.set(archive, "flip"),
        [],
        {},
        5,
        /does not match its checksum/,
      ],
      [
        "a byte of SHA256SUMS",
        () => place.faults.set("SHA256SUMS", "flip"),
        [],
        {},
        5,
        /signature is not valid/,
      ],
      [
        "a byte of the changelog",
        () => place.faults.set("CHANGELOG.md", "flip"),
        [],
        {},
        5,
        /CHANGELOG\.md does not match/,
      ],
      [
        "no signature",
        () => place.faults.set("SHA256SUMS.minisig", "missing"),
        [],
        {},
        5,
        /minisig cannot be had: the server answers 404/,
      ],
      ["no archive", () => place.faults.set(archive, "missing"), [], {}, 5, /answers 404/],
      [
        "a connection that breaks",
        () => place.faults.set(archive, "cut"),
        [],
        {},
        5,
        /cannot be had/,
      ],
      [
        "a connection that stalls",
        () => place.faults.set(archive, "stall"),
        [],
        { RXDX_STALL_SECONDS: "1" },
        5,
        /no answer in time/,
      ],
      [
        "another key",
        () => undefined,
        [],
        { RXDX_RELEASE_KEY: other },
        5,
        /signed with another key/,
      ],
      [
        "nobody listens",
        () => undefined,
        [],
        { RXDX_BASE_URL: "http://127.0.0.1:9" },
        5,
        /cannot be had/,
      ],
      [
        "plain http",
        () => undefined,
        [],
        { RXDX_BASE_URL: "http://192.0.2.1" },
        5,
        /not an https address/,
      ],
      ["a version that there is not", () => undefined, ["--to", "8.8.8"], {}, 5, /answers 404/],
      ["a version that is none", () => undefined, ["--to", "latest"], {}, 2, /is not a version/],
      [
        "nothing to go back to",
        () => undefined,
        ["--rollback"],
        {},
        4,
        /No version before .* was kept/,
      ],
      [
        "two wishes",
        () => undefined,
        ["--rollback", "--check"],
        {},
        2,
        /takes neither --to nor --check/,
      ],
    ];
    for (const [name, spoil, args, env, code, expected] of cases) {
      await test.step(name, async () => {
        spoil();
        const said = await update(installed, [...args, "--yes"], env);
        place.faults.clear();
        assert.equal(said.code, code, said.stderr);
        assert.match(said.stderr, expected);
        assert.match(said.stderr, /→ /, "a hint");
        assert.equal(await version(installed), OLD);
        await checkReceipt(installed);
      });
    }
    await test.step("a new version that does not start", async () => {
      const broken = `${place.scratch}/broken`;
      await host.files.writeAtomic(broken, "#!/bin/sh\nexit 3\n", { mode: 0o755 });
      await place.publish("9.1.0", { file: broken });
      await must("rm", broken);
      const said = await update(installed, ["--yes"]);
      assert.equal(said.code, 5, said.stderr);
      assert.match(said.stderr, /Version 9\.1\.0 does not start on this machine/);
      assert.equal(await version(installed), OLD);
      await checkReceipt(installed);
    });
    const share = "prefix/share/rxdx-setup/.rxdx";
    const after = (await tree(place.scratch)).filter((path) => !path.startsWith(share));
    assert.deepEqual(after, before, "nothing half done is left");

    await test.step("what changed is said, without a change", async () => {
      await place.publish("9.0.0", {
        changelog:
          `# Changelog\n\n## [9.0.0]\n\n- Nine.\n\n## [8.0.0]\n\n- Eight.\n\n## [${OLD}]\n\n- Old.\n`,
      });
      const said = await update(installed, ["--check", "--json"]);
      assert.equal(said.code, 10);
      const { changes, ...rest } = asDescribed<Readonly<Record<string, unknown>>>(
        "self-update",
        said.stdout,
      );
      assert.deepEqual(changes, [{ version: "9.0.0", text: "- Nine." }, {
        version: "8.0.0",
        text: "- Eight.",
      }]);
      assert.deepEqual([rest.result, rest.installed, rest.offered], ["available", OLD, "9.0.0"]);
    });
    await test.step("two at once: the second is told who is first", async () => {
      place.faults.set(archive, "stall");
      place.asked.length = 0;
      // It holds the lock until this test hangs up.
      const first = update(installed, ["--yes"], { RXDX_STALL_SECONDS: "100" });
      await whileRunning(
        first,
        "it asked for the archive",
        () => place.asked.some((path) => path.endsWith(archive)),
      );
      const second = await update(installed, ["--yes"]);
      assert.equal(second.code, 7, second.stderr);
      assert.match(second.stderr, /`rxdx-setup self-update` \(pid \d+/);
      const script = await byScript(place, installed.prefix);
      assert.equal(script.code, 7, script.stderr);
      place.hangUp();
      const { code, stderr } = await first;
      assert.equal(code, 5, stderr);
      assert.match(stderr, /cannot be had/);
      place.faults.clear();
      assert.equal(await version(installed), OLD);
    });
  });
});

Deno.test("what was kept is not started for the way back unless it is the file of the receipt", async () => {
  await withPlace({}, async (place) => {
    const installed = await install(place);
    const share = `${installed.prefix}/share/rxdx-setup`;
    const [previous, trace] = [`${share}/previous`, `${place.scratch}/started`];
    const put = (text: string) => host.files.writeAtomic(previous, text, { mode: 0o755 });
    await put(program("0.0.9"));
    const [sum] = (await must("sha256sum", previous)).split(" ");
    const receipt = await host.files.readText(`${share}/receipt`) ?? "";
    const noted = `${receipt}file ${sum} ${previous}\n`;
    await host.files.writeAtomic(`${share}/receipt`, noted, { mode: 0o644 });
    const state = async () => [await tree(place.scratch), await must("sha256sum", previous)];
    for (const args of [["--yes"], ["--yes", "--json"], []]) {
      await put(`#!/bin/sh\ntouch ${trace}\n${program("0.0.9")}`);
      const before = await state();
      const said = await update(installed, ["--rollback", ...args]);
      assert.equal(said.code, 5, said.stderr);
      assert.match(
        said.stderr,
        /previous is not the file that was kept there[^]*Get the version/,
      );
      assert.deepEqual(await state(), before, "nothing changed");
      assert.equal(await host.files.readText(`${share}/receipt`), noted);
      assert.equal(await version(installed), OLD);
    }
    await put(program("0.0.9"));
    const back = await update(installed, ["--rollback", "--yes"]);
    assert.equal(back.code, 0, back.stderr);
    assert.equal(await version(installed), "0.0.9", "as it was kept, it is taken");
  });
});

Deno.test("killed before and after every step: old or new, and the next run makes it whole", async () => {
  await withPlace({}, async (place) => {
    await place.publish("9.0.0");
    const steps = ["settle", "fetch", "prove", "keep", "place", "start", "shell-files", "finish"];
    const points = steps.flatMap((step) => [`before:${step}`, `after:${step}`]);
    let next = 0;
    const worker = async () => {
      for (let point = points[next++]; point !== undefined; point = points[next++]) {
        const installed = await install(place, `at-${point.replace(":", "-")}`);
        const killed = await update(installed, ["--yes"], { RXDX_FAILPOINT: `${point}=kill` });
        assert.notEqual(killed.code, 0, point);
        const now = await version(installed);
        assert.ok(now === OLD || now === "9.0.0", `${point}: ${now}`);
        if (now === OLD) {
          const again = await update(installed, ["--yes"]);
          assert.equal(again.code, 0, `${point}: ${again.stderr}`);
        } else {
          // The small program cannot update itself: install.sh finds the same traces.
          const again = await byScript(place, installed.prefix);
          assert.equal(again.code, 0, `${point}: ${again.stderr}`);
        }
        assert.equal(await version(installed), "9.0.0", point);
        await checkReceipt(installed);
        const previous = `${installed.prefix}/share/rxdx-setup/previous`;
        await must("cmp", previous, await built());
        const page = await host.files.readText(`${installed.prefix}/share/man/man1/rxdx-setup.1`);
        assert.equal(page, "<man>", point);
        await must("rm", "-rf", installed.prefix);
      }
    };
    await Promise.all([worker(), worker()]);
    host.terminal.err(`\n${points.length} kills, 0 lost programs, ${points.length} converged\n`);
  });
});

/** A real old program with an older one kept, and a release whose program is real, too. */
async function twoRealVersions(place: Place): Promise<Installed> {
  await place.publish("9.0.0", { file: await newer() });
  const installed = await install(place);
  const share = `${installed.prefix}/share/rxdx-setup`;
  await host.files.writeAtomic(`${share}/previous`, program("0.0.9"), { mode: 0o755 });
  const [sum] = (await must("sha256sum", `${share}/previous`)).split(" ");
  // As of an install that made its own directories.
  const made = SHELL_FILES.flatMap(({ path }) => {
    const parts = path.split("/").slice(0, -1);
    return parts.map((_, at) => `${installed.prefix}/${parts.slice(0, at + 1).join("/")}`);
  });
  const directories = [...new Set([...made, share, `${installed.prefix}/bin`, installed.prefix])]
    .sort().reverse().map((path) => `directory ${path}\n`).join("");
  const receipt = await host.files.readText(`${share}/receipt`) ?? "";
  const noted = receipt.replace(
    /^(file \S+ \S+bin\/rxdx-setup\n)/m,
    `$1file ${sum} ${share}/previous\n`,
  );
  await host.files.writeAtomic(`${share}/receipt`, noted + directories, { mode: 0o644 });
  return installed;
}

/** Takes it away; nothing may be left. */
async function uninstalled({ prefix }: Installed, why: string): Promise<void> {
  const gone = await run(["sh", `${ROOT}/install.sh`, "--uninstall", "--prefix", prefix], {
    env: { PATH, HOME: "/nonexistent", XDG_CACHE_HOME: "/nonexistent" },
  });
  assert.equal(gone.code, 0, `${why}: ${gone.stderr}`);
  assert.equal(await host.files.stat(prefix), undefined, `${why}: ${gone.stderr}`);
}

Deno.test("killed, then the program itself again: forth, or the way back, and all of it removed", async (test) => {
  await withPlace({}, async (place) => {
    const installed = await twoRealVersions(place);
    const { prefix } = installed;
    const share = `${prefix}/share/rxdx-setup`;
    const page = `${prefix}/${SHELL_FILES.at(-1)?.path}`;
    const aside = (name: string) =>
      must(
        "sh",
        "-c",
        'rm -rf "$2"; exec cp -a --reflink=auto "$1" "$2"',
        "-",
        prefix,
        `${place.scratch}/${name}`,
      );
    const back = async (name: string) => {
      await must("rm", "-rf", prefix);
      await must("cp", "-a", "--reflink=auto", `${place.scratch}/${name}`, prefix);
    };
    const kept = () =>
      run([`${share}/previous`, "--version"], { env: { PATH, XDG_CACHE_HOME: cache } });
    /** What is in place and what is kept, each once in the receipt. */
    const right = async (why: string, now: string, before: string) => {
      assert.equal(await version(installed), now, why);
      assert.equal((await kept()).stdout, `rxdx-setup ${before}\n`, why);
      const receipt = parseReceipt(await host.files.readText(`${share}/receipt`) ?? "");
      assert.equal(receipt.version, now, why);
      const programs = receipt.files.map((each) => each.path)
        .filter((path) => path.startsWith(share) || path === installed.program);
      assert.deepEqual(programs, [installed.program, `${share}/previous`], why);
    };
    /** And the rest fits. */
    const whole = async (why: string, now: string, before: string) => {
      await right(why, now, before);
      await checkReceipt(installed);
    };
    await aside("clean");
    // Between them nothing changes that a next run would see; inside of them: settle_test.ts.
    const points = ["after:keep", "after:place", "after:shell-files"];
    for (const point of points) {
      await test.step(point, async () => {
        await back("clean");
        const killed = await update(installed, ["--yes"], { RXDX_FAILPOINT: `${point}=kill` });
        assert.notEqual(killed.code, 0, point);
        const replaced = point !== "after:keep";
        assert.equal(await version(installed), replaced ? "9.0.0" : OLD);
        await aside("killed");
        const only = await update(installed, ["--check"]);
        assert.equal(only.code, replaced ? 0 : 10, only.stderr);
        const before = await host.files.readText(`${share}/receipt`);

        const again = await update(installed, ["--yes"]);
        assert.equal(again.code, 0, again.stderr);
        await whole(point, "9.0.0", OLD);
        const text = await run([installed.program, "man"], {
          env: { PATH, XDG_CACHE_HOME: cache },
        });
        assert.equal(await host.files.readText(page), text.stdout, point);
        await uninstalled(installed, point);

        await back("killed");
        assert.equal(await host.files.readText(`${share}/receipt`), before);
        const way = await update(installed, ["--rollback", "--yes"]);
        assert.equal(way.code, 0, way.stderr);
        if (replaced) await whole(point, OLD, "9.0.0");
        else await whole(point, "0.0.9", OLD);
        await uninstalled(installed, point);

        // And without any help.
        await back("killed");
        await uninstalled(installed, point);
        await back("killed");
        place.faults.set("SHA256SUMS", "missing");
        // Without its pins it asks for the newest.
        const unpinned = await host.files.readText(`${ROOT}/install.sh`) ?? "";
        const failed = await byScript(place, prefix, [], unpinned);
        place.faults.clear();
        assert.equal(failed.code, 5, failed.stderr);
        await right(point, replaced ? "9.0.0" : OLD, replaced ? OLD : "0.0.9");
        await uninstalled(installed, point);
      });
    }
  });
});

Deno.test("killed while the old one was copied: what was cut off replaces nothing, and goes", async (test) => {
  await withPlace({}, async (place) => {
    const installed = await twoRealVersions(place);
    const share = `${installed.prefix}/share/rxdx-setup`;
    const torn = async () => {
      await must(
        "sh",
        "-c",
        'head -c 100000 "$1" >"$2"',
        "-",
        installed.program,
        `${share}/previous.new`,
      );
    };
    const good = async () => {
      assert.equal(await version(installed), OLD);
      assert.equal(await host.files.readText(`${share}/previous`), program("0.0.9"));
      await checkReceipt(installed);
    };
    await test.step("by self-update", async () => {
      await torn();
      await must("mkdir", `${installed.prefix}/bin/.rxdx-setup-update`);
      const said = await update(installed, ["--yes", "--to", "8.8.8"]);
      assert.equal(said.code, 5, said.stderr);
      await good();
    });
    await test.step("by install.sh", async () => {
      await torn();
      const said = await byScript(place, installed.prefix, ["--version", "8.8.8"]);
      assert.equal(said.code, 5, said.stderr);
      await good();
    });
    await test.step("by an uninstall", async () => {
      await torn();
      await uninstalled(installed, "torn");
    });
  });
});

Deno.test({
  name: "a full disk and a read-only one: said, and the old version works",
  ignore: !IS_ROOT,
  async fn() {
    await withPlace({}, async (place) => {
      await place.publish("9.0.0");
      const prefix = `${place.scratch}/prefix`;
      await must("mkdir", prefix);
      await must("mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", prefix);
      try {
        const installed = await install(place);
        const full = await update(installed, ["--yes"]);
        assert.equal(full.code, 5, full.stderr);
        assert.match(full.stderr, /No space left/);
        assert.equal(await version(installed), OLD);
        await checkReceipt(installed);
        await must("mount", "-o", "remount,ro", prefix);
        const readOnly = await update(installed, ["--yes"]);
        assert.equal(readOnly.code, 4, readOnly.stderr);
        assert.match(readOnly.stderr, /cannot be written: is it mounted read-only\?[^]*findmnt/);
      } finally {
        await must("umount", prefix);
      }
    });
  },
});

Deno.test("not the program's own to replace: packages, strangers, other users", async (test) => {
  await withPlace({}, async (place) => {
    await place.publish("9.0.0");
    const installed = await install(place);
    const share = `${installed.prefix}/share/rxdx-setup`;
    await test.step({
      name: "a user who may not write there is told to use sudo",
      ignore: !IS_ROOT,
      fn: async () => {
        const own = await must("mktemp", "-d", "/tmp/rxdx-install-test.XXXXXX");
        await must("chown", "65534", own);
        const said = await update(installed, ["--yes"], { XDG_CACHE_HOME: own }, 65534);
        await must("rm", "-rf", own);
        assert.equal(said.code, 4, said.stderr);
        assert.match(said.stderr, /cannot be written by this user[^]*sudo .*self-update/);
      },
    });
    await test.step("a package's marker names the command", async () => {
      await host.files.writeAtomic(
        `${share}/packaged`,
        "apt-get install --only-upgrade rxdx-setup\n",
        { mode: 0o644 },
      );
      const said = await update(installed, ["--yes"]);
      assert.equal(said.code, 4);
      assert.match(
        said.stderr,
        /installed by a package manager[^]*→ apt-get install --only-upgrade rxdx-setup/,
      );
      await must("rm", `${share}/packaged`);
    });
    await test.step("a file that dpkg owns", async () => {
      await must("rm", `${share}/receipt`);
      const fake = `${place.scratch}/fake`;
      await must("mkdir", fake);
      const script = `#!/bin/sh\necho "rxdx: $2"\n`;
      await host.files.writeAtomic(`${fake}/dpkg-query`, script, { mode: 0o755 });
      const said = await update(installed, ["--yes"], { PATH: `${fake}:${PATH}` });
      assert.equal(said.code, 4);
      assert.match(said.stderr, /apt-get install --only-upgrade rxdx$/m);
    });
    await test.step("put there by hand", async () => {
      const said = await update(installed, ["--yes"]);
      assert.equal(said.code, 4);
      assert.match(said.stderr, /was not put there by install\.sh[^]*sh install\.sh/);
    });
  });
});

Deno.test("through a proxy: the script and the update, by the variable in either spelling", async () => {
  await withPlace({ https: true }, async (place) => {
    await place.publish("9.0.0");
    const installed = await install(place);
    const authority = place.authority ?? "";
    await withProxy(async (proxy, connected) => {
      const where = place.base.replace("https://", "");
      const trust = { SSL_CERT_FILE: authority };
      const up = await update(installed, ["--yes"], { ...trust, HTTPS_PROXY: proxy });
      assert.equal(up.code, 0, up.stderr);
      assert.ok(connected.length >= 4, String(connected));
      assert.deepEqual([...new Set(connected)], [where]);
      const before = connected.length;
      const script = await run(
        ["sh", "-s", "--", "--no-init", "--prefix", `${place.scratch}/other`],
        {
          stdin: place.installer(),
          env: {
            PATH,
            HOME: "/nonexistent",
            RXDX_BASE_URL: place.base,
            RXDX_RELEASE_KEY: place.key,
            CURL_CA_BUNDLE: authority,
            HTTPS_PROXY: proxy,
          },
        },
      );
      assert.equal(script.code, 0, script.stderr);
      assert.ok(connected.length > before);
      // no_proxy is heard as well.
      const again = connected.length;
      const spared = await install(place, "spared");
      const direct = await update(spared, ["--check"], {
        ...trust,
        https_proxy: proxy,
        no_proxy: "localhost",
      });
      assert.equal(direct.code, 10, direct.stderr);
      assert.equal(connected.length, again);
    });
  });
});
