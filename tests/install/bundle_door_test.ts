/**
 * The third door of install.sh: the program out of a bundle, on a machine that has nothing but that file
 * and the script. Bundles here have a small program and no images; tests/e2e/bundle_test.ts has whole ones.
 */
import assert from "node:assert/strict";
import { bundleComment, renderBundleSums } from "../../lib/bundle/sums.ts";
import { keysFrom } from "../../lib/operations/self_update/installed.ts";
import { trustedComment } from "../../lib/release/files.ts";
import { parseSecretKey, publicKeyOf, sign } from "../../lib/release/signing.ts";
import { dockerArch } from "../../lib/bundle/manifest.ts";
import { newKey, program } from "./releases.ts";
import {
  built,
  host,
  inScratch,
  INSTALLED,
  IS_ROOT,
  must,
  NOBODY,
  PATH,
  ROOT,
  run,
  tree,
  without,
} from "./support.ts";

const encoder = new TextEncoder();
/** A public key that signs nothing here. */
const OTHER = "RWRUyDepgUKuKFdWHkrJiJAMiofM0XuBwFyUG3qWHdUnKBo4RiPux8qn";
const ARCH = dockerArch(host.system.arch);

interface Recipe {
  /** The program's text. */
  readonly program?: string;
  /** A file with it, instead. */
  readonly file?: string;
  /** What is in the archive in its place, once the checksums are made. */
  readonly swapped?: string;
  readonly arch?: string;
  readonly comment?: string;
  readonly signed?: boolean;
  readonly sums?: boolean;
  /** The program is not in what is signed. */
  readonly unlisted?: boolean;
  /** A second member of the program's name. */
  readonly twice?: boolean;
}

/** Writes a bundle in the order in which `bundle create` does. */
async function make(scratch: string, name: string, secret: string, recipe: Recipe = {}) {
  const stage = await must("mktemp", "-d", `${scratch}/stage.XXXXXX`);
  const put = (member: string, text: string) =>
    host.files.writeAtomic(`${stage}/${member}`, text, { mode: 0o644 });
  if (recipe.file === undefined) await put("rxdx-setup", recipe.program ?? program("1.0.0"));
  else await must("cp", recipe.file, `${stage}/rxdx-setup`);
  await put("bundle.json", "{}\n");
  const sums = new Map<string, string>();
  for (const member of ["rxdx-setup", "bundle.json"]) {
    sums.set(member, (await must("sha256sum", `${stage}/${member}`)).split(" ")[0] ?? "");
  }
  if (recipe.unlisted === true) sums.delete("rxdx-setup");
  const text = renderBundleSums(sums);
  const comment = recipe.comment ??
    bundleComment({ version: "1.4.0", arch: recipe.arch ?? ARCH, created: "2026-03-14T10:00:00Z" });
  await put("SHA256SUMS", text);
  await put(
    "SHA256SUMS.minisig",
    await sign(parseSecretKey(secret), encoder.encode(text), comment),
  );
  if (recipe.swapped !== undefined) await put("rxdx-setup", recipe.swapped);
  const members = [
    "rxdx-setup",
    "bundle.json",
    ...(recipe.twice === true ? ["rxdx-setup"] : []),
    ...(recipe.sums === false ? [] : ["SHA256SUMS"]),
    ...(recipe.signed === false ? [] : ["SHA256SUMS.minisig"]),
  ];
  const file = `${scratch}/${name}`;
  await must("tar", "-cf", file, "--format=ustar", "--hard-dereference", "-C", stage, ...members);
  await must("rm", "-rf", stage);
  return file;
}

interface World {
  readonly scratch: string;
  readonly secret: string;
  readonly prefix: string;
  install(
    args: readonly string[],
    options?: { env?: Record<string, string>; uid?: number; cwd?: string; prefix?: string },
  ): ReturnType<typeof run>;
}

