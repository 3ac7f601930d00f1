/**
 * From one look to what has to be told: a state machine over the problems of a stack. Pure. `healthcheck`
 * calls it once a look; the tests call it a hundred thousand times.
 *
 * A problem is told after `after` looks in a row, again after `repeatHours` while it lasts, and its end
 * after `recoverAfter` looks without it. Whatever is told of one look is one message. A problem that
 * comes and goes is told once as flapping, and then nothing but that it is calm.
 */
import type { StatusProblem } from "../observe/status.ts";
import type { AlertMessage, AlertState, News, Tracked } from "./state.ts";

export interface AlertSettings {
  readonly after: number;
  readonly recoverAfter: number;
  readonly repeatHours: number;
}

/** What one look has found. */
export interface Look {
  readonly problems: readonly StatusProblem[];
  /** False when it could not see everything: what it does not name may still be there. */
  readonly complete: boolean;
}

export interface Stepped {
  readonly state: AlertState;
  readonly message: AlertMessage | undefined;
}

/** Looks that are remembered: an hour and twenty minutes of a timer of five. */
export const REMEMBERED = 16;
/** Comings and goings among them that make a problem a flapping one: its third coming. */
export const FLAPPING_AT = 5;
/** Looks in a row, all the same, after which a flapping problem is calm. */
export const CALM = 8;

const HOUR_MS = 3_600_000;

/** Different codes of what is one thing to whoever has to mend it. */
const SAME: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^service_(missing|not_running|unhealthy)$/, "service"],
  [/^certificate_(expiring|expired|missing)$/, "certificate"],
];

/** What tells a problem from others, whatever its words are today. */
export function keyOf(problem: Pick<StatusProblem, "code" | "subject">): string {
  const name = SAME.find(([pattern]) => pattern.test(problem.code))?.[1] ?? problem.code;
  return (problem.subject ?? "") === "" ? name : `${name}:${problem.subject}`;
}

/** Alerts about alerts would come by the channels that do not work. */
function isTold({ code, severity }: StatusProblem): boolean {
  return severity !== "info" && !code.startsWith("alerts_");
}

/** How often it came or went; before the first look it was not there. */
function changes(looks: string): number {
  return [...looks].filter((each, index) => each !== (looks[index - 1] ?? "0")).length;
}

/**
 * @param silenced nobody is to be told anything now
 */
export function step(
  before: AlertState,
  look: Look,
  now: Date,
  settings: AlertSettings,
  silenced: boolean,
): Stepped {
  const state = withoutFuture(before, now);
  const seen = seenNow(look.problems.filter(isTold));
  const keys = new Set([...state.problems.map((each) => each.key), ...seen.keys()]);
  const known = new Map(state.problems.map((each) => [each.key, each]));
  const tracked: Tracked[] = [];
  for (const key of keys) {
    const next = afterLook(known.get(key), { key, problem: seen.get(key), look, now, silenced });
    if (next !== undefined) tracked.push(next);
  }
  const looked = { ...state, problems: tracked, looked_at: now.toISOString() };
  if (silenced) return { state: looked, message: undefined };
  return tell(looked, { now, settings, seen: new Set(seen.keys()) });
}

/** A clock that was set back must not keep anybody from being told for as long as it was ahead. */
export function withoutFuture(state: AlertState, now: Date): AlertState {
  const latest = (text: string) => Date.parse(text) > now.getTime() ? now.toISOString() : text;
  const { silence } = state;
  const ahead = silence === null ? 0 : Date.parse(silence.from) - now.getTime();
  const back = (text: string) => new Date(Date.parse(text) - ahead).toISOString();
  return {
    ...state,
    silence: silence === null || ahead <= 0
      ? silence
      : { ...silence, from: back(silence.from), until: back(silence.until) },
    problems: state.problems.map((each) => ({
      ...each,
      since: latest(each.since),
      told: each.told === null ? null : { ...each.told, at: latest(each.told.at) },
    })),
  };
}

/** One problem a key: the gravest, with the words of all. */
function seenNow(problems: readonly StatusProblem[]): Map<string, StatusProblem> {
  const found = new Map<string, StatusProblem>();
  for (const problem of problems) {
    const other = found.get(keyOf(problem));
    if (other === undefined) {
      found.set(keyOf(problem), problem);
      continue;
    }
    const graver = other.severity === "critical" ? other : problem;
    const message = other.message === problem.message
      ? other.message
      : `${other.message} ${problem.message}`;
    found.set(keyOf(problem), { ...graver, message });
  }
  return found;
}

interface Seeing {
  readonly key: string;
  readonly problem: StatusProblem | undefined;
  readonly look: Look;
  readonly now: Date;
  readonly silenced: boolean;
}

