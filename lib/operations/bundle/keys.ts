/** Whose bundles are trusted: the key that is named, else those that updates of the program are held against. */
import type { Host } from "../../host/types.ts";
import { RELEASE_KEYS } from "../../release/origin.ts";
import { installedProgram, keysFrom } from "../self_update/installed.ts";

/**
 * @param given a public key of minisign, or the absolute path of a file with it
 * @returns empty where no key is known
 * @throws SetupError `key_malformed` (exit 5)
 */
export async function bundleKeys(
  host: Host,
  given: string | undefined,
): Promise<readonly string[]> {
  if (given !== undefined) return await keysFrom(host, given);
  const named = host.env["RXDX_RELEASE_KEY"] ?? "";
  if (named !== "") return await keysFrom(host, named);
  const keys = await installedProgram(host).then((each) => each.receipt.keys, () => []);
  return keys.length > 0 ? keys : RELEASE_KEYS;
}
