/**
 * The flags of `logs` and what they mean. Every problem is found before anything is read. Pure; called
 * by `commands/logs.ts`.
 */
import { nearest } from "../../answers/suggest.ts";
import { EXIT, type Problem, SetupError } from "../../errors.ts";
import { compileMatch, type LogMatch } from "../../observe/log_match.ts";
import { momentOf } from "../../observe/log_moment.ts";

/** As they are typed. */
export interface LogFlags {
  readonly follow: boolean;
  readonly since?: string;
  readonly until?: string;
  readonly tail?: string;
  readonly grep?: readonly string[];
  readonly exclude?: readonly string[];
  readonly level?: string;
  readonly noPrefix: boolean;
  readonly timestamps?: string;
  readonly raw: boolean;
}

/** How the time of a line is written. */
export const TIMESTAMPS = ["on", "off", "relative", "utc"] as const;
export type Timestamps = (typeof TIMESTAMPS)[number];

/** As they are meant. */
export interface LogOptions {
  readonly follow: boolean;
  /** Milliseconds since the epoch. */
  readonly since: number | undefined;
  readonly until: number | undefined;
  /** Lines of the past that are shown; all when undefined. */
  readonly tail: number | undefined;
  readonly match: LogMatch;
  readonly prefix: boolean;
  readonly timestamps: Timestamps;
  readonly raw: boolean;
}

/** Lines of the past before the new ones, where nothing else is said. */
const FOLLOW_TAIL = 100;

/** They are held in memory until the last is known. */
const MAX_TAIL = 1_000_000;

function moment(key: string, value: string | undefined, now: Date, problems: Problem[]) {
  if (value === undefined) return undefined;
  const at = momentOf(value, now);
  if (at === undefined) {
    problems.push({
      key,
      value,
      rule: "is how long ago (s, m, h, d, w) or a date, with or without a time and a zone",
      example: `10m, 2h30m, ${now.getFullYear()}-01-31, ${now.getFullYear()}-01-31T08:00`,
    });
  }
  return at;
}

function tailOf(flags: LogFlags, problems: Problem[]): number | undefined {
  const { tail, follow, since } = flags;
  if (tail === undefined) return follow && since === undefined ? FOLLOW_TAIL : undefined;
  if (tail.toLowerCase() === "all") return undefined;
  const count = /^\d{1,7}$/.test(tail) ? Number(tail) : Number.NaN;
  if (count <= MAX_TAIL) return count;
  problems.push({
    key: "--tail",
    value: tail,
    rule: `is a number of lines up to ${MAX_TAIL}, or all`,
    example: "200",
  });
  return undefined;
}

function timestampsOf(value: string | undefined, problems: Problem[]): Timestamps {
  if (value === undefined) return "on";
  const found = TIMESTAMPS.find((each) => each === value.toLowerCase());
  if (found !== undefined) return found;
  problems.push({
    key: "--timestamps",
    value,
    rule: `is one of ${TIMESTAMPS.join(", ")}`,
    example: nearest(value, TIMESTAMPS) ?? "utc",
  });
  return "on";
}

/** @throws SetupError `invalid_options` with every problem (exit 3) */
export function logOptions(
  flags: LogFlags,
  services: readonly string[],
  known: readonly string[],
  now: Date,
): LogOptions {
  const problems: Problem[] = services.filter((each) => !known.includes(each)).map((value) => {
    const near = nearest(value, known);
    return {
      key: "service",
      value,
      rule: `is none of ${known.join(", ")}` +
        (near === undefined ? "" : `; did you mean ${near}?`),
      example: near ?? known[0] ?? "backend",
    };
  });
  const since = moment("--since", flags.since, now, problems);
  const until = moment("--until", flags.until, now, problems);
  if (since !== undefined && until !== undefined && since > until) {
    problems.push({
      key: "--until",
      value: flags.until ?? "",
      rule: `is before --since ${flags.since}: nothing lies between`,
      example: "--since 2h --until 1h",
    });
  }
  if (flags.follow && flags.until !== undefined) {
    problems.push({
      key: "--until",
      value: flags.until,
      rule: "and --follow exclude each other: what is followed has no end",
      example: "--since 2h --until 1h",
    });
  }
  const tail = tailOf(flags, problems);
  const timestamps = timestampsOf(flags.timestamps, problems);
  const compiled = compileMatch({
    services,
    ...(flags.level === undefined ? {} : { level: flags.level }),
    include: flags.grep ?? [],
    exclude: flags.exclude ?? [],
  });
  if (!compiled.ok) problems.push(...compiled.problems);
  if (!compiled.ok || problems.length > 0) {
    throw new SetupError({
      code: "invalid_options",
      message: problems.length === 1
        ? "1 option is not valid."
        : `${problems.length} options are not valid.`,
      hint: "rxdx-setup logs --help",
      exit: EXIT.answers,
      problems,
    });
  }
  return {
    follow: flags.follow,
    since,
    until,
    tail,
    match: compiled.match,
    prefix: !flags.noPrefix,
    timestamps,
    raw: flags.raw,
  };
}
