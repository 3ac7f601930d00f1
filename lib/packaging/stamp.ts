/**
 * What a release writes into its own copy of install.sh: its version and the checksums of its
 * archives. With them the script that somebody has in hand is a second, independent statement of what
 * the archive is. Pure; called by release.ts.
 */
import type { Arch } from "./runtime.ts";

/** Archive checksums in lower-case hex. */
export type Pins = Readonly<Partial<Record<Arch, string>>>;

/**
 * @throws Error where the script has no such line, or more than one: it would be published unpinned
 */
export function stamped(installer: string, version: string, pins: Pins): string {
  const values: Readonly<Record<string, string>> = {
    PINNED_VERSION: version,
    PINNED_SHA256_X86_64: pins.x86_64 ?? "",
    PINNED_SHA256_AARCH64: pins.aarch64 ?? "",
  };
  let text = installer;
  for (const [name, value] of Object.entries(values)) {
    if (!/^[0-9A-Za-z.+-]*$/.test(value)) {
      throw new Error(`${name} would not be one word: ${value}`);
    }
    const line = new RegExp(`^${name}=$`, "gm");
    if ([...text.matchAll(line)].length !== 1) throw new Error(`install.sh has no line ${name}=`);
    text = text.replace(line, `${name}=${value}`);
  }
  return text;
}
