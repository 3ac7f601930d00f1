/**
 * The regular expressions that an operator types to search and filter the log: compiled as they are
 * typed, an unfinished one being no error yet. Pure; part of `update.ts`.
 */
import { compilePattern } from "../../observe/log_pattern.ts";
import { NO_PATTERN, type Pattern } from "./model.ts";

/** Places of one line that are made to stand out. */
const MOST_PLACES = 20;

/** A pattern of what was typed; the empty text is none. */
export function patternOf(text: string): Pattern {
  if (text === "") return NO_PATTERN;
  const compiled = compilePattern(text, () => performance.now());
  if (!compiled.ok) return { ...NO_PATTERN, text, problem: compiled.rule };
  const { expression } = compiled;
  return {
    text,
    problem: undefined,
    match: (line) => expression.test(line.text) || expression.test(line.raw),
    places: (shown) => expression.places(shown, MOST_PLACES),
  };
}
