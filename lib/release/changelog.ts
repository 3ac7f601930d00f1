/** What changed between two versions, out of CHANGELOG.md. Pure; used by `self-update` and by the release. */
import { compareVersions, isVersion } from "./versions.ts";

export interface ChangelogSection {
  readonly version: string;
  /** Markdown below the heading, trimmed. */
  readonly text: string;
}

/** `## 1.2.0`, `## [1.2.0] - 2026-03-14`, `## v1.2.0`. */
const HEADING = /^## +\[?v?(\d[^\s\]]*)\]?/;

interface Entry extends ChangelogSection {
  /** The whole line above it. */
  readonly heading: string;
}

function entries(markdown: string): Entry[] {
  const found: { heading: string; version: string; lines: string[] }[] = [];
  let current: { lines: string[] } | undefined;
  for (const line of markdown.split(/\r?\n/)) {
    const version = HEADING.exec(line)?.[1];
    if (version !== undefined && isVersion(version)) {
      const entry = { heading: line.trim(), version, lines: [] };
      found.push(entry);
      current = entry;
    } else if (/^## /.test(line)) {
      current = undefined;
    } else current?.lines.push(line);
  }
  return found.map(({ lines, ...rest }) => ({ ...rest, text: lines.join("\n").trim() }));
}

/** The section of one version with its heading, where there may be a date. */
export function changelogEntry(markdown: string, version: string): Entry | undefined {
  return entries(markdown).find((each) => each.version === version);
}

/** Every section that is headed by a version, in the order of the file. */
export function changelogSections(markdown: string): ChangelogSection[] {
  return entries(markdown).map(({ version, text }) => ({ version, text }));
}

/** The sections newer than `from`, up to and with `to`; of a way back, those that are lost by it. */
export function changesBetween(markdown: string, from: string, to: string): ChangelogSection[] {
  const [low, high] = compareVersions(from, to) <= 0 ? [from, to] : [to, from];
  return changelogSections(markdown).filter(({ version }) =>
    compareVersions(version, low) > 0 && compareVersions(version, high) <= 0
  );
}
