/**
 * `SHA256SUMS` of a bundle: every member but itself and its signature, as `sha256sum` writes and checks
 * it. Its own SHA-256 stands for the whole bundle. Pure.
 */
import { bundleError, SUMS_MEMBER } from "./manifest.ts";

/** What a signature over the checksums of a bundle says; never what one over a release says. */
const COMMENT = "rxdx-setup-bundle";

/** Path → lower-case hex. */
export type Sums = ReadonlyMap<string, string>;

/** Paths that can be in a bundle: no way out of the directory that it is unpacked in. */
const PATH = /^(?:[0-9A-Za-z][0-9A-Za-z._-]*\/)*[0-9A-Za-z][0-9A-Za-z._-]*$/;

export function isMemberPath(path: string): boolean {
  return PATH.test(path);
}

export function renderBundleSums(sums: Sums): string {
  return [...sums].map(([path, sum]) => `${sum}  ${path}\n`).join("");
}

/** @throws SetupError `bundle_malformed` for a line of another form, or a name that comes twice */
export function parseBundleSums(text: string): Sums {
  const sums = new Map<string, string>();
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const [, sum, path = ""] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    if (sum === undefined || !isMemberPath(path) || sums.has(path)) {
      throw bundleError(
        "bundle_malformed",
        `${SUMS_MEMBER} of the bundle has a line that is no checksum: ` +
          JSON.stringify(line.slice(0, 90)),
      );
    }
    sums.set(path, sum);
  }
  return sums;
}

/** Every member that is not what the checksums say, in words; empty when all are. */
export function sumFaults(stated: Sums, found: Sums): string[] {
  const faults: string[] = [];
  for (const [path, sum] of found) {
    const wanted = stated.get(path);
    if (wanted === undefined) faults.push(`${path} is in the bundle and has no checksum`);
    else if (wanted !== sum) faults.push(`${path} is not what its checksum says`);
  }
  for (const path of stated.keys()) if (!found.has(path)) faults.push(`${path} is missing`);
  return faults;
}

/** Signed together with the checksums. */
export function bundleComment(of: { version: string; arch: string; created: string }): string {
  const version = of.version.replace(/[^0-9A-Za-z._+-]/g, "-");
  return `${COMMENT} ${version} ${of.arch} ${of.created}`;
}

/** True for a signature that was made over a bundle, and not over something else by the same key. */
export function isBundleComment(comment: string): boolean {
  return comment.startsWith(`${COMMENT} `);
}
