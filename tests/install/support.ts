/**
 * What the tests of packaging and of install.sh share: places to work in, the built files, and a way
 * to run them with an environment that is given in full.
 */
import { theHost } from "../../lib/host/real.ts";
import type { CommandResult } from "../../lib/host/types.ts";
import config from "../../deno.json" with { type: "json" };

export const host = theHost();

/** The source tree. */
export const ROOT = decodeURIComponent(new URL("../..", import.meta.url).pathname)
  .replace(/\/$/, "");

/** True where tests may become another user and mount file systems. */
export const IS_ROOT = host.system.uid === 0;

/** What `--version` prints, in the real program and in the fixture. */
export const VERSION_LINE = `rxdx-setup ${config.version}\n`;

/** `nobody`, on every distribution. */
export const NOBODY = 65534;

/** Directories of programs that every system has. */
export const PATH = "/usr/sbin:/usr/bin:/sbin:/bin";

/** Every path below the prefix after a first install. */
export const INSTALLED: readonly string[] = [
  "bin",
  "bin/rxdx-setup",
  "share",
  "share/bash-completion",
  "share/bash-completion/completions",
  "share/bash-completion/completions/rxdx-setup",
  "share/fish",
  "share/fish/vendor_completions.d",
  "share/fish/vendor_completions.d/rxdx-setup.fish",
  "share/man",
  "share/man/man1",
  "share/man/man1/rxdx-setup.1",
  "share/rxdx-setup",
  "share/rxdx-setup/.rxdx",
  "share/rxdx-setup/.rxdx/lock",
  "share/rxdx-setup/receipt",
  "share/zsh",
  "share/zsh/site-functions",
  "share/zsh/site-functions/_rxdx-setup",
];

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment; nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Runs as this user, with no groups but its own. Needs root. */
  readonly uid?: number;
  /** Two minutes, unless something else is said. */
  readonly timeoutMs?: number;
}

/** What a build may take where others build and test at the same time. */
export const BUILD_MS = 600_000;

/** Put before a program: it sees an empty /var/cache. In front of what becomes another user. */
const OWN_CACHE: readonly string[] = [
  ...["unshare", "--mount"],
  ...["sh", "-c", 'mount -t tmpfs tmpfs /var/cache && exec "$@"', "-"],
];

let ownCache: Promise<boolean> | undefined;

/** True where {@link OWN_CACHE} works: as root, but not in every container. */
function mayHaveOwnCache(): Promise<boolean> {
  ownCache ??= host.process.run([...OWN_CACHE, "true"]).then(({ code }) => code === 0);
  return ownCache;
}

/**
 * Runs a program without a terminal and with a given environment. An uninstall has a /var/cache of
 * its own: as root it clears there what every program of this version on the machine is started
 * from, and other test files start it at the same time.
 */
export async function run(
  argv: readonly string[],
  options: RunOptions = {},
): Promise<CommandResult> {
  const { uid } = options;
  const as = uid === undefined
    ? []
    : ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--"];
  const env = Object.entries(options.env ?? { PATH }).map(([name, value]) => `${name}=${value}`);
  const apart = argv.includes("--uninstall") && IS_ROOT && await mayHaveOwnCache() ? OWN_CACHE : [];
  return await host.process.run(
    ["setsid", "--wait", ...apart, ...as, "env", "-i", ...env, ...argv],
    {
      cwd: options.cwd ?? "/",
      stdin: options.stdin ?? "",
      timeoutMs: options.timeoutMs ?? 120_000,
    },
  );
}

/** Waits for what a running program brings about; fails with its words when it ends before that. */
export async function whileRunning(
  running: Promise<CommandResult>,
  what: string,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const over = running.then(({ code, stdout, stderr }) => `exit ${code}: ${stdout}${stderr}`);
  for (;;) {
    // In this order: the last thing that it did may be what is waited for.
    const said = await Promise.race([over, host.clock.sleep(20).then(() => undefined)]);
    if (await holds()) return;
    if (said !== undefined) throw new Error(`It ended before ${what}, ${said}`);
  }
}

/** Runs a program of the test itself; it must succeed. */
export async function must(...argv: string[]): Promise<string> {
  const result = await host.process.run(argv);
  if (result.code !== 0) throw new Error(`${argv.join(" ")}: ${result.stderr}`);
  return result.stdout.trim();
}

/** A directory that is removed at the end of `body`, with all that is in it. */
export async function inScratch<T>(body: (directory: string) => Promise<T>): Promise<T> {
  const directory = await must("mktemp", "-d", "/tmp/rxdx-install-test.XXXXXX");
  await must("chmod", "755", directory);
  try {
    return await body(directory);
  } finally {
    await host.process.run(["rm", "-rf", directory]);
  }
}

