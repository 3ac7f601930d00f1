/**
 * Takes secrets out of text at the moment it is collected: known values in every spelling, and what
 * looks like a secret. Overlapping finds become one gap, so nothing of either is left between them.
 * Pure; made once for a bundle and used on every part of it.
 */
import {
  composed,
  distinct,
  type KnownSecret,
  placeholder,
  placeholderName,
  reachOf,
} from "./known_secret.ts";
import { base64Patterns, hexadecimal } from "./encodings.ts";
import { HARMLESS, namesSecret, patternSpans, type Span } from "./patterns.ts";
import { spellings } from "./spellings.ts";

export interface Redacted {
  readonly text: string;
  /** Gaps that were made. */
  readonly count: number;
}

export interface Redactor {
  text(text: string): Redacted;
  /** Strings, numbers and keys of a value as JSON has it; shape and order stay. */
  json(value: unknown): { readonly value: unknown; readonly count: number };
  /** Names of secrets that are too short or too common to be searched for. */
  readonly notSearched: readonly string[];
}

interface Search {
  readonly name: string;
  readonly first: RegExp;
  /** What must follow directly, piece by piece. */
  readonly rest: readonly RegExp[];
  /** The gap is widened over neighbours of this kind: a rest of base64 would still say something. */
  readonly widen?: RegExp;
}

const BASE64_RUN = /[A-Za-z0-9+/_=-]/;

/** Not inside of a word; the end of an escape is no letter, though it looks like one. */
const WORD_BEFORE =
  "(?<=^|[^\\p{L}\\p{N}_]|%[0-9A-Fa-f]{2}|\\\\[nrtbfv0]|\\\\u[0-9A-Fa-f]{4}|\\\\x[0-9A-Fa-f]{2})";
const WORD_AFTER = "(?![\\p{L}\\p{N}_])";

function searchesFor({ name, value }: KnownSecret, names: ReadonlySet<string>): Search[] {
  const reach = reachOf(value, names);
  if (reach === "by-name") return [];
  if (reach === "word") {
    const pattern = spellings(value).join("");
    return [{ name, first: new RegExp(WORD_BEFORE + pattern + WORD_AFTER, "gu"), rest: [] }];
  }
  const written = composed(value).map((form): Search => {
    const [first = "", ...rest] = spellings(form);
    return {
      name,
      first: new RegExp(first, "g"),
      rest: rest.map((each) => new RegExp(each, "y")),
    };
  });
  const hidden = composed(value).flatMap(base64Patterns);
  return [
    ...written,
    ...[...new Set(hidden)].map((each): Search => ({
      name,
      first: new RegExp(each, "g"),
      rest: [],
      widen: BASE64_RUN,
    })),
    ...composed(value).map((each): Search => ({
      name,
      first: new RegExp(hexadecimal(each), "g"),
      rest: [],
    })),
  ];
}

function widened(text: string, span: Span, over: RegExp): Span {
  let { start, end } = span;
  while (start > 0 && over.test(text.charAt(start - 1))) start--;
  while (end < text.length && over.test(text.charAt(end))) end++;
  return { ...span, start, end };
}

function spansOf(text: string, { name, first, rest, widen }: Search): Span[] {
  const spans: Span[] = [];
  first.lastIndex = 0;
  for (let match = first.exec(text); match !== null; match = first.exec(text)) {
    const start = match.index;
    let end = start + match[0].length;
    if (end === start) break;
    for (const next of rest) {
      next.lastIndex = end;
      const found = next.exec(text);
      // What was cut off in the middle is half a secret; that half goes.
      if (found === null) break;
      end += found[0].length;
    }
    const span = { start, end, name };
    spans.push(widen === undefined ? span : widened(text, span, widen));
    first.lastIndex = Math.max(end, spans.at(-1)?.end ?? end);
  }
  return spans;
}

/** Overlapping and touching spans as one, under the name of the first. */
function merged(spans: readonly Span[]): Span[] {
  const sorted = [...spans].sort((a, b) => a.start - b.start || b.end - a.end);
  const result: Span[] = [];
  for (const span of sorted) {
    const last = result.at(-1);
    if (last !== undefined && span.start < last.end) {
      result[result.length - 1] = { ...last, end: Math.max(last.end, span.end) };
    } else result.push(span);
  }
  return result;
}

/** @param names words that are in every bundle of this stack: its name, role, database, domain */
export function redactor(
  secrets: readonly KnownSecret[],
  names: ReadonlySet<string> = new Set(),
): Redactor {
  const known = distinct(secrets);
  const byValue = new Map(known.map(({ name, value }) => [value, name]));
  const searches = known.flatMap((secret) => searchesFor(secret, names));

  const once = (text: string): Redacted => {
    const spans = merged([
      ...searches.flatMap((each) => spansOf(text, each)),
      ...patternSpans(text, byValue),
    ]);
    if (spans.length === 0) return { text, count: 0 };
    const pieces: string[] = [];
    let at = 0;
    for (const span of spans) {
      pieces.push(text.slice(at, span.start), placeholder(span.name));
      at = span.end;
    }
    return { text: pieces.join("") + text.slice(at), count: spans.length };
  };

  const json = (value: unknown): { value: unknown; count: number } => {
    if (typeof value === "string") {
      const { text, count } = once(value);
      return { value: text, count };
    }
    if (typeof value === "number") {
      const { text, count } = once(String(value));
      return count === 0 ? { value, count } : { value: text, count };
    }
    if (typeof value !== "object" || value === null) return { value, count: 0 };
    let count = 0;
    const inner = (each: unknown) => {
      const done = json(each);
      count += done.count;
      return done.value;
    };
    if (Array.isArray(value)) return { value: value.map(inner), count };
    const entries = Object.entries(value).map(([key, each]) => {
      const secret = namesSecret(key) && typeof each === "string" && each !== "" &&
        (byValue.has(each) || !HARMLESS.test(each));
      if (!secret) return [inner(key), inner(each)];
      count++;
      const known = byValue.get(each);
      return [inner(key), placeholder(known ?? placeholderName(key))];
    });
    return { value: Object.fromEntries(entries), count };
  };

  return {
    text: once,
    json,
    notSearched: known.filter(({ value }) => reachOf(value, names) === "by-name")
      .map(({ name }) => name),
  };
}
