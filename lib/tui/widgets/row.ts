/**
 * A row of labels that gives way: what does not fit leaves, the least important first. Used for
 * headers, rules and key hints, at every width. Pure.
 */
import { clip } from "../ansi.ts";
import { textWidth } from "../ansi_width.ts";
import type { Palette, Style } from "./palette.ts";

/** Plain text with one style. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** Spans that stay together. */
export interface Label {
  readonly spans: readonly Span[];
  /** Labels with the highest number leave first; 0 never leaves but is clipped. */
  readonly drop: number;
}

/** A label of one style. */
export function label(text: string, style: Style, drop = 0): Label {
  return { spans: [{ text, style }], drop };
}

/** `q quit`: a key and what it does. */
export function keyHint(key: string, text: string, colors: Palette, drop: number): Label {
  return {
    spans: [{ text: key, style: colors.key }, { text: ` ${text}`, style: colors.muted }],
    drop,
  };
}

/** Columns of a label. */
export function labelWidth({ spans }: Label): number {
  return spans.reduce((sum, span) => sum + textWidth(span.text), 0);
}

/** Spans cut to `columns` and styled; a wide character that does not fit leaves a blank. */
function render(spans: readonly Span[], columns: number): string {
  let left = columns;
  let line = "";
  for (const { text, style } of spans) {
    if (left <= 0) break;
    const clipped = clip(text, left);
    left -= textWidth(clipped);
    line += style(clipped);
  }
  return line + " ".repeat(Math.max(0, left));
}

/** The labels that fit into `columns` with `gap` between them, in their order. */
export function fitting(labels: readonly Label[], columns: number, gap: number): Label[] {
  const kept = labels.filter((each) => labelWidth(each) > 0);
  const total = () =>
    kept.reduce((sum, each) => sum + labelWidth(each), 0) + gap * Math.max(0, kept.length - 1);
  while (total() > columns) {
    const last = kept.reduce((worst, each) => each.drop >= worst.drop ? each : worst, {
      spans: [],
      drop: 1,
    } as Label);
    const index = kept.indexOf(last);
    if (index < 0) break;
    kept.splice(index, 1);
  }
  return kept;
}

/**
 * A line of exactly `columns`: labels from the left, others from the right edge, `fill` between.
 * What does not fit leaves by its `drop`, whichever side it is on.
 */
export function row(
  left: readonly Label[],
  right: readonly Label[],
  columns: number,
  options: { gap?: number; fill?: string; fillStyle?: Style } = {},
): string {
  const { gap = 3, fill = " ", fillStyle = (text) => text } = options;
  const kept = new Set(fitting([...left, ...right], columns, gap));
  const join = (labels: readonly Label[]) => {
    const spans: Span[] = [];
    for (const each of labels.filter((one) => kept.has(one))) {
      if (spans.length > 0) spans.push({ text: " ".repeat(gap), style: (text) => text });
      spans.push(...each.spans);
    }
    return spans;
  };
  const widthOf = (spans: readonly Span[]) => labelWidth({ spans, drop: 0 });
  const rightSpans = join(right);
  const rightWidth = widthOf(rightSpans);
  const leftSpans = join(left);
  const leftWidth = Math.min(widthOf(leftSpans), Math.max(0, columns - rightWidth));
  const between = Math.max(0, columns - leftWidth - rightWidth);
  // A rule does not touch the words beside it.
  const filling = fill === " " || between < 3
    ? " ".repeat(between)
    : ` ${fill.repeat(between - (rightWidth > 0 ? 2 : 1))}${rightWidth > 0 ? " " : ""}`;
  return render(leftSpans, leftWidth) + fillStyle(filling) +
    render(rightSpans, columns - leftWidth - between);
}