async function inWorld(body: (world: World) => Promise<void>): Promise<void> {
  await inScratch(async (scratch) => {
    const secret = await newKey();
    const open = publicKeyOf(parseSecretKey(secret));
    await host.files.writeAtomic(
      `${scratch}/bundle.pub`,
      `untrusted comment: of the makers\n${open}\n`,
      { mode: 0o644 },
    );
    // Nothing may be downloaded: what could do it leaves a mark.
    await must("mkdir", `${scratch}/bin`);
    for (const name of ["curl", "wget", "npm", "deno"]) {
      const mark = `#!/bin/sh\necho ${name} >>${scratch}/asked\nexit 1\n`;
      await host.files.writeAtomic(`${scratch}/bin/${name}`, mark, { mode: 0o755 });
    }
    const prefix = `${scratch}/prefix`;
    await body({
      scratch,
      secret,
      prefix,
      install: (args, options = {}) =>
        run(["sh", `${ROOT}/install.sh`, "--prefix", options.prefix ?? prefix, ...args], {
          env: {
            PATH: `${scratch}/bin:${PATH}`,
            HOME: scratch,
            RXDX_DIR: `${scratch}/stack`,
            ...options.env,
          },
          ...(options.uid === undefined ? {} : { uid: options.uid }),
          ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        }),
    });
    assert.equal(await host.files.stat(`${scratch}/asked`), undefined, "something was downloaded");
  });
}

