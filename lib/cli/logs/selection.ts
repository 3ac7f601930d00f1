/**
 * From raw lines to those that are shown: parsed, given the level of the message that they belong to,
 * and held against the filter. Keeps one small state per container and stream; called by
 * `commands/logs.ts` for every line.
 */
import { type LogLine, parseLogLine } from "../../observe/log_line.ts";
import { inheritedLevel } from "../../observe/log_line_inherit.ts";
import { clean } from "../../observe/log_line_clean.ts";
import type { LoggedContainer } from "../../observe/log_history.ts";
import type { LogMatch, MatchedLine } from "../../observe/log_match.ts";
import type { StampedLine } from "../../observe/log_merge.ts";
import { stampTime } from "../../observe/log_stamp.ts";
import { saidIn, type SelectedLine } from "./line.ts";
import type { Level } from "../../observe/log_line_level.ts";

/** A line that the next one may continue. */
interface Before {
  level: Level | undefined;
  at: number;
}

/** What the filter looks at: of JSON also what was written. */
function matched(line: SelectedLine, match: LogMatch): MatchedLine {
  if (!match.byText || line.whole[line.begin] !== "{") return line;
  return { level: line.level, text: line.text, raw: clean(saidIn(line)) };
}

/** Characters that tell whether a line continues another. */
const HEAD = 200;

/** A filter that remembers what a line continues. */
export class Selection {
  readonly #match: LogMatch;
  /** What came last, by container and stream. */
  readonly #before = new Map<string, Readonly<Record<LogLine["stream"], Before>>>();

  constructor(match: LogMatch) {
    this.#match = match;
  }

  /** The wanted ones of these lines, in their order. */
  of(lines: readonly StampedLine<LoggedContainer>[]): SelectedLine[] {
    const match = this.#match;
    const wanted: SelectedLine[] = [];
    for (const { source, line, stamp } of lines) {
      const parsed = parseLogLine(line);
      const whole = line.text;
      const begin = parsed.at === 0 ? 0 : whole.indexOf(" ") + 1;
      const at = parsed.at === 0 ? stampTime(stamp) : parsed.at;
      const before = this.#beforeOf(source.id)[line.stream];
      // Only a line without a level is asked how it begins.
      const text = parsed.level === undefined ? whole.slice(begin, begin + HEAD) : parsed.text;
      const level = inheritedLevel({ level: parsed.level, at, text }, before);
      // Changed in place: a new object for every line is what a flood is made of.
      before.level = level;
      before.at = at;
      const selected: SelectedLine = {
        text: parsed.text,
        stream: line.stream,
        level,
        at,
        source,
        stamp,
        whole,
        begin,
      };
      if (match.everyLine || match.wantsLine(matched(selected, match))) wanted.push(selected);
    }
    return wanted;
  }

  #beforeOf(id: string): Readonly<Record<LogLine["stream"], Before>> {
    const known = this.#before.get(id);
    if (known !== undefined) return known;
    const none = () => ({ level: undefined, at: 0 });
    const fresh = { stdout: none(), stderr: none() };
    this.#before.set(id, fresh);
    return fresh;
  }
}
