/** Small pictures of numbers: a bar for a share, a sparkline for a minute. Pure, plain text. */

/** `━━━───`: the share that is taken, heavy; the rest, light. Readable without colour. */
export function bar(share: number, columns: number): { taken: string; free: string } {
  const bounded = Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0));
  // Something is never shown as nothing, and nearly full is not shown as full.
  let cells = Math.round(bounded * columns);
  if (bounded > 0) cells = Math.max(1, cells);
  if (bounded < 1) cells = Math.min(columns - 1, cells);
  cells = Math.max(0, Math.min(columns, cells));
  return { taken: "━".repeat(cells), free: "─".repeat(Math.max(0, columns - cells)) };
}

const LEVELS = "▁▂▃▄▅▆▇█";

/** The newest samples at the right, scaled so that `full` (or the highest) fills the height. */
export function sparkline(samples: readonly number[], columns: number, full: number): string {
  const shown = samples.slice(Math.max(0, samples.length - columns));
  const top = Math.max(full, ...shown);
  const cells = shown.map((sample) => {
    const step = top <= 0 ? 0 : Math.round(sample / top * (LEVELS.length - 1));
    return LEVELS[Math.min(LEVELS.length - 1, Math.max(0, step))];
  });
  return cells.join("").padStart(columns);
}
