/**
 * Regular expressions that an operator types: compiled with smart case, and refused where a single
 * line could keep the program busy for minutes (JavaScript's engine goes back over what it tried, and
 * cannot be interrupted). What passes and is slow none the less is held to a length that it is quick
 * for. Pure; called by `log_match.ts`.
 */
import { hazardOf } from "./log_pattern_hazard.ts";

/** An expression, or the rule that it breaks. */
export type Pattern =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly rule: string; readonly example: string };

/** Characters of an expression; nobody types more. */
const MAX_LENGTH = 1_000;

const IGNORE_CASE = "(?i)";

/** Escapes whose letters are no letters of the text: `\S`, `\p{Lu}`, `\u00C4`, `\cA`. */
const ESCAPE =
  /\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[\dA-Fa-f]{4}|x[\dA-Fa-f]{2}|c[A-Za-z]|k<[^>]*>|.)/gs;

/** Compiles with smart case: capitals are told from small letters only where there is a capital. */
export function compilePattern(source: string, monotonic: () => number): Pattern {
  if (source === "") {
    return { ok: false, rule: "is empty and would match every line", example: "timeout" };
  }
  if (source.length > MAX_LENGTH) {
    const rule = `has ${source.length} characters; at most ${MAX_LENGTH} are taken`;
    return { ok: false, rule, example: "timeout|refused" };
  }
  const forced = source.startsWith(IGNORE_CASE);
  const body = forced ? source.slice(IGNORE_CASE.length) : source;
  const anyCase = forced || !/\p{Lu}/u.test(body.replace(ESCAPE, ""));
  let regex: RegExp;
  try {
    regex = new RegExp(body, anyCase ? "i" : "");
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const why = said.slice(said.lastIndexOf(": ") + 2).replace(/^[A-Z]/, (c) => c.toLowerCase());
    return {
      ok: false,
      rule: `is not a regular expression: ${why}`,
      example: escaped(body.slice(0, 60)),
    };
  }
  const { repeated, degree } = hazardOf(body, anyCase);
  if (repeated === undefined) {
    return { ok: true, expression: new Expression(source, regex, degree, monotonic) };
  }
  return {
    ok: false,
    rule: `repeats ${repeated}, a group that can match the same text in several ways: ` +
      "one long line could take minutes. Take the inner or the outer repetition away",
    example: "(?:[0-9a-f]{4}-)+",
  };
}

/** The text itself, as an expression. */
function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** Steps that the engine takes within a moment, some ten milliseconds. */
const QUICK_STEPS = 1e7;

/** Milliseconds for one line from which an expression is too slow for longer ones. */
const SLOW_MS = 20;

/** How much more work one try may be than the one before. */
const GROWTH = 16;

/** Characters that any text of them is tried on within {@link QUICK_STEPS}: length^(n+1)/(n+1)! steps. */
function quickLength(degree: number): number {
  if (degree < 2) return Number.POSITIVE_INFINITY;
  let factorial = 1;
  for (let factor = 2; factor <= degree + 1; factor++) factorial *= factor;
  return Math.floor((QUICK_STEPS * factorial) ** (1 / (degree + 1)));
}

/** A compiled expression that cannot hang. */
export class Expression {
  /** As it was typed. */
  readonly source: string;
  readonly #regex: RegExp;
  readonly #degree: number;
  readonly #quick: number;
  readonly #monotonic: () => number;
  #limit = Number.POSITIVE_INFINITY;

  constructor(source: string, regex: RegExp, degree: number, monotonic: () => number) {
    this.source = source;
    this.#regex = regex;
    this.#degree = degree;
    this.#quick = quickLength(degree);
    this.#monotonic = monotonic;
  }

  /** Characters of a line that are looked at since the expression was too slow for more; else infinite. */
  get limit(): number {
    return this.#limit;
  }

  /** Whether it matches anywhere. */
  test(text: string): boolean {
    if (text.length <= this.#quick) return this.#regex.test(text);
    const length = Math.min(text.length, this.#limit);
    // On beginnings of growing length: the time of each foretells that of the next.
    const factor = GROWTH ** (1 / (this.#degree + 1));
    for (let tried = this.#quick; tried < length; tried = Math.ceil(tried * factor)) {
      const began = this.#monotonic();
      const found = this.#regex.test(text.slice(0, tried));
      if (this.#monotonic() - began > SLOW_MS) {
        this.#limit = tried;
        return found;
      }
    }
    return this.#regex.test(length < text.length ? text.slice(0, length) : text);
  }
}
