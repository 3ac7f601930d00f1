/**
 * `deno task build`: makes `dist/rxdx-setup`, one executable file. Compiled where Deno's compile
 * runtime can be had, else the portable form (docs/adr); both from the same bundle, and neither is
 * kept unless it runs. An entry of its own, as main.ts is.
 *
 * Options: `--entry FILE` (main.ts), `--output FILE` (dist/rxdx-setup), `--form portable|compiled`,
 * `--as-version V` (for tests that need a second version).
 */
import { parseArgs } from "node:util";
import { SetupError } from "../errors.ts";
import { theHost } from "../host/real.ts";
import type { CommandResult, Host } from "../host/types.ts";
import config from "../../deno.json" with { type: "json" };
import { portable } from "./archive.ts";
import { startupChunks, staticNodeImports } from "./bundle.ts";
import { bundle, CHUNKS } from "./bundler.ts";
import { compile, findDenort } from "./compile.ts";
import { archFrom, DENO_VERSION, denoVersionFrom } from "./runtime.ts";
import { SMOKE_ARGUMENTS, smokeFault } from "./smoke.ts";
import { type Build, failure, must } from "./workshop.ts";

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
  return smokeFault(build.version, answers);
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
    why = denort.available ? await tryCompile(build, denort.from) ?? "" : denort.why;
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

async function tryCompile(build: Build, from: string): Promise<string | undefined> {
  const { host, deno, stage } = build;
  const fault = await compile(host, deno, `${stage}/${CHUNKS}/main.js`, `${stage}/compiled`) ??
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
    options: {
      entry: { type: "string" },
      output: { type: "string" },
      form: { type: "string" },
      "as-version": { type: "string" },
    },
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
  const version = values["as-version"] ?? config.version;
  const build: Build = { host, deno, arch, version, root, stage };
  await host.files.mkdir(stage.slice(0, stage.lastIndexOf("/")), 0o755);
  await host.files.mkdir(stage, 0o700);
  try {
    const files = await bundle(build, absolute(values.entry ?? `${root}/main.ts`));
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
