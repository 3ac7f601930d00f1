/**
 * Where releases come from and who signs them, as built into the program. `install.sh` has the same
 * two values; a test compares them. Empty until there is a first release: then nothing is downloaded
 * unless a mirror and its key are named (docs/guide/releases.md). Pure.
 */

/** Below it are `latest/download/` and `download/vVERSION/`. */
export const RELEASE_URL = "";

/** Public keys of minisign, one text each: the current one and, while it is changed, the next. */
export const RELEASE_KEYS: readonly string[] = [];
