/**
 * Runs `deno bundle` on the program: one chunk for the start, one for each lazily loaded module and
 * for what they share. Called by build.ts; what is changed in the text is decided in bundle.ts.
 */
import { withLazyRequire } from "./bundle.ts";
import { type Build, failure, must, read } from "./workshop.ts";

/** Bundles `entry` into chunks, one per lazily loaded module, and returns them by name. */
export async function bundle(build: Build, entry: string): Promise<Map<string, string>> {
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

/** Loads every chunk: a lazily loaded one that cannot would only be noticed by who needs it. */
export async function loadAll(build: Build, files: ReadonlyMap<string, string>): Promise<void> {
  const chunks = [...files.keys()].filter((name) => name !== "main.js");
  const script = chunks.map((name) => `await import("./${name}");\n`).join("");
  const path = `${build.stage}/bundle/load-all.mjs`;
  await build.host.files.writeAtomic(path, script, { mode: 0o600 });
  const flags = ["--quiet", "--no-config", "--no-lock", "--no-remote", "--no-npm"];
  await must(build.host, [build.deno, "run", ...flags, "--no-prompt", "--allow-all", path]);
}
