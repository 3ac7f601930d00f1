/**
 * Completions and the manual page, which an install brings along: written by install.sh, found by real
 * shells and by man, kept up by `self-update`, and never a reason for either to fail.
 */
import assert from "node:assert/strict";
import { SHELL_FILES } from "../../lib/release/shell_files.ts";
import { withPlace } from "./releases.ts";
import {
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
} from "./support.ts";

const SCRIPT = `${ROOT}/install.sh`;
const MAN = "share/man/man1/rxdx-setup.1";
const BASH = "share/bash-completion/completions/rxdx-setup";

interface World {
  readonly prefix: string;
  install(...args: string[]): ReturnType<typeof run>;
  self(...args: string[]): ReturnType<typeof run>;
  failing(point: string, ...args: string[]): ReturnType<typeof run>;
  text(path: string): Promise<string | undefined>;
}

/** The checkout door, into a prefix of its own. */
async function inWorld(
  body: (world: World) => Promise<void>,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  await built();
  await inScratch(async (scratch) => {
    const prefix = `${scratch}/home/.local`;
    await must("mkdir", "-p", prefix, `${scratch}/cache`);
    const env = {
      ...await buildEnvironment(),
      HOME: `${scratch}/home`,
      XDG_CACHE_HOME: `${scratch}/cache`,
      NO_COLOR: "1",
    };
    // The mirror is told to the program alone: a checkout that is given one downloads.
    const own = { ...env, ...more };
    await body({
      prefix,
      install: (...args) => run(["sh", SCRIPT, "--prefix", prefix, ...args], { env }),
      self: (...args) => run([`${prefix}/bin/rxdx-setup`, ...args], { env: own }),
      failing: (point, ...args) =>
        run([`${prefix}/bin/rxdx-setup`, ...args], { env: { ...own, RXDX_FAILPOINT: point } }),
      text: (path) => host.files.readText(`${prefix}/${path}`),
    });
  });
}

Deno.test("each shell and man find what was installed, where they look by themselves", async (test) => {
  await inWorld(async ({ prefix, install, self, text }) => {
    assert.equal((await install("--no-init")).code, 0);
    for (const { path, argv } of SHELL_FILES) {
      const said = await self(...argv);
      assert.equal(await text(path), said.stdout, path);
      assert.equal((await host.files.stat(`${prefix}/${path}`))?.mode, 0o644);
    }
    const home = prefix.replace(/\/\.local$/, "");
    const asks: Record<string, [string[], string]> = {
      // What bash-completion does when Tab is pressed for a command that it does not know yet.
      bash: [
        [
          "bash",
          "--noprofile",
          "--norc",
          "-c",
          '. "${XDG_DATA_HOME:-$HOME/.local/share}/bash-completion/completions/rxdx-setup"; complete -p rxdx-setup',
        ],
        "rxdx-setup",
      ],
      zsh: [
        [
          "zsh",
          "-fc",
          'fpath=("$HOME/.local/share/zsh/site-functions" $fpath); autoload -Uz compinit; compinit -D; print $_comps[rxdx-setup]',
        ],
        "_rxdx-setup",
      ],
      fish: [["fish", "--private", "-c", 'complete -C "rxdx-setup stat"'], "status"],
      man: [["man", "-w", "rxdx-setup"], `${prefix}/${MAN}`],
    };
    for (const [name, [argv, expected]] of Object.entries(asks)) {
      const there = (await host.process.run(["sh", "-c", `command -v ${name}`])).code === 0;
      await test.step({
        name,
        ignore: !there,
        fn: async () => {
          const said = await run(argv, { env: { PATH: `${prefix}/bin:${PATH}`, HOME: home } });
          assert.ok(said.stdout.includes(expected), `${name}: ${said.stdout}${said.stderr}`);
        },
      });
    }
    assert.equal((await install("--uninstall")).code, 0);
    assert.deepEqual(await tree(prefix), []);
  });
});