Deno.test("the program out of the bundle, and the bundle handed on to it", async (test) => {
  await inWorld(async ({ scratch, secret, prefix, install }) => {
    const file = await make(scratch, "it's: a bundle.tar", secret);
    const key = ["--key", "bundle.pub"];
    const handed = `<init><--yes><--bundle><${file}><--key><${scratch}/bundle.pub>`;
    await test.step("with a key in a file, both named from where one stands", async () => {
      const said = await install(["--yes", "--bundle", "it's: a bundle.tar", ...key], {
        cwd: scratch,
      });
      assert.deepEqual([said.code, said.stdout], [0, handed], said.stderr);
      assert.deepEqual(await tree(prefix), INSTALLED);
      const receipt = await host.files.readText(`${prefix}/share/rxdx-setup/receipt`) ?? "";
      assert.match(receipt, /^version 1\.0\.0\ndoor bundle\nfile /m);
      assert.doesNotMatch(receipt, /^(key|source) /m, "who makes bundles does not make releases");
    });
    await test.step("again does nothing to the program", async () => {
      const state = () => must("stat", "-c", "%i %Y", `${prefix}/bin/rxdx-setup`);
      const before = await state();
      const said = await install(["--yes", `--bundle=${file}`, `--key=${scratch}/bundle.pub`]);
      assert.deepEqual([said.code, said.stdout], [0, handed], said.stderr);
      assert.doesNotMatch(said.stderr, /Installed/);
      assert.equal(await state(), before);
    });
    const receipt = `${prefix}/share/rxdx-setup/receipt`;
    const origin = `source https://mirror.example.com/rxdx\nkey ${OTHER}\n`;
    await test.step("a newer one keeps the one before, an older one warns", async () => {
      // As the download door has left it.
      const text = await host.files.readText(receipt) ?? "";
      await host.files.writeAtomic(receipt, text.replace("file ", `${origin}file `), {
        mode: 0o644,
      });
      const newer = await make(scratch, "newer.tar", secret, { program: program("1.1.0") });
      const up = await install(["--no-init", "--bundle", newer, ...key], { cwd: scratch });
      assert.equal(up.code, 0, up.stderr);
      assert.match(up.stderr, /Next: \S+ init --bundle \S+ --key \S+bundle\.pub$/m);
      assert.equal(await must(`${prefix}/bin/rxdx-setup`, "--version"), "rxdx-setup 1.1.0");
      const previous = `${prefix}/share/rxdx-setup/previous`;
      assert.equal(await must(previous, "--version"), "rxdx-setup 1.0.0");
      const down = await install(["--yes", "--bundle", file, ...key], { cwd: scratch });
      assert.match(down.stderr, /Downgrade: 1\.1\.0 is installed, and 1\.0\.0 is older/);
      const kept = await host.files.readText(receipt) ?? "";
      assert.ok(kept.includes(`door bundle\n${origin}file `), kept);
    });
    await test.step("without a wizard, the next command can be pasted", async () => {
      const said = async (...more: string[]) => {
        const { stdout, stderr } = await install(["--bundle", file, ...key, ...more], {
          cwd: scratch,
        });
        assert.equal(stdout, "", "nothing is begun");
        const [, next = ""] = /Next: (.*)$/m.exec(stderr) ?? [];
        return (await run(["sh", "-c", next], { cwd: scratch })).stdout;
      };
      const rest = `<--bundle><${file}><--key><${scratch}/bundle.pub>`;
      assert.equal(await said("--no-init"), `<init>${rest}`);
      await must("mkdir", "-p", `${scratch}/stack/.rxdx`);
      await must("touch", `${scratch}/stack/rxdx.yml`);
      assert.equal(await said("--no-init"), `<init>${rest}`, "its init did not come to its end");
      await must("touch", `${scratch}/stack/.rxdx/receipt.json`);
      assert.equal(await said("--no-init"), `<upgrade>${rest}`, "there is a stack");
      assert.equal(await said("--yes"), `<upgrade>${rest}`, "it is not upgraded unasked");
      await must("rm", "-r", `${scratch}/stack`);
    });
    await test.step("script and program agree what a key is", async () => {
      const [, text = ""] = (await host.files.readText(`${scratch}/bundle.pub`) ?? "").split("\n");
      const forms: [string, number][] = [
        [`${OTHER} ${text}`, 0],
        [`untrusted comment: of the makers\r\n${text}\r\n`, 0],
        [`# old\n${OTHER}\n# new\n  ${text}  # by hand\n`, 0],
        [`${text}\n${OTHER.slice(1)}\n`, 0],
        [`${text}\n${OTHER.slice(0, -1)}\n`, 2],
        ["# nothing\n", 2],
      ];
      const keyFile = `${scratch}/form.pub`;
      for (const [form, code] of forms) {
        await host.files.writeAtomic(keyFile, form, { mode: 0o644 });
        for (const given of [keyFile, form]) {
          const said = await install(["--no-init", "--bundle", file, "--key", given]);
          assert.equal(said.code, code, `${form}: ${said.stderr}`);
          const keys: readonly string[] = await keysFrom(host, given).catch(() => []);
          assert.equal(keys.includes(text), code === 0, form);
        }
      }
    });
    await test.step("the key by its text, or by the variable of a mirror", async () => {
      const text = (await host.files.readText(`${scratch}/bundle.pub`) ?? "").split("\n")[1] ?? "";
      for (
        const [args, env] of [
          [["--key", text], {}],
          [[], { RXDX_RELEASE_KEY: `${scratch}/bundle.pub` }],
        ] as const
      ) {
        const to = `${scratch}/by-${args.length}`;
        const said = await install(["--no-init", "--bundle", file, ...args], { env, prefix: to });
        assert.equal(said.code, 0, said.stderr);
      }
    });
    await test.step({
      name: "by a user, into the home; the script through a pipe",
      ignore: !IS_ROOT,
      fn: async () => {
        const home = `${scratch}/home`;
        await must("install", "-d", "-o", String(NOBODY), home);
        const said = await run(
          ["sh", "-s", "--", "--yes", "--bundle", file, "--key", `${scratch}/bundle.pub`],
          {
            stdin: await host.files.readText(`${ROOT}/install.sh`) ?? "",
            env: { PATH: `${scratch}/bin:${PATH}`, HOME: home },
            uid: NOBODY,
          },
        );
        assert.deepEqual([said.code, said.stdout], [0, handed], said.stderr);
        assert.deepEqual(await tree(`${home}/.local`), INSTALLED);
      },
    });
  });
});

