/**
 * What a version must have before it may be published: a place and a key that its install.sh and its
 * program know, and a finished section in the changelog. Asked by release.ts where `--notes` is given,
 * as the workflow does; a mirror of one's own needs none of it. Pure.
 */
import { changelogEntry } from "../release/changelog.ts";

export interface Candidate {
  readonly version: string;
  /** Texts of CHANGELOG.md and of install.sh. */
  readonly changelog: string;
  readonly installer: string;
  /** The public half of the key to sign with. */
  readonly signer: string;
  /** `RELEASE_URL` and `RELEASE_KEYS` of lib/release/origin.ts. */
  readonly url: string;
  readonly keys: readonly string[];
}

/** Says something: neither a heading of Markdown nor the definition of a link. */
const CONTENT = /^(?!#|\[[^\]]+\]: )[ \t]*[^\s#]/m;

/** What keeps a version from being published, one sentence each; empty where nothing does. */
export function obstacles(candidate: Candidate): string[] {
  const { version, changelog, installer, signer, url, keys } = candidate;
  const found: string[] = [];
  const entry = changelogEntry(changelog, version);
  if (entry === undefined) {
    found.push(`CHANGELOG.md has no section for ${version}: ## [${version}] - YYYY-MM-DD`);
  } else {
    if (/unreleased/i.test(entry.heading)) {
      found.push(
        `CHANGELOG.md says "${entry.heading}": write the day, ## [${version}] - YYYY-MM-DD`,
      );
    }
    if (!CONTENT.test(entry.text)) {
      found.push(`The section for ${version} in CHANGELOG.md is empty: say what changes.`);
    }
  }
  if (url === "") {
    found.push("RELEASE_URL in lib/release/origin.ts is empty: nobody could download this.");
  }
  if (keys.length === 0) {
    found.push("RELEASE_KEYS in lib/release/origin.ts is empty: nobody could verify this.");
  } else if (!keys.includes(signer)) {
    found.push("The key to sign with is none of RELEASE_KEYS in lib/release/origin.ts.");
  }
  for (const [name, value] of [["RELEASE_URL", url], ["RELEASE_KEYS", keys.join(" ")]] as const) {
    if (!installer.split("\n").includes(`${name}='${value}'`)) {
      found.push(`${name} in install.sh is not that of lib/release/origin.ts.`);
    }
  }
  return found;
}
