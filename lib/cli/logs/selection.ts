/**
 * From raw lines to those that are shown: parsed, given the level of the message that they belong to,
 * and held against the filter. Keeps one small state per container and stream; called by
 * `commands/logs.ts` for every line.
 */
import { type LogLine, parseLogLine } from "../../observe/log_line.ts";
import { inheritedLevel } from "../../observe/log_line_inherit.ts";
import { clean } from "../../observe/log_line_clean.ts";
import type { LoggedContainer } from "../../observe/log_history.ts";
import type { LogMatch } from "../../observe/log_match.ts";
import type { StampedLine } from "../../observe/log_merge.ts";
import { stampTime } from "../../observe/log_stamp.ts";
import type { Level } from "../../observe/log_line_level.ts";

/** A line that is wanted. */
export interface SelectedLine extends Omit<LogLine, "raw"> {
  readonly source: LoggedContainer;
  readonly stamp: string;
  /** As the container wrote it, without the daemon's stamp; not safe for a terminal. */
  readonly said: string;
}

/** A line that the next one may continue. */
interface Before {
  level: Level | undefined;
  at: number;
}

/** The text after the daemon's stamp. */
function saidOf(text: string, stamped: boolean): string {
  return stamped ? text.slice(text.indexOf(" ") + 1) : text;
}

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
      const said = saidOf(line.text, parsed.at !== 0);
      const at = parsed.at === 0 ? stampTime(stamp) : parsed.at;
      const before = this.#beforeOf(source.id)[line.stream];
      const level = inheritedLevel({ level: parsed.level, at, text: said }, before);
      // Changed in place: a new object for every line is what a flood is made of.
      before.level = level;
      before.at = at;
      if (!match.everyLine) {
        const raw = match.byText && said.startsWith("{") ? clean(said) : undefined;
        const { text } = parsed;
        if (!match.wantsLine({ level, text, ...(raw === undefined ? {} : { raw }) })) continue;
      }
      wanted.push({ text: parsed.text, stream: line.stream, level, at, source, stamp, said });
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
