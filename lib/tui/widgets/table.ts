/**
 * Columns that give way: a table shows the columns that fit, the least important leave first, and
 * one column takes what is left. Pure; cells return text of exactly the width they are given.
 */
import { fit } from "../ansi.ts";
import type { Style } from "./palette.ts";

/** How one column is titled, sized and filled. */
export interface Column<Item> {
  readonly title: string;
  readonly width: number;
  readonly align?: "left" | "right";
  /** Columns with the highest number leave first; 0 never leaves. */
  readonly drop: number;
  /** Takes the columns that are left over, up to this many in all. */
  readonly growTo?: number;
  /** Styled text of exactly `width` columns. */
  readonly cell: (item: Item, width: number) => string;
}

/** The columns that fit, with their final widths. */
export function layoutColumns<Item>(
  all: readonly Column<Item>[],
  columns: number,
  gap: number,
): Column<Item>[] {
  const kept = [...all];
  const total = () =>
    kept.reduce((sum, each) => sum + each.width, 0) + gap * Math.max(0, kept.length - 1);
  while (total() > columns && kept.some((each) => each.drop > 0)) {
    const worst = kept.reduce((a, b) => b.drop > a.drop ? b : a);
    kept.splice(kept.indexOf(worst), 1);
  }
  let left = columns - total();
  return kept.map((each) => {
    const extra = Math.min(Math.max(0, left), Math.max(0, (each.growTo ?? 0) - each.width));
    left -= extra;
    return extra === 0 ? each : { ...each, width: each.width + extra };
  });
}

/** The title row. */
export function tableTitle<Item>(
  columns: readonly Column<Item>[],
  gap: number,
  style: Style,
): string {
  return style(
    columns.map((each) => fit(each.title, each.width, each.align)).join(" ".repeat(gap)),
  );
}

/** One item's row. */
export function tableRow<Item>(columns: readonly Column<Item>[], gap: number, item: Item): string {
  return columns.map((each) => each.cell(item, each.width)).join(" ".repeat(gap));
}
