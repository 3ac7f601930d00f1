/**
 * What is remembered between two looks about alerts: the content of `.rxdx/alerts.json`. Reading and
 * judging a text; where it lies is `store.ts`'s business. Pure.
 */
import * as v from "valibot";

/** ISO 8601 with a time zone, and nothing that `Date` could misread. */
const time = v.pipe(v.string(), v.check((text) => !Number.isNaN(Date.parse(text))));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const severity = v.picklist(["warning", "critical"]);
const event = v.picklist(["opened", "reminder", "recovered", "flapping", "test"]);

const NewsSchema = v.object({
  /** `null`: told before and still there; nothing new. */
  event: v.nullable(event),
  code: v.string(),
  subject: v.string(),
  severity,
  message: v.string(),
  hint: v.string(),
  since: time,
  /** Number of the message that told it first. */
  thread: count,
});

const MessageSchema = v.object({
  number: count,
  at: time,
  event,
  problems: v.array(NewsSchema),
});

const TrackedSchema = v.object({
  key: v.string(),
  code: v.string(),
  subject: v.string(),
  severity,
  message: v.string(),
  hint: v.string(),
  /** First seen. */
  since: time,
  /** Looks in a row that found it; that found it critical; that did not find it. */
  bad: count,
  critical: count,
  good: count,
  /** The last looks, oldest first: 1 found it, 0 did not. */
  looks: v.pipe(v.string(), v.regex(/^[01]*$/)),
  flapping: v.boolean(),
  /** Its end was told lately. */
  ended: v.boolean(),
  told: v.nullable(v.object({ at: time, severity, thread: count })),
});

const StateSchema = v.object({
  schema: v.literal(1),
  /** Made once; part of the identifiers of messages. */
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  /** Number of the last message. */
  number: count,
  problems: v.array(TrackedSchema),
  silence: v.nullable(v.object({ from: time, until: time, reason: v.string() })),
  /** Messages that a channel has not taken yet, oldest first. */
  queue: v.array(v.object({
    channel: v.picklist(["email", "webhook"]),
    message: MessageSchema,
    attempts: count,
    error: v.string(),
  })),
  looked_at: v.nullable(time),
  /** When a channel last took a message about problems. */
  last_sent_at: v.nullable(time),
  /** When every channel last took a test message. */
  tested_at: v.nullable(time),
});

export type AlertState = Readonly<v.InferOutput<typeof StateSchema>>;
export type Tracked = Readonly<v.InferOutput<typeof TrackedSchema>>;
/** One problem as a message tells it. */
export type News = Readonly<v.InferOutput<typeof NewsSchema>>;
/** What goes out once through every channel. */
export type AlertMessage = Readonly<v.InferOutput<typeof MessageSchema>>;
export type AlertEvent = AlertMessage["event"];
export type Channel = AlertState["queue"][number]["channel"];
export type Queued = Readonly<AlertState["queue"][number]>;

/** @param id 16 hexadecimal digits, by chance */
export function freshState(id: string): AlertState {
  return {
    schema: 1,
    id,
    number: 0,
    problems: [],
    silence: null,
    queue: [],
    looked_at: null,
    last_sent_at: null,
    tested_at: null,
  };
}

/** `undefined` for a text that is no state of this version: damaged, or of a newer one. */
export function parseState(text: string): AlertState | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = v.safeParse(StateSchema, value);
  return parsed.success ? parsed.output : undefined;
}

/** Problems that somebody was told of and that are not over. */
export function openProblems(state: AlertState): readonly Tracked[] {
  return state.problems.filter((each) => each.told !== null);
}
