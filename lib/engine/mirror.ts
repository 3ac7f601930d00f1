/** The distribution mirror that this machine already uses. Never a built-in one. */
import type { Host } from "../host/types.ts";

/**
 * The first mirror in apt source texts, in either of apt's two formats; the security archive and
 * `cdrom:` are not mirrors. `undefined` when there is none.
 */
export function mirrorFrom(sources: readonly string[]): string | undefined {
  for (const text of sources) {
    const live = text.replace(/^[ \t]*#.*$/gm, "");
    const addresses = [
      ...live.matchAll(/^URIs:[ \t]*(\S+)/gm),
      ...live.matchAll(/^deb[ \t]+(?:\[[^\]]*\][ \t]+)?(\S+)/gm),
    ].map((match) => match[1] ?? "");
    const found = addresses.find((each) => /^https?:\/\//.test(each) && !/security/.test(each));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The mirror of a Debian machine, from the distribution's own source files only. */
export async function debianMirror(host: Host): Promise<string | undefined> {
  const texts: string[] = [];
  for (
    const path of [
      "/etc/apt/sources.list",
      "/etc/apt/sources.list.d/debian.sources",
      "/etc/apt/sources.list.d/debian.list",
    ]
  ) {
    const text = await host.files.readText(path);
    if (text !== undefined) texts.push(text);
  }
  return mirrorFrom(texts);
}

/** Files in which distributions name their own servers, and what stands before an address there. */
const SERVER_FILES: readonly (readonly [path: string, address: RegExp])[] = [
  ["/etc/apt/sources.list.d/ubuntu.sources", /^URIs:[ \t]*(https?:\/\/\S+)/m],
  ["/etc/yum.repos.d", /^(?:baseurl|metalink|mirrorlist)[ \t]*=[ \t]*(https?:\/\/\S+)/m],
  ["/etc/zypp/repos.d", /^baseurl[ \t]*=[ \t]*(https?:\/\/\S+)/m],
  ["/etc/apk/repositories", /^(https?:\/\/\S+)/m],
];

/** The origin (`http://mirror.example.com`) of the server that this machine takes packages from. */
export async function packageServer(host: Host): Promise<string | undefined> {
  const debian = await debianMirror(host);
  if (debian !== undefined && URL.canParse(debian)) return new URL(debian).origin;
  for (const [path, address] of SERVER_FILES) {
    const directory = path.endsWith(".d");
    const names = directory
      ? (await host.files.list(path)).map((name) => `${path}/${name}`)
      : [path];
    for (const name of names) {
      const found = address.exec(await host.files.readText(name) ?? "")?.[1];
      if (found !== undefined && URL.canParse(found)) return new URL(found).origin;
    }
  }
  return undefined;
}
