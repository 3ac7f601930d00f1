/**
 * `deno task build`: makes `dist/rxdx-setup`, one executable file. Compiled where Deno's compile
 * runtime can be had, else the portable form (docs/adr); both from the same bundle, and neither is
 * kept unless it runs. An entry of its own, as main.ts is.
 *
 * Options: `--entry FILE` (main.ts), `--output FILE` (dist/rxdx-setup), `--form portable|compiled`.
 */
import { parseArgs } from "node:util";
import { EXIT, SetupError } from "../errors.ts";
import { theHost } from "../host/real.ts";
import type { CommandResult, Host } from "../host/types.ts";
import config from "../../deno.json" with { type: "json" };
import boot from "./boot.js" with { type: "text" };
import stub from "./stub.sh" with { type: "text" };
import { startupChunks, staticNodeImports, withLazyRequire } from "./bundle.ts";
import { compile, findDenort } from "./compile.ts";
import { ARCHIVE_TIME, COMPLETE, type PayloadFile, portableId, renderStub } from "./portable.ts";
import { type Arch, archFrom, DENO_VERSION, denoVersionFrom } from "./runtime.ts";
import { SMOKE_ARGUMENTS, smokeFault } from "./smoke.ts";

/** What the build works with; all paths absolute. */
interface Build {
  readonly host: Host;
  readonly deno: string;
  readonly arch: Arch;
  /** The source tree. */
  readonly root: string;
  /** A directory of this build alone, beside the output, removed at the end. */
  readonly stage: string;
}

function failure(message: string, hint?: string): SetupError {
  return new SetupError({
    code: "build_failed",
    message,
    exit: EXIT.apply,
    ...(hint === undefined ? {} : { hint }),
  });
}