/** A problem with one more look counted; `undefined` when it is to be forgotten. */
function afterLook(was: Tracked | undefined, seeing: Seeing): Tracked | undefined {
  const { key, problem, look, now, silenced } = seeing;
  const looks = (bit: "0" | "1") =>
    // What comes and goes while nobody is to be told is work, not flapping.
    silenced ? was?.looks ?? "" : ((was?.looks ?? "") + bit).slice(-REMEMBERED);
  if (problem !== undefined) {
    const { code, subject = "", message, hint } = problem;
    const severity = problem.severity === "critical" ? "critical" : "warning";
    const begins = was === undefined || (was.told === null && was.bad === 0);
    return {
      key,
      code,
      subject,
      severity,
      message,
      hint,
      since: begins ? now.toISOString() : was.since,
      bad: (was?.bad ?? 0) + 1,
      critical: severity === "critical" ? (was?.critical ?? 0) + 1 : 0,
      good: 0,
      looks: looks("1"),
      flapping: was?.flapping ?? false,
      ended: was?.ended ?? false,
      told: was?.told ?? null,
    };
  }
  if (was === undefined || !look.complete) return was;
  const good = was.good + 1;
  if (was.told === null && (good >= REMEMBERED || silenced)) return undefined;
  return { ...was, bad: 0, critical: 0, good, looks: looks("0") };
}

interface Telling {
  readonly now: Date;
  readonly settings: AlertSettings;
  /** Keys of what this look has found. */
  readonly seen: ReadonlySet<string>;
}

/** What a message is about, by its gravest part; in this order its problems stand. */
const EVENTS = ["opened", "flapping", "reminder", "recovered", null] as const;

/** Decides what is told of each problem, and makes one message of it. */
function tell(state: AlertState, telling: Telling): Stepped {
  const number = state.number + 1;
  // Whoever is told of one thing shall see what else is wrong, and not get a second message.
  const along = state.problems.some((each) => opens(each, telling));
  const news: News[] = [];
  const problems: Tracked[] = [];
  for (const each of state.problems) {
    const { event, next } = judge(each, { ...telling, state, number, along });
    problems.push(next);
    const thread = next.told?.thread ?? each.told?.thread;
    if (thread === undefined) continue;
    const { code, subject, severity, message, hint, since } = each;
    news.push({ event, code, subject, severity, message, hint, since, thread });
  }
  const event = EVENTS.find((name) => news.some((each) => each.event === name)) ?? null;
  if (event === null) return { state: { ...state, problems }, message: undefined };
  const order = (each: News) =>
    EVENTS.findIndex((name) => name === each.event) * 2 + (each.severity === "critical" ? 0 : 1);
  news.sort((a, b) => order(a) - order(b));
  return {
    state: { ...state, number, problems },
    message: { number, at: telling.now.toISOString(), event, problems: news },
  };
}

function opens(each: Tracked, { settings, seen }: Telling): boolean {
  return each.told === null && seen.has(each.key) && each.bad >= settings.after;
}

interface Judging extends Telling {
  readonly state: AlertState;
  /** Of the message, if there will be one. */
  readonly number: number;
  readonly along: boolean;
}

interface Judged {
  readonly event: News["event"];
  readonly next: Tracked;
}

function judge(each: Tracked, judging: Judging): Judged {
  const { seen } = judging;
  if (each.told === null) return seen.has(each.key) ? judgeNew(each, judging) : silent(each);
  return each.good > 0 ? judgeGoing(each, judging) : judgeLasting(each, each.told, judging);
}

function silent(next: Tracked): Judged {
  return { event: null, next };
}

function isRestless(each: Tracked): boolean {
  return changes(each.looks) >= FLAPPING_AT;
}

function judgeNew(each: Tracked, judging: Judging): Judged {
  const { now, number } = judging;
  const told = { at: now.toISOString(), severity: each.severity, thread: number };
  if (isRestless(each)) return { event: "flapping", next: { ...each, flapping: true, told } };
  if (!opens(each, judging) && !judging.along) return silent(each);
  return each.ended
    ? { event: "flapping", next: { ...each, flapping: true, told } }
    : { event: "opened", next: { ...each, told } };
}

function judgeGoing(each: Tracked, judging: Judging): Judged {
  const flapping = each.flapping || isRestless(each);
  const { recoverAfter } = judging.settings;
  // What is about to be over at the next look is told in the same message.
  const company = judging.state.problems.some((other) =>
    other.told !== null && !other.flapping && !isRestless(other) && other.good > 0 &&
    other.good < recoverAfter
  );
  if (each.good < (flapping ? CALM : recoverAfter) || company) return silent({ ...each, flapping });
  const over = { ...each, told: null, flapping: false };
  // What was flapping has been watched for so long that it is a new one when it comes again.
  const next = flapping ? { ...over, looks: "", ended: false } : { ...over, ended: true };
  return { event: "recovered", next };
}

function judgeLasting(
  each: Tracked,
  told: NonNullable<Tracked["told"]>,
  { now, settings, seen }: Judging,
): Judged {
  const steady = each.bad >= CALM;
  const next = {
    ...each,
    flapping: !steady && (each.flapping || isRestless(each)),
    looks: steady ? "1" : each.looks,
  };
  const at = now.toISOString();
  if (told.severity === "warning" && each.critical >= settings.after) {
    return { event: "opened", next: { ...next, told: { ...told, at, severity: "critical" } } };
  }
  const due = seen.has(each.key) &&
    now.getTime() - Date.parse(told.at) >= settings.repeatHours * HOUR_MS;
  return due ? { event: "reminder", next: { ...next, told: { ...told, at } } } : silent(next);
}
