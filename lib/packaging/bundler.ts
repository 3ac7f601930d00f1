/**
 * Runs `deno bundle` on the program: one chunk for the start, one for each lazily loaded module and
 * for what they share. Called by build.ts; what is changed in the text is decided in bundle.ts.
 */
import config from "../../deno.json" with { type: "json" };
import { withLazyRequire, withStableNames, withVersion } from "./bundle.ts";
import { type Build, failure, must, read } from "./workshop.ts";

/** Where the finished chunks are, below the stage. */
export const CHUNKS = "chunks";

/** Bundles `entry` into chunks, the one to start being `main.js`, and returns them by name. */
export async function bundle(build: Build, entry: string): Promise<Map<string, string>> {
  const { host, deno, root, stage } = build;
  const frozen = await host.files.stat(`${root}/deno.lock`) !== undefined ? ["--frozen"] : [];
  const out = `${stage}/bundle`;
  const flags = ["--quiet", "--config", `${root}/deno.json`, ...frozen];
  const form = ["--minify", "--keep-names", "--code-splitting", "--outdir", out];
  await must(host, [deno, "bundle", ...flags, ...form, entry], { cwd: root });

  const first = entry.slice(entry.lastIndexOf("/") + 1).replace(/\.[jt]s$/, ".js");
  const made = new Map<string, string>();
  for (const name of await host.files.list(out)) {
    const code = withVersion(
      withLazyRequire(new TextDecoder().decode(await read(host, `${out}/${name}`))),
      config.version,
      build.version,
    );
    made.set(name === first ? "main.js" : name, code);
  }
  if (!made.has("main.js")) throw failure(`the bundle of ${entry} has no ${first}`);
  const files = await withStableNames(made, "main.js");
  await host.files.mkdir(`${stage}/${CHUNKS}`, 0o700);
  for (const [name, code] of files) {
    await host.files.writeAtomic(`${stage}/${CHUNKS}/${name}`, code, { mode: 0o600 });
  }
  await loadAll(build, files);
  return files;
}

/** Loads every chunk: a lazily loaded one that cannot would only be noticed by who needs it. */
async function loadAll(build: Build, files: ReadonlyMap<string, string>): Promise<void> {
  const directory = `${build.stage}/${CHUNKS}`;
  const chunks = [...files.keys()].filter((name) => name !== "main.js");
  const script = chunks.map((name) => `await import("${directory}/${name}");\n`).join("");
  const path = `${build.stage}/load-all.mjs`;
  await build.host.files.writeAtomic(path, script, { mode: 0o600 });
  const flags = ["--quiet", "--no-config", "--no-lock", "--no-remote", "--no-npm"];
  await must(build.host, [build.deno, "run", ...flags, "--no-prompt", "--allow-all", path]);
}