Deno.test("whatever does not prove whose it is, is refused, and nothing of it is run", async (test) => {
  await inWorld(async ({ scratch, secret, prefix, install }) => {
    const ran = `${scratch}/ran`;
    const evil = `#!/bin/sh\ntouch ${ran}\necho rxdx-setup 1.0.0\n`;
    const pub = `${scratch}/bundle.pub`;
    const bundle = (name: string, recipe: Recipe) =>
      make(scratch, `${name}.tar`, secret, { program: evil, ...recipe });
    const good = await bundle("good", {});
    const [, size = "0"] = /(\d+)/.exec(await must("stat", "-c", "%s", good)) ?? [];
    const cut = `${scratch}/cut.tar`;
    await must("sh", "-c", 'head -c "$1" "$2" >"$3"', "-", String(Number(size) / 4), good, cut);
    const cases: [string, string, string[], number, RegExp][] = [
      ["another key", good, ["--key", OTHER], 5, /signature .* not valid[^]*this bundle/],
      ["no key", good, [], 4, /Whose bundle this must be is not known[^]*--key FILE/],
      ["a key that is none", good, ["--key", "/etc/passwd"], 2, /--key is neither a minisign/],
      [
        "not signed",
        await bundle("unsigned", { signed: false }),
        ["--key", pub],
        5,
        /Nobody has signed[^]*Without a signature/,
      ],
      [
        "no checksums",
        await bundle("bare", { sums: false }),
        ["--key", pub],
        5,
        /not a whole bundle/,
      ],
      ["cut off", cut, ["--key", pub], 5, /not a whole bundle/],
      ["something else", "/etc/passwd", ["--key", pub], 5, /not a whole bundle/],
      [
        "another program",
        await bundle("swapped", { swapped: `${evil}# changed\n` }),
        ["--key", pub],
        5,
        /does not match its checksum/,
      ],
      [
        "a second program",
        await bundle("twice", { twice: true }),
        ["--key", pub],
        5,
        /does not match its checksum/,
      ],
      [
        "a release, signed by the same key",
        await bundle("release", { comment: trustedComment("1.0.0") }),
        ["--key", pub],
        5,
        /not a bundle of rxdx-setup/,
      ],
      [
        "for other machines",
        await bundle("arch", { arch: ARCH === "amd64" ? "arm64" : "amd64" }),
        ["--key", pub],
        4,
        /machines of another kind/,
      ],
      ["no such file", `${scratch}/none.tar`, ["--key", pub], 2, /There is no file .*none\.tar/],
      ["a directory", scratch, ["--key", pub], 2, /There is no file/],
      ["with a version", good, ["--version", "1.0.0"], 2, /a bundle has its own program/],
      ["with a demo", good, ["--demo"], 2, /--demo builds its images here/],
    ];
    for (const [name, file, args, code, expected] of cases) {
      await test.step(name, async () => {
        const said = await install(["--yes", "--bundle", file, ...args]);
        assert.equal(said.code, code, said.stderr);
        assert.match(said.stderr, expected);
        assert.equal(said.stdout, "");
        assert.equal(await host.files.stat(ran), undefined, "it was run");
        assert.equal(await host.files.stat(prefix), undefined);
      });
    }
    await test.step("a program that was not signed with it, where a checksum cannot be computed", async () => {
      const unlisted = await bundle("unlisted", { unlisted: true });
      const fails = `${scratch}/fails`;
      await must("mkdir", fails);
      // The first one asks whether it is there at all; the second is over the program.
      const second = `#!/bin/sh
echo x >>${fails}/count
[ "$(/usr/bin/wc -l <${fails}/count)" -ne 2 ] || exit 1
exec /usr/bin/sha256sum "$@"
`;
      await host.files.writeAtomic(`${fails}/sha256sum`, second, { mode: 0o755 });
      for (const path of [`${fails}:${PATH}`, PATH]) {
        const said = await install(["--yes", "--bundle", unlisted, "--key", pub], {
          env: { PATH: path },
        });
        assert.equal(said.code, 5, said.stderr);
        assert.match(said.stderr, /unlisted\.tar does not list rxdx-setup/);
        assert.equal(await host.files.stat(ran), undefined, "it was run");
        assert.equal(await host.files.stat(prefix), undefined);
      }
    });
    await test.step("no sha256sum", async () => {
      const few = await without(scratch, "sha256sum");
      const said = await install(["--yes", "--bundle", good, "--key", pub], { env: { PATH: few } });
      assert.equal(said.code, 4, said.stderr);
      assert.match(said.stderr, /sha256sum is missing/);
      assert.equal(await host.files.stat(prefix), undefined);
    });
    await test.step({
      name: "a small disk: not filled by what is not verified yet, and full said as such",
      ignore: !IS_ROOT,
      fn: async () => {
        const endless = `${scratch}/endless`;
        const small = `${scratch}/small`;
        await must("mkdir", endless, small);
        await must("tar", "-xf", good, "-C", endless);
        await must("truncate", "-s", "32M", `${endless}/SHA256SUMS`);
        await must(
          "tar",
          "-cf",
          `${endless}.tar`,
          "-C",
          endless,
          "SHA256SUMS",
          "SHA256SUMS.minisig",
        );
        await must("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", small);
        try {
          const args = ["--yes", "--bundle", `${endless}.tar`, "--key", pub];
          const said = await install(args, { prefix: small });
          assert.equal(said.code, 5, said.stderr);
          assert.match(said.stderr, /signature .* not valid/);
          const large = await bundle("large", { program: `${evil}#${"-".repeat(9 * 2 ** 20)}\n` });
          const full = await install(["--yes", "--bundle", large, "--key", pub], { prefix: small });
          assert.equal(full.code, 5, full.stderr);
          assert.match(full.stderr, /Cannot write to[^]*Is the disk full/, "not a damaged bundle");
          assert.deepEqual(await tree(small), []);
        } finally {
          await must("umount", small);
        }
      },
    });
    await test.step("a key without a bundle", async () => {
      const said = await install(["--yes", "--key", pub]);
      assert.equal(said.code, 2);
      assert.match(said.stderr, /--key says whose a bundle must be/);
    });
    await test.step("no tool that could tell", async () => {
      const few = await without(scratch, "minisign", "openssl");
      const said = await install(["--yes", "--bundle", good, "--key", pub], { env: { PATH: few } });
      assert.equal(said.code, 4, said.stderr);
      assert.match(said.stderr, /can check the signature of this bundle[^]*Bring .* along/);
      assert.equal(await host.files.stat(ran), undefined);
      assert.equal(await host.files.stat(prefix), undefined);
    });
  });
});

