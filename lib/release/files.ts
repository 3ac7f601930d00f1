/**
 * What a release consists of, by name and by address; the same for who makes one, `install.sh` and
 * `self-update`. Pure.
 *
 * ```text
 * BASE/latest/download/FILE     the newest release
 * BASE/download/vVERSION/FILE   that release
 * ```
 * This is the layout of GitHub's releases; a mirror is a copy of these directories on any web server.
 */
import { releaseError } from "./failure.ts";
import { isVersion } from "./versions.ts";

export const SUMS = "SHA256SUMS";
export const SIGNATURE = "SHA256SUMS.minisig";
export const CHANGELOG = "CHANGELOG.md";
export const INSTALLER = "install.sh";

/** Path of the program within an archive. */
export const PROGRAM = "rxdx-setup";

/** @param target a triple, `x86_64-unknown-linux-gnu` */
export function archiveName(version: string, target: string): string {
  return `rxdx-setup-${version}-${target}.tar.gz`;
}

/** CycloneDX, JSON. */
export function sbomName(version: string): string {
  return `rxdx-setup-${version}.cdx.json`;
}

/** Signed with the checksums, so that those of another version cannot be put in their place. */
export function trustedComment(version: string): string {
  return `rxdx-setup ${version}`;
}

/** @throws SetupError `release_malformed` where the comment is not of this program */
export function versionIn(comment: string): string {
  const version = /^rxdx-setup (\S+)$/.exec(comment)?.[1] ?? "";
  if (isVersion(version)) return version;
  throw releaseError(
    "release_malformed",
    `What was signed is not a release of rxdx-setup, but: ${JSON.stringify(comment.slice(0, 60))}`,
    "Look at the address that it was taken from.",
  );
}

/** Address of a file of a release; of the newest one without a version. */
export function fileUrl(base: string, version: string | undefined, file: string): string {
  const at = version === undefined ? "latest/download" : `download/v${version}`;
  return `${base.replace(/\/+$/, "")}/${at}/${file}`;
}

/**
 * Reads `SHA256SUMS`: file name → lower-case hex.
 *
 * @throws SetupError `release_malformed` for a line of another form, or a name that comes twice
 */
export function parseSums(text: string): ReadonlyMap<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const [, sum, name] = /^([0-9a-f]{64}) [ *]([0-9A-Za-z][0-9A-Za-z._+-]*)$/.exec(line) ?? [];
    if (sum === undefined || name === undefined || sums.has(name)) {
      throw releaseError(
        "release_malformed",
        `${SUMS} has a line that is no checksum: ${JSON.stringify(line.slice(0, 90))}`,
      );
    }
    sums.set(name, sum);
  }
  return sums;
}

/** The text of `SHA256SUMS`, as `sha256sum` writes it, sorted by name. */
export function renderSums(sums: ReadonlyMap<string, string>): string {
  return [...sums].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, sum]) => `${sum}  ${name}\n`).join("");
}
