/**
 * One line of a container's output as it is shown: when, how serious, and a text that is safe on a
 * terminal. Pure. Called lazily (`log_ring.ts`): a line that is never looked at is never parsed.
 */
import type { OutputLine } from "../engine/frames.ts";
import { clean } from "./log_line_clean.ts";
import { readableJson } from "./log_line_json.ts";
import { detectLevel, type Level } from "./log_line_level.ts";
import { stampOf, stampTime } from "./log_stamp.ts";

/** A parsed line. */
export interface LogLine {
  /** Milliseconds since the epoch, by the daemon's clock; 0 when the line carries no time. */
  readonly at: number;
  readonly level: Level | undefined;
  /** Printable: no control or escape characters, tabs expanded. */
  readonly text: string;
  /** What was written, at most {@link MAX_CHARACTERS} of it; not safe on a terminal. */
  readonly raw: string;
  readonly stream: OutputLine["stream"];
}

/** Characters kept of one line; what follows is cut. Enough for a stack of JSON, not for a dump. */
export const MAX_CHARACTERS = 8 * 1024;

/** The time that many programs write themselves; the daemon's is already in its own column. */
const OWN_TIME =
  /^\[?\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?\]?(?: -)?\s+(?=\S)/;

/** Parses and cleans one raw line. Accepts anything. */
export function parseLogLine(line: OutputLine): LogLine {
  const stamp = stampOf(line.text);
  const begin = stamp === "" ? 0 : stamp.length + 1;
  const said = line.text.slice(begin, begin + MAX_CHARACTERS);
  const safe = clean(said);
  const level = detectLevel(safe);
  const json = safe.startsWith("{") && safe.endsWith("}") ? readableJson(said.trim()) : undefined;
  const text = json === undefined ? safe.replace(OWN_TIME, "") : clean(json);
  return {
    at: stamp === "" ? 0 : stampTime(stamp),
    level,
    text: text.trimEnd(),
    raw: said,
    stream: line.stream,
  };
}