Deno.test({
  name: "fish finds what was installed for everybody by the way that the guide tells",
  ignore: !IS_ROOT || await host.files.stat("/usr/bin/fish") === undefined ||
    await host.files.stat("/etc/fish/completions") === undefined,
  async fn() {
    const guide = await host.files.readText(`${ROOT}/docs/guide/shell.md`) ?? "";
    const remedy = /`(ln -s [^`]+)`/.exec(guide)?.[1] ?? "";
    await inWorld(async ({ prefix, install }) => {
      assert.equal((await install("--no-init")).code, 0);
      // This machine's own /usr/local and /etc stay out of it.
      const script =
        `mount --bind "$1" /usr/local && mount -t tmpfs tmpfs /etc/fish/completions || exit 9
export HOME=/nonexistent
complete() { fish --private -c 'complete -C "rxdx-setup stat"' 2>/dev/null; }
echo "unset: $(complete)"
echo "desktop: $(XDG_DATA_DIRS=/usr/local/share:/usr/share complete)"
${remedy}
echo "linked: $(complete)"
`;
      const said = await run(["unshare", "-m", "sh", "-c", script, "-", prefix], {
        env: { PATH: `/usr/local/bin:${PATH}` },
      });
      assert.equal(said.code, 0, said.stderr);
      assert.match(said.stdout, /^desktop: status\t/m, said.stderr);
      assert.match(said.stdout, /^linked: status\t/m, said.stderr);
      // Where fish is built to look by itself; were it to find them, the guide could say less.
      if (/ 3\.6\./.test(await must("fish", "--version"))) assert.match(said.stdout, /^unset: $/m);
    });
  },
});

Deno.test("what is missing comes back, what is somebody else's stays, and nothing of it is fatal", async (test) => {
  await inWorld(async ({ prefix, install, text }) => {
    const mine = ".TH mine 1\n";
    await must("mkdir", "-p", `${prefix}/share/man/man1`);
    await host.files.writeAtomic(`${prefix}/${MAN}`, mine, { mode: 0o644 });
    // A place where no directory can be made.
    await host.files.writeAtomic(`${prefix}/share/fish`, "", { mode: 0o644 });
    await test.step("a page of one's own, and a place that cannot be written", async () => {
      const said = await install("--no-init");
      assert.equal(said.code, 0, said.stderr);
      assert.match(said.stderr, /rxdx-setup\.1 is not from here, or was changed; it is left/);
      assert.match(said.stderr, /works without: \S*rxdx-setup\.fish$/m);
      assert.equal(await text(MAN), mine);
    });
    await test.step("again: only what can be mended is", async () => {
      await must("rm", `${prefix}/${BASH}`, `${prefix}/share/fish`);
      const said = await install("--no-init");
      assert.equal(said.code, 0, said.stderr);
      assert.ok(await text(BASH));
      assert.ok(await text("share/fish/vendor_completions.d/rxdx-setup.fish"));
      assert.equal(await text(MAN), mine);
      const receipt = await text("share/rxdx-setup/receipt") ?? "";
      assert.doesNotMatch(receipt, /rxdx-setup\.1$/m);
      assert.equal((receipt.match(/^file /gm) ?? []).length, 4, receipt);
    });
    await test.step("one that was changed is left by an uninstall, which says so", async () => {
      await must("sh", "-c", 'echo "# mine" >>"$1"', "-", `${prefix}/${BASH}`);
      const said = await install("--uninstall");
      assert.equal(said.code, 0, said.stderr);
      assert.match(
        said.stderr,
        /completions\/rxdx-setup was changed since it was installed; it is left/,
      );
      const completions = [BASH.slice(0, 21), BASH.slice(0, 33), BASH];
      const page = ["share/man", "share/man/man1", MAN];
      assert.deepEqual(await tree(prefix), ["share", ...completions, ...page]);
      assert.equal(await text(MAN), mine);
    });
  });
});

Deno.test("an update writes them anew, and so does the way back; one that was changed stays", async (test) => {
  await withPlace({}, async (place) => {
    const mirror = { RXDX_BASE_URL: place.base, RXDX_RELEASE_KEY: place.key };
    await inWorld(async ({ prefix, install, self, failing, text }) => {
      assert.equal((await install("--no-init")).code, 0);
      const [page, fish] = [await text(MAN), "share/fish/vendor_completions.d/rxdx-setup.fish"];
      // The new version is the old one, but for its number and its page.
      const next = `${place.scratch}/next`;
      const script = `#!/bin/sh
case $1 in
  --version) echo "rxdx-setup 9.0.0" ;;
  man) echo "page of 9" ;;
  completions) [ "$2" != zsh ] || exit 1; echo "$2 of 9" ;;
  *) exec "${prefix}/share/rxdx-setup/previous" "$@" ;;
esac
`;
      await host.files.writeAtomic(next, script, { mode: 0o755 });
      await place.publish("9.0.0", { file: next });
      await must("sh", "-c", 'echo "# mine" >>"$1"', "-", `${prefix}/${fish}`);
      const mine = await text(fish);
      const sums = async () => {
        const receipt = await text("share/rxdx-setup/receipt") ?? "";
        for (const path of [MAN, BASH]) {
          const [sum] = (await must("sha256sum", `${prefix}/${path}`)).split(" ");
          assert.deepEqual(
            receipt.match(new RegExp(`^file \\S+ .*/${RegExp.escape(path)}$`, "gm")),
            [`file ${sum} ${prefix}/${path}`],
          );
        }
      };
      await test.step("forth", async () => {
        const up = await self("self-update", "--yes");
        assert.equal(up.code, 0, up.stderr);
        assert.deepEqual([await text(MAN), await text(BASH)], ["page of 9\n", "bash of 9\n"]);
        assert.equal(await text(fish), mine);
        assert.match(up.stderr, /_rxdx-setup could not be written anew; the program works without/);
        await sums();
      });
      await test.step("back", async () => {
        await must("cp", `${prefix}/share/rxdx-setup/previous`, `${place.scratch}/old`);
        const back = await run([`${place.scratch}/old`, "self-update", "--rollback", "--yes"]);
        assert.equal(back.code, 4, "a copy elsewhere is not the one that was installed");
        const again = await install("--no-init");
        assert.equal(again.code, 0, again.stderr);
        assert.equal(await text(MAN), page);
        await sums();
        const forth = await self("self-update", "--rollback", "--yes");
        assert.equal(forth.code, 0, forth.stderr);
        assert.equal(await text(MAN), "page of 9\n");
        await sums();
      });
      await test.step("a failure in the end puts the old ones back", async () => {
        assert.equal((await install("--no-init")).code, 0);
        assert.equal(await text(MAN), page);
        const said = await failing("after:shell-files=throw", "self-update", "--yes");
        assert.match(said.stderr, /failpoint/);
        assert.notEqual(said.code, 0);
        assert.equal(await text(MAN), page, said.stderr);
        await sums();
      });
      await test.step("what an operator has removed is not put there by an update", async () => {
        await must("rm", `${prefix}/${BASH}`);
        const up = await self("self-update", "--yes");
        assert.equal(up.code, 0, up.stderr);
        assert.equal(await text(BASH), undefined);
      });
    }, mirror);
  });
});
