/** What a place with releases has to offer: verified before a word of it is believed. */
import { createHash } from "node:crypto";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { type ChangelogSection, changesBetween } from "../../release/changelog.ts";
import { releaseError } from "../../release/failure.ts";
import {
  archiveName,
  CHANGELOG,
  fileUrl,
  parseSums,
  SIGNATURE,
  SUMS,
  versionIn,
} from "../../release/files.ts";
import { verifySignature } from "../../release/minisign.ts";
import { isVersion } from "../../release/versions.ts";
import { downloadedText } from "./download.ts";
import type { Origin } from "./installed.ts";

export interface Offer {
  readonly version: string;
  /** The archive for this kind of machine. */
  readonly url: string;
  readonly sha256: string;
  /** Id of the key that signed it. */
  readonly keyId: string;
  /** Text of the changelog, of this release; empty where it has none. */
  readonly changelog: string;
}

/** What changes by going from one version to the other. */
export function changesOf(offer: Offer, from: string): ChangelogSection[] {
  return changesBetween(offer.changelog, from, offer.version);
}

const decoder = new TextDecoder();

/**
 * @param wanted the newest without it
 * @throws SetupError where it cannot be had (exit 5), is not signed by whom it must be (exit 5), or has
 *   no build for this machine (exit 4)
 */
export async function offered(
  host: Host,
  origin: Origin,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<Offer> {
  const { base, keys } = origin;
  if (wanted !== undefined && !isVersion(wanted)) {
    throw new SetupError({
      code: "bad_version",
      message: `${wanted} is not a version.`,
      hint: "rxdx-setup self-update --to 0.1.0",
      exit: EXIT.usage,
    });
  }
  const get = (file: string, version = wanted) =>
    downloadedText(host, fileUrl(base, version, file), signal);
  const sumsBytes = await get(SUMS);
  const signature = decoder.decode(await get(SIGNATURE));
  const { trustedComment, keyId } = await verifySignature(keys, signature, sumsBytes);
  const version = versionIn(trustedComment);
  if (wanted !== undefined && version !== wanted) {
    throw releaseError(
      "release_malformed",
      `What was signed is version ${version}, not ${wanted}. Nothing was changed.`,
      "Do not use this download; tell those who publish it.",
    );
  }
  const sums = parseSums(decoder.decode(sumsBytes));
  const archive = archiveName(version, `${host.system.arch}-unknown-linux-gnu`);
  const sha256 = sums.get(archive);
  if (sha256 === undefined) {
    throw new SetupError({
      code: "no_build",
      message: `Release ${version} has no build for ${host.system.arch}.`,
      exit: EXIT.prerequisite,
    });
  }
  let changelog = "";
  const listed = sums.get(CHANGELOG);
  if (listed !== undefined) {
    const bytes = await get(CHANGELOG, version);
    if (createHash("sha256").update(bytes).digest("hex") !== listed) {
      throw releaseError("checksum_wrong", `${CHANGELOG} does not match its checksum.`);
    }
    changelog = decoder.decode(bytes);
  }
  return { version, url: fileUrl(base, version, archive), sha256, keyId, changelog };
}
