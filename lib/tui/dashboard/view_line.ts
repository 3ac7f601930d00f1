/** One log line in full: its time, where it is from, and its text, JSON laid out. Pure. */
import { clean } from "../../observe/log_line_clean.ts";
import type { ShownLine } from "../../observe/log_ring_set.ts";
import { characterWidth, textWidth } from "../ansi_width.ts";
import type { Palette } from "../widgets/palette.ts";
import type { DashboardModel } from "./model.ts";

/** The record laid out, when the line is one. */
function laidOut(raw: string): string[] | undefined {
  const begin = raw.indexOf("{");
  if (begin < 0) return undefined;
  try {
    const value: unknown = JSON.parse(raw.slice(begin));
    if (typeof value !== "object" || value === null) return undefined;
    const before = raw.slice(0, begin).trim();
    return [...(before === "" ? [] : [before]), ...JSON.stringify(value, null, 2).split("\n")];
  } catch {
    return undefined;
  }
}

/** Plain text in pieces of at most `columns`. */
export function pieces(text: string, columns: number): string[] {
  if (columns <= 0 || textWidth(text) <= columns) return [text];
  const found: string[] = [];
  let piece = "";
  let width = 0;
  for (const character of text) {
    const wide = characterWidth(character);
    if (width + wide > columns) {
      found.push(piece);
      piece = "";
      width = 0;
    }
    piece += character;
    width += wide;
  }
  return [...found, piece];
}

export function lineText(
  model: DashboardModel,
  line: ShownLine,
  width: number,
  colors: Palette,
): string[] {
  const { source, at, level, stream } = line;
  const local = new Date(at + model.zoneMinutes * 60_000).toISOString().replace("T", " ")
    .replace("Z", "");
  const facts = [
    `${source.service} ${source.replica}`,
    ...(at === 0 ? [] : [local]),
    level ?? "no level",
    stream,
  ];
  const text = laidOut(line.raw) ?? [line.raw];
  return [
    ...pieces(facts.join(" · "), width).map(colors.strong),
    "",
    ...text.flatMap((each) => pieces(clean(each), width)),
  ];
}
