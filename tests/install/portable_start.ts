/**
 * How the built file starts: from anywhere, with any environment, and what it hands to the program.
 * Registered by portable_test.ts.
 */
import assert from "node:assert/strict";
import { built, builtFixture, host, inScratch, PATH, run, tree, VERSION_LINE } from "./support.ts";

Deno.test("the real program starts with an empty environment from another directory", async () => {
  const file = await built();
  await inScratch(async (scratch) => {
    const env = { XDG_CACHE_HOME: `${scratch}/cache` };
    const asked = await run([file, "--version"], { cwd: scratch, env });
    assert.equal(asked.stderr, "");
    assert.equal(asked.stdout, VERSION_LINE);
    const help = await run([file, "--help"], { cwd: scratch, env });
    assert.equal(help.code, 0);
    assert.match(help.stdout, /rxdx-setup/);
    const wrong = await run([file, "no-such-command"], { cwd: scratch, env });
    assert.equal(wrong.code, 2);
    assert.doesNotMatch(wrong.stderr, /\.js:\d+/, "no stack trace for wrong usage");
    // Narrowed rights open nothing of /dev: an expected failure, not a bug.
    const pipe = await run(
      [file, "init", "--yes", "--answers", "/dev/stdin", "--dir", `${scratch}/stack`],
      { cwd: scratch, env, stdin: "schema: 1\n" },
    );
    assert.equal(pipe.code, 2);
    assert.match(pipe.stderr, /Cannot read \/dev\/stdin: it is no ordinary file/);
  });
});

Deno.test("arguments, input, exit code: all pass through", async () => {
  const file = await builtFixture();
  await inScratch(async (scratch) => {
    const env = { PATH, XDG_CACHE_HOME: `${scratch}/cache` };
    const words = ["", "a b", "*", "$HOME", "--allow-ffi", "é\n'\""];
    const said = await run([file, "arguments", ...words], { env });
    assert.deepEqual(JSON.parse(said.stdout), words);
    // The very first start must not eat its input either.
    const first = { PATH, XDG_CACHE_HOME: `${scratch}/first` };
    assert.equal((await run([file, "input"], { env: first, stdin: "abc" })).stdout, "ABC\n");
    assert.equal((await run([file, "input"], { env, stdin: "abc" })).stdout, "ABC\n");
    for (const code of [0, 1, 7, 130]) {
      assert.equal((await run([file, "exit", String(code)], { env })).code, code);
    }
  });
});

Deno.test("the umask is the caller's, also at the first start, which unpacks with a narrow one", async () => {
  const file = await builtFixture();
  await inScratch(async (scratch) => {
    for (const cache of ["first", "first"]) {
      const env = { PATH, XDG_CACHE_HOME: `${scratch}/${cache}` };
      const said = await run(["sh", "-c", 'umask 027; exec "$1" umask', "-", file], { env });
      assert.equal(said.stdout.trim(), "27", said.stderr);
    }
  });
});

Deno.test("a signal reaches the program: it is the very process that was started", async () => {
  const file = await builtFixture();
  await inScratch(async (scratch) => {
    const env = { PATH, XDG_CACHE_HOME: `${scratch}/cache` };
    await run([file, "--version"], { env });
    const script = `"$1" wait >"$2" & child=$!
      until grep -q ready "$2"; do sleep 0.05; done
      kill -TERM "$child"; wait "$child"; echo "$? $child"`;
    const done = await run(["sh", "-c", script, "-", file, `${scratch}/out`], { env });
    const [code, pid] = done.stdout.trim().split(" ");
    assert.equal(code, "42");
    assert.equal((await host.files.readText(`${scratch}/out`))?.trim(), `ready ${pid}`);
  });
});

Deno.test("neither the program nor its children see what the runtime was told", async () => {
  const file = await builtFixture();
  await inScratch(async (scratch) => {
    const env = {
      PATH: "/usr/bin:/bin",
      XDG_CACHE_HOME: `${scratch}/cache`,
      https_proxy: "http://p:1",
    };
    const own = await run([file, "environment"], { env });
    const { PWD: _, ...seen } = JSON.parse(own.stdout) as Record<string, string>;
    assert.deepEqual(seen, env);
    const child = await run([file, "child"], { env });
    const lines = child.stdout.trim().split("\n").filter((line) => !line.startsWith("PWD="));
    assert.deepEqual(lines.sort(), Object.entries(env).map(([k, v]) => `${k}=${v}`).sort());
  });
});

Deno.test("the operator's environment and files cannot change how the runtime works", async () => {
  const file = await builtFixture();
  await inScratch(async (scratch) => {
    const broken = { "package.json": "{", "deno.json": "{", ".npmrc": "[[", "tsconfig.json": "{" };
    for (const [name, text] of Object.entries(broken)) {
      await host.files.writeAtomic(`${scratch}/${name}`, text, { mode: 0o644 });
    }
    const env = {
      PATH,
      HOME: scratch,
      XDG_CACHE_HOME: `${scratch}/cache`,
      NODE_OPTIONS: "--no-such-option",
      NODE_CHANNEL_FD: "9",
      DENO_V8_FLAGS: "--no-such-flag",
      DENO_COMPAT: "1",
      DENO_CONDITIONS: "browser",
      DENO_COVERAGE_DIR: `${scratch}/coverage`,
      DENO_DIR: "/nonexistent",
      DENO_TLS_CA_STORE: "none-such",
      DENO_AUTO_SERVE: "1",
      NPM_CONFIG_REGISTRY: "::::",
      version: "x",
      id: "x",
      files: "x",
    };
    for (const _ of ["first", "later"]) {
      const said = await run([file, "later"], { cwd: scratch, env });
      assert.equal(said.stderr, "");
      assert.equal(said.stdout, "later\n");
    }
    assert.deepEqual(
      (await tree(scratch)).filter((path) => !path.startsWith("cache")),
      Object.keys(broken).sort(),
    );
    assert.match((await run([file, "forbidden"], { env })).stdout, /NotCapable/);
  });
});