Deno.test("without any tool, the program that is installed verifies; one that was changed does not", async () => {
  await inWorld(async ({ scratch, secret, prefix, install }) => {
    const real = await make(scratch, "real.tar", secret, { file: await built() });
    const next = await make(scratch, "next.tar", secret, { program: program("9.0.0") });
    const key = ["--key", `${scratch}/bundle.pub`];
    const env = { XDG_CACHE_HOME: `${scratch}/cache` };
    await must("mkdir", `${scratch}/cache`);
    const first = await install(["--no-init", "--bundle", real, ...key], { env });
    assert.equal(first.code, 0, first.stderr);
    const few = { ...env, PATH: await without(scratch, "minisign", "openssl") };
    const wrong = await install(["--no-init", "--bundle", next, "--key", OTHER], { env: few });
    assert.equal(wrong.code, 5, wrong.stderr);
    assert.match(wrong.stderr, /signature of SHA256SUMS is not valid/);
    const program9 = await install(["--no-init", "--bundle", next, ...key], { env: few });
    assert.equal(program9.code, 0, program9.stderr);
    // The small program says no to every signature; and this one is not what was installed.
    await host.files.writeAtomic(`${prefix}/bin/rxdx-setup`, "#!/bin/sh\nexit 0\n", {
      mode: 0o755,
    });
    const changed = await install(["--no-init", "--bundle", real, ...key], { env: few });
    assert.equal(changed.code, 4, changed.stderr);
    assert.match(changed.stderr, /can check the signature/);
  });
});
