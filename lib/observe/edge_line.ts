/**
 * Takes from a line of nginx's access log what the figures of the edge need, without parsing it as JSON:
 * a busy edge writes thousands a second. Fields are found by their names in the order in which
 * `templates/nginx/partials/log.eta` writes them; a client cannot forge one, because quotes in what it
 * sends are written as `\"`. Pure; used by `edge.ts`.
 */
import { stampOf, stampTime } from "./log_stamp.ts";

/** A request as the figures need it. One object is filled again and again. */
export interface EdgeRequest {
  /** Milliseconds since the epoch, by the daemon's clock. */
  at: number;
  /** 0 when the connection ended before there was one. */
  status: number;
  /** Milliseconds. */
  took: number;
  /** Milliseconds in the application, over all attempts; -1 when it was not asked. */
  upstream: number;
}

/** A request to be filled. */
export function emptyRequest(): EdgeRequest {
  return { at: 0, status: 0, took: 0, upstream: -1 };
}

// Expressions, because the engine compiles them: five times as fast as looking for each name.

/** A JSON string's inside: `\"` does not end it. */
const INSIDE = String.raw`[^"\\]*(?:\\.[^"\\]*)*`;

/** Up to the status. */
const TO_STATUS = new RegExp(
  `"method":"(${INSIDE})","uri":"(${INSIDE})","protocol":"${INSIDE}","status":`,
  "g",
);

/** From the status to the duration. */
const TO_REQUEST_TIME = /\d{1,3}(?:,"\w+":[\d.]+)*?,"request_time":/y;

/** The last field. */
const UPSTREAM_TIME = '"upstream_response_time":"';

const ZERO = 0x30;

function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - ZERO;
  return digit >= 0 && digit <= 9 ? digit : -1;
}

/** `1.234` seconds at this place as milliseconds; -1 when no number stands there. */
function millisecondsAt(text: string, begin: number): number {
  let at = begin;
  let seconds = 0;
  for (let digit = digitAt(text, at); digit >= 0; digit = digitAt(text, ++at)) {
    seconds = seconds * 10 + digit;
  }
  if (at === begin) return -1;
  let milliseconds = seconds * 1_000;
  // nginx writes three digits after the point.
  if (text[at] !== ".") return milliseconds;
  for (let worth = 100; worth >= 1; worth /= 10) {
    const digit = digitAt(text, ++at);
    if (digit < 0) break;
    milliseconds += digit * worth;
  }
  return milliseconds;
}

/** `0.001, 0.020 : 0.003`, one for each attempt; `-` and nothing for none. */
function upstreamAt(text: string, begin: number): number {
  const first = millisecondsAt(text, begin);
  const end = text.indexOf('"', begin);
  let comma = text.indexOf(" ", begin);
  if (comma < 0 || comma > end) return first;
  let sum = Math.max(0, first);
  let asked = first >= 0;
  while (comma >= 0 && comma < end) {
    const next = millisecondsAt(text, comma + 1);
    if (next >= 0) {
      sum += next;
      asked = true;
    }
    comma = text.indexOf(" ", comma + 1);
  }
  return asked ? sum : -1;
}

/** Fills `request` from a raw log line with the daemon's stamp; false when it is no access line. */
export function readRequest(line: string, request: EdgeRequest): boolean {
  const stamp = stampOf(line);
  if (stamp === "" || line.charCodeAt(stamp.length + 1) !== 0x7b) return false;
  TO_STATUS.lastIndex = stamp.length;
  if (!TO_STATUS.test(line)) return false;
  const status = TO_STATUS.lastIndex;
  TO_REQUEST_TIME.lastIndex = status;
  if (!TO_REQUEST_TIME.test(line)) return false;
  const time = TO_REQUEST_TIME.lastIndex;
  const took = millisecondsAt(line, time);
  if (took < 0) return false;
  const upstream = line.lastIndexOf(UPSTREAM_TIME);
  request.at = stampTime(stamp);
  request.status = millisecondsAt(line, status) / 1_000;
  request.took = took;
  request.upstream = upstream < time ? -1 : upstreamAt(line, upstream + UPSTREAM_TIME.length);
  return true;
}

/** Method and path of a line that {@link readRequest} took, as they are written there. */
export function targetOf(line: string): { readonly method: string; readonly path: string } {
  TO_STATUS.lastIndex = 0;
  const [, method = "", path = ""] = TO_STATUS.exec(line) ?? [];
  return { method, path };
}
