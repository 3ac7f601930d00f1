/**
 * How long requests took, in memory of fixed size: counts per class of duration, each class a tenth wider
 * than the one before, so that a percentile read from them is wrong by less than a twentieth. Pure but
 * for its own counts; used by `edge.ts`.
 */

/** Each class ends this many times as late as the one before. */
const GROWTH = 1.1;

const PER_CLASS = 1 / Math.log(GROWTH);

/** An hour in milliseconds; whatever took longer counts as that. */
const LONGEST_MS = 3_600_000;

/** Class of a duration in milliseconds: 0 for less than one, otherwise from 1. */
function classOf(milliseconds: number): number {
  if (!(milliseconds >= 1)) return 0;
  return 1 + Math.ceil(Math.log(Math.min(milliseconds, LONGEST_MS)) * PER_CLASS);
}

/** Number of classes: the length of every histogram. */
export const CLASSES: number = classOf(LONGEST_MS) + 1;

/** The duration whose distance to both ends of its class is the same share: at most a twentieth. */
function middleOf(index: number): number {
  return index === 0 ? 0 : 2 * GROWTH ** (index - 1) / (1 + GROWTH);
}

/** Counts one duration (milliseconds, 0 or more) in the histogram that begins at `offset`. */
export function count(counts: Uint32Array, offset: number, milliseconds: number): void {
  const at = offset + classOf(milliseconds);
  counts[at] = (counts[at] ?? 0) + 1;
}

/**
 * Percentiles by nearest rank, in milliseconds, each within 5 % of the exact one (durations below one
 * millisecond are 0). `undefined` when nothing was counted.
 */
export function percentiles(
  counts: Uint32Array,
  shares: readonly number[],
): readonly number[] | undefined {
  let total = 0;
  for (const each of counts) total += each;
  if (total === 0) return undefined;
  return shares.map((share) => {
    const wanted = Math.max(1, Math.ceil(share * total));
    let seen = 0;
    let index = 0;
    for (; index < counts.length; index++) {
      seen += counts[index] ?? 0;
      if (seen >= wanted) break;
    }
    return middleOf(index);
  });
}
