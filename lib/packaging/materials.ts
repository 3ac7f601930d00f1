/**
 * Gathers what the bill of materials says: the lock file, which of its packages the program imports, and
 * the licences of those that lie in Deno's cache. Called by release.ts; the document is sbom.ts.
 */
import type { Host } from "../host/types.ts";
import config from "../../deno.json" with { type: "json" };
import { cyclonedx, type LockFile } from "./sbom.ts";
import { read } from "./workshop.ts";

/** Sources of the program, without tests and the generated modules that only carry texts. */
async function sources(host: Host, directory: string): Promise<string[]> {
  const texts: string[] = [];
  for (const name of await host.files.list(directory)) {
    const path = `${directory}/${name}`;
    if ((await host.files.stat(path))?.kind === "directory") {
      texts.push(...await sources(host, path));
    } else if (name.endsWith(".ts") && !name.endsWith("_test.ts")) {
      texts.push(await host.files.readText(path) ?? "");
    }
  }
  return texts;
}

/** Specifiers of `deno.json` that sources of the program name in an import. */
async function importedBy(host: Host, root: string): Promise<ReadonlySet<string>> {
  const all = (await sources(host, `${root}/lib`)).join("\n");
  const found = Object.entries(config.imports).filter(([name]) =>
    new RegExp(
      `(from|import\\()\\s*"${RegExp.escape(name)}(/[^"]*)?"|^import "${RegExp.escape(name)}"`,
      "m",
    )
      .test(all)
  );
  return new Set(found.map(([, specifier]) => specifier));
}

/** Where Deno keeps packages: below a directory for each registry. */
async function packageStores(host: Host): Promise<string[]> {
  const { DENO_DIR, XDG_CACHE_HOME, HOME } = host.env;
  const cache = `${DENO_DIR ?? `${XDG_CACHE_HOME ?? `${HOME ?? ""}/.cache`}/deno`}/npm`;
  const stores = (await host.files.list(cache)).map((name) => `${cache}/${name}`);
  // A registry with a path is a directory of its own.
  const below = await Promise.all(
    stores.map(async (store) => (await host.files.list(store)).map((name) => `${store}/${name}`)),
  );
  return [...stores, ...below.flat()];
}

/** `name@version` → SPDX expression, as the package says it. */
async function licences(host: Host, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const stores = await packageStores(host);
  const found = new Map<string, string>();
  for (const id of ids) {
    const at = id.indexOf("@", 1);
    const [name, version] = [id.slice(0, at), id.slice(at + 1).split("_")[0] ?? ""];
    for (const store of stores) {
      const text = await host.files.readText(`${store}/${name}/${version}/package.json`);
      if (text === undefined) continue;
      const { license } = JSON.parse(text) as { license?: unknown };
      if (typeof license === "string") found.set(`${name}@${version}`, license);
      break;
    }
  }
  return found;
}

/**
 * The bill of materials as JSON text.
 *
 * @param time seconds since 1970; 0 when it is not known
 */
export async function materials(
  host: Host,
  root: string,
  version: string,
  time: number,
): Promise<string> {
  const lock = JSON.parse(
    new TextDecoder().decode(await read(host, `${root}/deno.lock`)),
  ) as LockFile;
  const sbom = await cyclonedx({
    version,
    lock,
    imported: await importedBy(host, root),
    licences: await licences(host, Object.keys(lock.npm ?? {})),
    ...(time === 0 ? {} : { timestamp: new Date(time * 1000).toISOString() }),
  });
  return `${JSON.stringify(sbom, null, 2)}\n`;
}
