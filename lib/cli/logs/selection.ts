/**
 * From raw lines to those that are shown: parsed, given the level of the message that they belong to,
 * and held against the filter. Keeps one small state per container and stream; called by
 * `commands/logs.ts` for every line.
 */
import { type LogLine, parseLogLine } from "../../observe/log_line.ts";
import { inheritedLevel, type Leading } from "../../observe/log_line_inherit.ts";
import { clean } from "../../observe/log_line_clean.ts";
import type { LoggedContainer } from "../../observe/log_history.ts";
import type { LogMatch } from "../../observe/log_match.ts";
import type { StampedLine } from "../../observe/log_merge.ts";

/** A line that is wanted. */
export interface SelectedLine extends LogLine {
  readonly source: LoggedContainer;
  readonly stamp: string;
  /** As the container wrote it, without the daemon's stamp; not safe for a terminal. */
  readonly said: string;
}

/** The text after the daemon's stamp. */
function saidOf(text: string, stamped: boolean): string {
  return stamped ? text.slice(text.indexOf(" ") + 1) : text;
}

/** A filter that remembers what a line continues. */
export class Selection {
  readonly #match: LogMatch;
  readonly #leading = new Map<string, Leading>();

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
      const at = parsed.at === 0 ? Date.parse(stamp) : parsed.at;
      const key = source.id + line.stream;
      const level = inheritedLevel({ level: parsed.level, at, text: said }, this.#leading.get(key));
      this.#leading.set(key, { level, at });
      if (!match.everyLine) {
        const raw = match.byText && said.startsWith("{") ? clean(said) : undefined;
        const { text } = parsed;
        if (!match.wantsLine({ level, text, ...(raw === undefined ? {} : { raw }) })) continue;
      }
      wanted.push({ text: parsed.text, stream: line.stream, level, at, source, stamp, said });
    }
    return wanted;
  }
}
