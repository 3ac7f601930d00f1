/**
 * Lines that continue the one before: the frames of a stack trace, the further lines of a message,
 * PostgreSQL's DETAIL, HINT and STATEMENT. They are as serious as what they belong to, so that a filter
 * by level shows an error whole. Pure; used by the `logs` command and the dashboard.
 */
import { type Level, rank } from "./log_line_level.ts";

/** What a line inherits from; kept per container and stream. */
export interface Leading {
  readonly level: Level | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What is written later than this many milliseconds after a message is not part of it. */
const TOGETHER_MS = 1_000;

/** PostgreSQL names the parts of a message like levels. */
const COMPANION = /(?:^|\s)(?:DETAIL|HINT|STATEMENT|CONTEXT|QUERY|LOCATION): {2}/;

/**
 * The level of a line by what came directly before it from the same container and stream. A line that
 * says its own level keeps it. One that says none continues an error; after anything less it is a
 * line of its own, unless it is indented.
 */
export function inheritedLevel(
  line: { readonly level: Level | undefined; readonly at: number; readonly text: string },
  before: Leading | undefined,
): Level | undefined {
  if (before?.level === undefined || line.at - before.at > TOGETHER_MS) return line.level;
  if (line.level === before.level) return line.level;
  if (line.level !== undefined) {
    return line.level === "info" && COMPANION.test(line.text) ? before.level : line.level;
  }
  if (/^\s+\S/.test(line.text)) return before.level;
  return rank(before.level) >= rank("error") && !line.text.startsWith("{")
    ? before.level
    : undefined;
}
