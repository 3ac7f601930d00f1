/** Whose bundles are trusted: the key that is named, else those that updates of the program are held against. */
import type { Host } from "../../host/types.ts";
import { releaseError } from "../../release/failure.ts";
import { RELEASE_KEYS } from "../../release/origin.ts";
import { installedProgram, keysFrom } from "../self_update/installed.ts";

/** A key of minisign has some two hundred bytes; another file, given by mistake, may be a bundle. */
export const MOST_KEY_BYTES = 64 * 2 ** 10;

/**
 * @param given a public key of minisign, or the absolute path of a file with it
 * @returns empty where no key is known
 * @throws SetupError `key_malformed` (exit 5)
 */
export async function bundleKeys(
  host: Host,
  given: string | undefined,
): Promise<readonly string[]> {
  if (given !== undefined) {
    const { size } = await host.files.stat(given) ?? { size: 0 };
    if (size <= MOST_KEY_BYTES) return await keysFrom(host, given);
    throw releaseError("key_malformed", `There is no public key in ${given}.`);
  }
  const named = host.env["RXDX_RELEASE_KEY"] ?? "";
  if (named !== "") return await keysFrom(host, named);
  const keys = await installedProgram(host).then((each) => each.receipt.keys, () => []);
  return keys.length > 0 ? keys : RELEASE_KEYS;
}
