/**
 * Which log lines are wanted: services, a least level, expressions that all must match and others that
 * none may. The `logs` command and the dashboard ask the same question here, so that a filter means
 * the same in both. Pure.
 */
import { nearest } from "../answers/suggest.ts";
import type { Problem } from "../errors.ts";
import { type Level, LEVELS, rank } from "./log_line_level.ts";
import { compilePattern, type Expression } from "./log_pattern.ts";

/** What the operator asked for, as it was typed. What is absent or empty excludes nothing. */
export interface MatchRequest {
  readonly services?: readonly string[];
  /** One of {@link LEVELS} or a common spelling of it (`warn`); it and more serious ones are wanted. */
  readonly level?: string;
  /**
   * Regular expressions, all of which must match; in any case unless they hold a capital (a leading
   * `(?i)` says: in any case none the less).
   */
  readonly include?: readonly string[];
  /** Regular expressions, none of which may match. */
  readonly exclude?: readonly string[];
  /** Milliseconds of a clock that never goes back: measures how long an expression takes. */
  readonly monotonic?: () => number;
}

/** The part of a line that decides. */
export interface MatchedLine {
  /** Its own, or the one inherited from the line that it continues (`log_line_inherit.ts`). */
  readonly level: Level | undefined;
  /** As it is shown. */
  readonly text: string;
  /** As it was written, where that differs (JSON): an expression may match either. */
  readonly raw?: string;
}

/** A filter ready for use. */
export interface LogMatch {
  /** Nothing is filtered by level or expression: a line need not be parsed to know that it is wanted. */
  readonly everyLine: boolean;
  /** Any expression is given: the text of a line matters. */
  readonly byText: boolean;
  /** Whether lines of this service are wanted at all. */
  readonly wantsService: (service: string) => boolean;
  /** Whether this line of a wanted service is wanted. */
  readonly wantsLine: (line: MatchedLine) => boolean;
  /** Expressions that were too slow for long lines, which they are matched against in part only. */
  readonly limited: () => readonly { readonly source: string; readonly characters: number }[];
}

/** The names of the given fields in messages: the command has flags, the dashboard has not. */
export interface MatchNames {
  readonly level: string;
  readonly include: string;
  readonly exclude: string;
}

const FLAGS: MatchNames = { level: "--level", include: "--grep", exclude: "--exclude" };

/** Spellings of other programs. */
const SYNONYMS: Readonly<Record<string, Level>> = {
  trace: "debug",
  notice: "info",
  warn: "warning",
  err: "error",
  crit: "critical",
  fatal: "critical",
  panic: "critical",
};

/** The level meant by a word in any case; `undefined` when it is none. */
export function levelNamed(word: string): Level | undefined {
  const small = word.trim().toLowerCase();
  return LEVELS.find((each) => each === small) ?? SYNONYMS[small];
}

function compileAll(
  sources: readonly string[],
  key: string,
  monotonic: () => number,
  problems: Problem[],
): readonly Expression[] {
  return sources.flatMap((source) => {
    const pattern = compilePattern(source, monotonic);
    if (pattern.ok) return [pattern.expression];
    problems.push({ key, value: source, rule: pattern.rule, example: pattern.example });
    return [];
  });
}

/** Compiles a filter, or tells every problem at once. */
export function compileMatch(
  request: MatchRequest,
  names: MatchNames = FLAGS,
): { ok: true; match: LogMatch } | { ok: false; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const monotonic = request.monotonic ?? (() => performance.now());
  const level = request.level === undefined ? undefined : levelNamed(request.level);
  if (request.level !== undefined && level === undefined) {
    problems.push({
      key: names.level,
      value: request.level,
      rule: `is one of ${LEVELS.join(", ")}; it and the more serious ones are shown`,
      example: nearest(request.level, [...LEVELS, ...Object.keys(SYNONYMS)]) ?? "warning",
    });
  }
  const include = compileAll(request.include ?? [], names.include, monotonic, problems);
  const exclude = compileAll(request.exclude ?? [], names.exclude, monotonic, problems);
  if (problems.length > 0) return { ok: false, problems };

  const services = new Set(request.services);
  const least = level === undefined ? 0 : rank(level);
  const matches = (regex: Expression, { text, raw }: MatchedLine) =>
    regex.test(text) || (raw !== undefined && regex.test(raw));
  return {
    ok: true,
    match: {
      everyLine: least === 0 && include.length === 0 && exclude.length === 0,
      byText: include.length > 0 || exclude.length > 0,
      wantsService: (service) => services.size === 0 || services.has(service),
      wantsLine: (line) =>
        rank(line.level) >= least &&
        include.every((each) => matches(each, line)) &&
        !exclude.some((each) => matches(each, line)),
      limited: () =>
        [...include, ...exclude].filter((each) => Number.isFinite(each.limit))
          .map((each) => ({ source: each.source, characters: each.limit })),
    },
  };
}
