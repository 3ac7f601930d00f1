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