/** The shells that may be `sh` somewhere: how each is called, and whether it is here. */
export async function posixShells(): Promise<
  readonly { readonly title: string; readonly argv: readonly string[]; readonly there: boolean }[]
> {
  const titles = ["dash", "bash --posix", "busybox sh", "mksh", "yash -o posixly-correct"];
  return await Promise.all(titles.map(async (title) => {
    const argv = title.split(" ");
    const looked = await host.process.run(["sh", "-c", `command -v ${argv[0]}`]);
    return { title, argv, there: looked.code === 0 };
  }));
}

/** Every path below a directory, sorted, without the directory itself. */
export async function tree(directory: string): Promise<string[]> {
  const found = await must("find", directory, "-mindepth", "1", "-printf", "%P\\n");
  return found === "" ? [] : found.split("\n").sort();
}

/** Where Deno itself is, for PATH. */
export async function denoDirectory(): Promise<string> {
  const path = await host.files.readLink("/proc/self/exe") ?? "";
  return path.slice(0, path.lastIndexOf("/"));
}

/** Every program of the system but some, as links. */
export async function without(scratch: string, ...missing: string[]): Promise<string> {
  const few = `${scratch}/without-${missing.join("-")}`;
  const link =
    'mkdir "$1"; ln -s /usr/sbin/* /usr/bin/* /sbin/* /bin/* "$1/" 2>/dev/null; shift; true';
  await must("sh", "-c", link, "-", few);
  for (const each of missing) await must("rm", "-f", `${few}/${each}`);
  return few;
}

/** The environment of a build: this one, with Deno on PATH. */
export async function buildEnvironment(): Promise<Record<string, string>> {
  return { ...host.env, PATH: `${await denoDirectory()}:${host.env["PATH"] ?? PATH}` };
}

let real: Promise<string> | undefined;

/** `dist/rxdx-setup`, built from these sources if it is not already; readable by all. */
export function built(): Promise<string> {
  real ??= inScratch(async (scratch) => {
    const result = await run(
      ["sh", `${ROOT}/install.sh`, "--no-init", "--prefix", `${scratch}/prefix`],
      {
        cwd: ROOT,
        env: { ...await buildEnvironment(), XDG_CACHE_HOME: `${scratch}/cache` },
        timeoutMs: BUILD_MS,
      },
    );
    if (result.code !== 0) throw new Error(result.stderr);
    return `${ROOT}/dist/rxdx-setup`;
  });
  return real;
}

let fixture: Promise<string> | undefined;

/** The fixture in the portable form; removed by {@link removeFixture}. */
export function builtFixture(): Promise<string> {
  fixture ??= (async () => {
    const directory = await must("mktemp", "-d", "/tmp/rxdx-install-fixture.XXXXXX");
    await must("chmod", "755", directory);
    const result = await run([
      "deno",
      "run",
      "--allow-all",
      `${ROOT}/lib/packaging/build.ts`,
      "--form=portable",
      `--entry=${ROOT}/tests/install/fixture/main.ts`,
      `--output=${directory}/rxdx-setup`,
    ], { cwd: ROOT, env: await buildEnvironment(), timeoutMs: BUILD_MS });
    if (result.code !== 0) throw new Error(result.stderr);
    return `${directory}/rxdx-setup`;
  })();
  return fixture;
}

/** Removes what {@link builtFixture} made. */
export async function removeFixture(): Promise<void> {
  if (fixture === undefined) return;
  const path = await fixture.catch(() => undefined);
  fixture = undefined;
  if (path !== undefined) await must("rm", "-rf", path.slice(0, path.lastIndexOf("/")));
}

/** The name of a portable file's cache directory. */
export async function idOf(file: string): Promise<string> {
  return (await must(
    "sh",
    "-c",
    `head -n 40 "$1" | grep -a -m1 "^id=" | cut -d"'" -f2`,
    "-",
    file,
  ));
}

/** A copy of a portable file that has another identity of the same length, as a new version has. */
export async function otherVersion(file: string, to: string, digits: string): Promise<string> {
  const id = await idOf(file);
  const other = `${id.slice(0, id.lastIndexOf("-"))}-${digits.repeat(12).slice(0, 12)}`;
  await must(
    "sh",
    "-c",
    `LC_ALL=C sed "s/^id='$2'$/id='$3'/" "$1" >"$4"`,
    "-",
    file,
    id,
    other,
    to,
  );
  await must("chmod", "755", to);
  return other;
}
