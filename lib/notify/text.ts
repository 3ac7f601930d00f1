/** A message about problems as an e-mail and as the JSON of a webhook. Pure; sent by `deliver.ts`. */
import { quoted } from "../steps/command_line.ts";
import type { AlertMessage, News } from "./state.ts";

/** What every message says of where it comes from. */
export interface AlertOrigin {
  readonly stack: string;
  readonly environment: string;
  readonly url: string;
  /** Of the stack now; `unknown` when Docker does not answer. */
  readonly state: string;
  readonly hostname: string;
  readonly dir: string;
  readonly repeatHours: number;
  /** Of `AlertState`; part of the identifiers. */
  readonly id: string;
}

/** RFC 5322, 2.1.1: what a line should not be longer than. */
const SUBJECT_COLUMNS = 78;

const WORDS: Readonly<Record<AlertMessage["event"], string>> = {
  opened: "problem",
  flapping: "coming and going",
  reminder: "still",
  recovered: "over",
  test: "test message",
};

/** One line without what moves a cursor or begins another header. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

function cut(text: string, columns: number): string {
  return text.length > columns ? `${text.slice(0, columns - 3)}...` : text;
}

/** `2026-03-15 03:05 UTC` */
export function moment(time: string): string {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** `3 d 4 h`, `5 h 12 min`, `12 min`. */
export function span(from: string, to: string): string {
  const minutes = Math.max(0, Math.floor((Date.parse(to) - Date.parse(from)) / 60_000));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 24
    ? `${hours} h ${minutes % 60} min`
    : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** At most 78 characters of ASCII, so that no mail program has to encode or fold it. */
export function subjectOf(message: AlertMessage, origin: AlertOrigin): string {
  const told = message.problems.filter((each) => each.event === message.event);
  const [first] = told;
  const more = told.length > 1 ? ` (+${told.length - 1})` : "";
  const head = `[${cut(origin.stack, 30)}] ${
    message.event === "opened" && first !== undefined ? first.severity : WORDS[message.event]
  }`;
  const what = first === undefined ? "" : oneLine(first.message)
    // Whose container it is has been said.
    .replaceAll(`${origin.stack}-`, "").replace(/[^\x20-\x7e]+/g, "?");
  return first === undefined
    ? head
    : `${head}: ${cut(what, SUBJECT_COLUMNS - head.length - 2 - more.length)}${more}`;
}

const HEADINGS: readonly (readonly [event: News["event"], heading: string])[] = [
  ["opened", "New"],
  ["flapping", "Coming and going"],
  ["reminder", "Still there"],
  ["recovered", "Over"],
  [null, "Told before, not over"],
];

function paragraph(each: News, at: string): string {
  const since = `since ${moment(each.since)} (${span(each.since, at)})`;
  const first = `  ${each.severity.toUpperCase()}  ${oneLine(each.message)}`;
  if (each.event === "recovered") return `${first}\n    was there ${since}`;
  const calm = each.event === "flapping"
    ? "\n    You are told when it has been calm for a while, and not before."
    : "";
  return `${first}\n    ${since}\n    -> ${oneLine(each.hint)}${calm}`;
}

export function textOf(message: AlertMessage, origin: AlertOrigin): string {
  const { stack, environment, url, hostname, dir, repeatHours } = origin;
  const parts = HEADINGS.flatMap(([event, heading]) => {
    const there = message.problems.filter((each) => each.event === event);
    return there.length === 0
      ? []
      : [`${heading}:\n\n${there.map((each) => paragraph(each, message.at)).join("\n\n")}`];
  });
  if (message.event === "test") {
    parts.push(
      "This is a test message. Problems of this stack would be told here. Nothing is wrong.",
    );
  } else if (message.problems.every((each) => each.event === "recovered")) {
    parts.push("Nothing else is wrong that was told.");
  }
  const where = `--dir ${quoted([dir])}`;
  return [
    `Stack  ${stack} (${environment}), ${url}\nHost   ${hostname}\nTime   ${moment(message.at)}`,
    ...parts,
    "Look at it:     rxdx-setup status " + where + "\n" +
    "Find the cause: rxdx-setup doctor " + where + "\n" +
    "Two hours rest: rxdx-setup alerts silence 2h " + where,
    "-- \n" +
    `Sent by rxdx-setup. What lasts is told again after ${repeatHours} h.\n` +
    `Who is told of what: alerts in ${dir}/rxdx.yml.`,
  ].join("\n\n") + "\n";
}

/** Foreign words must not call everybody of a chat room. */
function unmentioned(text: string): string {
  return text.replaceAll("<", "\u2039").replaceAll(">", "\u203a").replace(/@(?=\w)/g, "@\u200b");
}

/** The body of the POST, schema 1; docs/guide/alerts.md describes it. */
export function jsonOf(message: AlertMessage, origin: AlertOrigin): string {
  const lines = message.problems.filter((each) => each.event !== null).map((each) =>
    `${each.event === "recovered" ? "over" : each.severity}: ${oneLine(each.message)}` +
    (each.event === "recovered" ? "" : ` \u2192 ${oneLine(each.hint)}`)
  );
  const { stack, environment, url, state, hostname } = origin;
  return JSON.stringify({
    schema: 1,
    source: "rxdx-setup",
    id: `${origin.id}.${message.number}`,
    at: message.at,
    stack,
    environment,
    url,
    host: hostname,
    state,
    event: message.event,
    problems: message.problems.map((each) => ({
      event: each.event,
      code: each.code,
      subject: each.subject,
      severity: each.severity,
      message: oneLine(each.message),
      hint: oneLine(each.hint),
      since: each.since,
    })),
    // What chat services show.
    text: unmentioned(
      [`${stack} on ${hostname}: ${WORDS[message.event]}`, ...lines].join("\n"),
    ),
  });
}

/** `<alert-0123456789abcdef.7@example.com>` of the message with this number. */
function identifier(id: string, number: number, from: string): string {
  return `<alert-${id}.${number}@${from.slice(from.lastIndexOf("@") + 1)}>`;
}

/** What makes the messages about one problem a thread. */
export function identifiersOf(
  message: AlertMessage,
  origin: Pick<AlertOrigin, "id">,
  from: string,
): { readonly messageId: string; readonly references: readonly string[] } {
  const threads = message.problems.filter((each) => each.event !== null)
    .map((each) => each.thread).filter((thread) => thread !== message.number);
  return {
    messageId: identifier(origin.id, message.number, from),
    references: [...new Set(threads)].sort((a, b) => a - b)
      .map((thread) => identifier(origin.id, thread, from)),
  };
}
