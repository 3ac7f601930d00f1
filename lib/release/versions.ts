/** Version numbers as releases have them: order and form (semver 2.0). Pure. */

const FORM = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** `1.2.3`, `1.2.3-rc.1`; without a `v`. */
export function isVersion(text: string): boolean {
  return FORM.test(text);
}

function compareIdentifiers(a: string, b: string): number {
  const numeric = [a, b].map((each) => /^\d+$/.test(each));
  if (numeric[0] === true && numeric[1] === true) return Number(a) - Number(b);
  // Numbers come before words.
  if (numeric[0] !== numeric[1]) return numeric[0] === true ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Negative when `a` is older than `b`, 0 for the same. What is no version is older than any. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [FORM.exec(a), FORM.exec(b)];
  if (left === null || right === null) return (left === null ? 0 : 1) - (right === null ? 0 : 1);
  for (const part of [1, 2, 3]) {
    const difference = Number(left[part]) - Number(right[part]);
    if (difference !== 0) return difference;
  }
  const [before, after] = [left[4], right[4]];
  if (before === undefined || after === undefined) {
    // A release comes after its candidates.
    return (before === undefined ? 1 : 0) - (after === undefined ? 1 : 0);
  }
  const [first, second] = [before.split("."), after.split(".")];
  for (let at = 0; at < Math.max(first.length, second.length); at++) {
    const [one, other] = [first[at], second[at]];
    if (one === undefined || other === undefined) return one === undefined ? -1 : 1;
    const difference = compareIdentifiers(one, other);
    if (difference !== 0) return difference;
  }
  return 0;
}
