/**
 * The regular expressions that an operator types to search and filter the log: compiled as they are
 * typed, an unfinished one being no error yet. Pure; part of `update.ts`.
 */
import { compilePattern } from "../../observe/log_pattern.ts";
import { NO_PATTERN, type Pattern } from "./model.ts";

/** A pattern of what was typed; the empty text is none. */
export function patternOf(text: string): Pattern {
  if (text === "") return NO_PATTERN;
  const compiled = compilePattern(text);
  return compiled.ok
    ? { text, match: (line) => compiled.test(line.text), problem: undefined }
    : { text, match: undefined, problem: compiled.rule };
}

/** Where a pattern is found in a text: begin and end of each place, in order; at most 20. */
export function placesOf(pattern: Pattern, text: string): (readonly [number, number])[] {
  if (pattern.match === undefined) return [];
  const compiled = compilePattern(pattern.text);
  return compiled.ok ? compiled.places(text, 20) : [];
}
