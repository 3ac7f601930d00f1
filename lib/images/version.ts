/** Version numbers as projects write them: `1.4.0`, `v2`, `2.0.0-rc.1`. Compared as SemVer 2.0.0 says. Pure. */

export interface Version {
  readonly numbers: readonly number[];
  /** Dot-separated parts behind a hyphen; empty for a release. */
  readonly pre: readonly string[];
}

const SHAPE = /^v?(\d{1,9}(?:\.\d{1,9}){0,3})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** `undefined` for what has no order: a commit, `latest`, a date in words. */
export function parseVersion(text: string | undefined): Version | undefined {
  const found = SHAPE.exec((text ?? "").trim());
  if (found === null) return undefined;
  const [, numbers = "", pre] = found;
  return {
    numbers: numbers.split(".").map(Number),
    pre: pre === undefined ? [] : pre.split("."),
  };
}

/** Negative when `a` is older than `b`, 0 when both are the same. */
export function compareVersions(a: Version, b: Version): number {
  for (let at = 0; at < Math.max(a.numbers.length, b.numbers.length); at++) {
    const difference = (a.numbers[at] ?? 0) - (b.numbers[at] ?? 0);
    if (difference !== 0) return difference;
  }
  // A release is newer than what led to it.
  if (a.pre.length === 0 || b.pre.length === 0) return b.pre.length - a.pre.length;
  for (let at = 0; at < Math.max(a.pre.length, b.pre.length); at++) {
    const [left, right] = [a.pre[at], b.pre[at]];
    if (left === undefined) return -1;
    if (right === undefined) return 1;
    const difference = comparePart(left, right);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Numbers before words, and among themselves by their value. */
function comparePart(a: string, b: string): number {
  const numeric = /^\d+$/;
  if (numeric.test(a) && numeric.test(b)) return Number(a) - Number(b);
  if (numeric.test(a) !== numeric.test(b)) return numeric.test(a) ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `undefined` when one of them has no order. */
export function compareTexts(a: string | undefined, b: string | undefined): number | undefined {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  return left === undefined || right === undefined ? undefined : compareVersions(left, right);
}

/** Newer than what is installed, the newest first; without pre-releases unless one is installed. */
export function newerTags(tags: readonly string[], installed: string): string[] {
  const now = parseVersion(installed);
  if (now === undefined) return [];
  return tags.flatMap((tag) => {
    const version = parseVersion(tag);
    return version === undefined ? [] : [{ tag, version }];
  })
    .filter(({ version }) => compareVersions(version, now) > 0)
    .filter(({ version }) => version.pre.length === 0 || now.pre.length > 0)
    .sort((a, b) => compareVersions(b.version, a.version))
    .map(({ tag }) => tag);
}