async function must(
  host: Host,
  argv: readonly string[],
  options: Parameters<Host["process"]["run"]>[1] = {},
): Promise<CommandResult> {
  const result = await host.process.run(argv, options);
  if (result.code === 0) return result;
  const tail = result.stderr.trim().split("\n").slice(-12).join("\n");
  throw failure(`\`${argv.slice(0, 2).join(" ")}\` ended with ${result.code}:\n${tail}`);
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

async function read(host: Host, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await host.files.readBytes(path);
  if (bytes === undefined) throw failure(`${path} is missing`);
  return new Uint8Array(bytes);
}

/** Bundles `entry` into chunks, one per lazily loaded module, and returns them by name. */
async function bundle(build: Build, entry: string): Promise<Map<string, string>> {
  const { host, deno, root, stage } = build;
  const frozen = await host.files.stat(`${root}/deno.lock`) !== undefined ? ["--frozen"] : [];
  const out = `${stage}/bundle`;
  await must(host, [
    deno,
    "bundle",
    "--quiet",
    "--config",
    `${root}/deno.json`,
    ...frozen,
    "--minify",
    "--keep-names",
    "--code-splitting",
    "--outdir",
    out,
    entry,
  ], { cwd: root });
  const files = new Map<string, string>();
  for (const name of await host.files.list(out)) {
    if (name.endsWith(".map")) continue;
    const code = withLazyRequire(new TextDecoder().decode(await read(host, `${out}/${name}`)));
    await host.files.writeAtomic(`${out}/${name}`, code, { mode: 0o600 });
    files.set(name, code);
  }
  const first = entry.slice(entry.lastIndexOf("/") + 1).replace(/\.[jt]s$/, ".js");
  const main = files.get(first);
  if (main === undefined) throw failure(`the bundle of ${entry} has no ${first}`);
  if (first !== "main.js") {
    files.delete(first);
    files.set("main.js", main);
  }
  return files;
}

/** Writes what the archive contains, with final modes, and says what it is. */
async function writePayload(
  build: Build,
  directory: string,
  files: ReadonlyMap<string, string>,
): Promise<PayloadFile[]> {
  const { host } = build;
  await host.files.mkdir(directory, 0o700);
  await must(host, ["cp", "--", build.deno, `${directory}/deno`]);
  await must(host, ["chmod", "700", `${directory}/deno`]);
  const deno = await read(host, `${directory}/deno`);
  const listed: PayloadFile[] = [
    { name: "deno", sha256: await sha256(deno), size: deno.length },
  ];
  for (const [name, code] of [...files].sort(([a], [b]) => a < b ? -1 : 1)) {
    const bytes = new TextEncoder().encode(name === "main.js" ? boot + code : code);
    await host.files.writeAtomic(`${directory}/${name}`, bytes, { mode: 0o600 });
    listed.push({ name, sha256: await sha256(bytes), size: bytes.length });
  }
  return listed;
}

/** Makes the portable form at `output`: stub, then gzip of a tar with fixed times and owners. */
async function portable(
  build: Build,
  files: ReadonlyMap<string, string>,
  output: string,
): Promise<void> {
  const { host, stage } = build;
  const directory = `${stage}/payload`;
  const listed = await writePayload(build, directory, files);
  const facts = { version: config.version, arch: build.arch, files: listed };
  await host.files.writeAtomic(
    `${directory}/${COMPLETE}`,
    `${await portableId(facts)}\n`,
    { mode: 0o600 },
  );
  const archive = `${stage}/payload.tar`;
  await must(host, [
    "tar",
    "--create",
    "--format=ustar",
    "--sort=name",
    `--mtime=@${ARCHIVE_TIME}`,
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    `--directory=${directory}`,
    `--file=${archive}`,
    "--",
    ...listed.map((file) => file.name),
    COMPLETE,
  ]);
  await must(host, ["gzip", "--no-name", "-6", archive]);
  const head = new TextEncoder().encode(await renderStub(stub, facts));
  const payload = await read(host, `${archive}.gz`);
  const whole = new Uint8Array(head.length + payload.length);
  whole.set(head);
  whole.set(payload, head.length);
  await host.files.writeAtomic(output, whole, { mode: 0o755 });
}

/** Loads every chunk: a lazily loaded one that cannot would only be noticed by who needs it. */
async function loadAll(build: Build, files: ReadonlyMap<string, string>): Promise<void> {
  const chunks = [...files.keys()].filter((name) => name !== "main.js");
  const script = chunks.map((name) => `await import("./${name}");\n`).join("");
  const path = `${build.stage}/bundle/load-all.mjs`;
  await build.host.files.writeAtomic(path, script, { mode: 0o600 });
  const flags = ["--quiet", "--no-config", "--no-lock", "--no-remote", "--no-npm"];
  await must(build.host, [build.deno, "run", ...flags, "--no-prompt", "--allow-all", path]);
}

/** Runs a built file with an empty environment from `/`, and says what is wrong with it. */
async function smoke(build: Build, file: string): Promise<string | undefined> {
  const home = `${build.stage}/home`;
  await build.host.files.mkdir(`${home}/cache`, 0o700);
  const answers: CommandResult[] = [];
  for (const each of SMOKE_ARGUMENTS) {
    const variables = ["PATH=/usr/bin:/bin", `HOME=${home}`, `XDG_CACHE_HOME=${home}/cache`];
    answers.push(
      await build.host.process.run(["env", "-i", ...variables, file, ...each], {
        cwd: "/",
        timeoutMs: 60_000,
      }),
    );
  }
  return smokeFault(config.version, answers);
}

/** Makes the better form that works at `output`; returns what it is called, and why. */
async function make(
  build: Build,
  files: ReadonlyMap<string, string>,
  output: string,
  form: string | undefined,
): Promise<string> {
  const { host, stage } = build;
  let why = "as asked";
  if (form !== "portable") {
    const denort = await findDenort(host, build.deno, build.arch);
    why = denort.available ? await tryCompile(build, files, denort.from) ?? "" : denort.why;
    if (why === "") {
      await must(host, ["mv", "-f", "--", `${stage}/compiled`, output]);
      return "compiled form";
    }
    if (form === "compiled") throw failure(`The compiled form cannot be made: ${why}.`);
  }
  await portable(build, files, `${stage}/portable`);
  const fault = await smoke(build, `${stage}/portable`);
  if (fault !== undefined) throw failure(`The portable form does not run: ${fault}.`);
  await must(host, ["mv", "-f", "--", `${stage}/portable`, output]);
  return `portable form (${why})`;
}

async function tryCompile(
  build: Build,
  files: ReadonlyMap<string, string>,
  from: string,
): Promise<string | undefined> {
  const { host, stage } = build;
  await host.files.mkdir(`${stage}/compile`, 0o700);
  for (const [name, code] of files) {
    await host.files.writeAtomic(`${stage}/compile/${name}`, code, { mode: 0o600 });
  }
  const fault = await compile(host, build.deno, `${stage}/compile/main.js`, `${stage}/compiled`) ??
    await smoke(build, `${stage}/compiled`);
  return fault === undefined ? undefined : `the runtime of ${from} does not do: ${fault}`;
}

/** Says what the start of the program loads from Node's library: each costs milliseconds. */
function startupNote(files: ReadonlyMap<string, string>): string {
  const names = [...startupChunks(files, "main.js")].flatMap((name) =>
    staticNodeImports(files.get(name) ?? "")
  );
  return names.length === 0 ? "" : `note: every start loads ${[...new Set(names)].join(", ")}\n`;
}

/** The whole build. Returns the lines to print. */
async function run(host: Host, args: readonly string[]): Promise<string> {
  const { values } = parseArgs({
    args: [...args],
    options: { entry: { type: "string" }, output: { type: "string" }, form: { type: "string" } },
  });
  const began = host.clock.monotonic();
  const root = decodeURIComponent(new URL("../..", import.meta.url).pathname).replace(/\/$/, "");
  const cwd = await host.files.readLink("/proc/self/cwd") ?? root;
  const absolute = (path: string) => path.startsWith("/") ? path : `${cwd}/${path}`;
  const output = absolute(values.output ?? `${root}/dist/rxdx-setup`);
  const deno = await host.files.readLink("/proc/self/exe");
  const arch = archFrom(host.system.arch);
  if (deno === undefined || arch === undefined) {
    throw failure(`There is no build for ${host.system.arch}.`);
  }
  const found = denoVersionFrom((await must(host, [deno, "--version"])).stdout);
  if (found !== DENO_VERSION) {
    throw failure(
      `The build needs Deno ${DENO_VERSION}; this is ${found ?? "something else"}.`,
      "sh install.sh --no-init",
    );
  }
  const stage = `${output}.build-${host.system.pid}`;
  const build: Build = { host, deno, arch, root, stage };
  await host.files.mkdir(stage.slice(0, stage.lastIndexOf("/")), 0o755);
  await host.files.mkdir(stage, 0o700);
  try {
    const files = await bundle(build, absolute(values.entry ?? `${root}/main.ts`));
    await loadAll(build, files);
    const form = await make(build, files, output, values.form);
    const size = (await host.files.stat(output))?.size ?? 0;
    const seconds = (host.clock.monotonic() - began) / 1000;
    return `${output}: ${form}, ${(size / 1e6).toFixed(1)} MB, ${seconds.toFixed(1)} s\n` +
      startupNote(files);
  } finally {
    await host.files.remove(stage, { recursive: true });
  }
}

if (import.meta.main) {
  const host = theHost();
  try {
    host.terminal.out(await run(host, Deno.args));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    host.terminal.err(
      `build: ${error.message}\n${error.hint === undefined ? "" : `  ${error.hint}\n`}`,
    );
    Deno.exit(error.exit);
  }
}
