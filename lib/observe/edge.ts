/**
 * Figures of the edge over the last minute, from nginx's access log: how many requests, how many of them
 * failed, how long they took and which took longest. Fixed memory, some hundred nanoseconds a line. Pure
 * but for its own counts; the dashboard owns one and gives it the lines of nginx.
 */
import { CLASSES, count, percentiles } from "./edge_histogram.ts";
import { emptyRequest, readRequest, targetOf } from "./edge_line.ts";
import { clean } from "./log_line_clean.ts";

/** Percentiles in milliseconds, each within 5 % (0 is less than one millisecond). */
export interface Durations {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** The request that took longest. */
export interface SlowRequest {
  readonly method: string;
  /** Without the query; printable, cut at 200 characters. */
  readonly path: string;
  readonly status: number;
  /** Milliseconds. */
  readonly took: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The last {@link WINDOW} complete seconds. */
export interface EdgeFigures {
  /** Seconds that are known: fewer than {@link WINDOW} when watching began only now, 0 without a line. */
  readonly seconds: number;
  readonly requests: number;
  /** Requests per second over these seconds. */
  readonly perSecond: number;
  /** Requests per second over the last ten of them. */
  readonly recentPerSecond: number;
  /** Requests answered with 5xx and their share of all, 0 to 1. */
  readonly serverErrors: number;
  readonly serverErrorShare: number;
  /** Requests answered with 4xx and their share of all, 0 to 1. */
  readonly clientErrors: number;
  readonly clientErrorShare: number;
  /** From the first byte received to the last sent; WebSockets, which last for hours, left out. */
  readonly durations: Durations | undefined;
  /** The application's part of it, of the requests that it was asked for. */
  readonly upstream: Durations | undefined;
  readonly slowest: SlowRequest | undefined;
  /** Requests in each second, oldest first, {@link WINDOW} of them. */
  readonly history: readonly number[];
}

/** Seconds that the figures are of. */
export const WINDOW = 60;

const RECENT = 10;

/** One more than the window, for the second that has begun, and some for lines that come early. */
const SLOTS = 64;

const SWITCHING_PROTOCOLS = 101;

const MAX_PATH = 200;

const SHARES = [0.5, 0.95, 0.99] as const;

/** What is kept of one second. */
interface Second {
  /** Seconds since the epoch; -1 before the first. */
  at: number;
  requests: number;
  serverErrors: number;
  clientErrors: number;
  /** Milliseconds of the slowest; -1 for none. */
  longest: number;
  slowest: SlowRequest | undefined;
}

function emptySecond(): Second {
  return {
    at: -1,
    requests: 0,
    serverErrors: 0,
    clientErrors: 0,
    longest: -1,
    slowest: undefined,
  };
}

function durationsOf(counts: Uint32Array): Durations | undefined {
  const found = percentiles(counts, SHARES);
  if (found === undefined) return undefined;
  const [p50 = 0, p95 = 0, p99 = 0] = found;
  return { p50, p95, p99 };
}

/** Lines in, figures out. */
export class EdgeMeter {
  readonly #seconds = Array.from({ length: SLOTS }, emptySecond);
  /** Histograms of all seconds, one after the other. */
  readonly #took = new Uint32Array(SLOTS * CLASSES);
  readonly #upstream = new Uint32Array(SLOTS * CLASSES);
  readonly #request = emptyRequest();
  #first = Number.POSITIVE_INFINITY;

  /**
   * Counts a raw log line of nginx, with the daemon's stamp in front. Anything that is no access line is
   * passed over; false then.
   */
  add(rawLine: string): boolean {
    const request = this.#request;
    if (!readRequest(rawLine, request)) return false;
    const { at, status, took } = request;
    const secondAt = Math.floor(at / 1_000);
    this.#first = Math.min(this.#first, secondAt);
    const slot = secondAt % SLOTS;
    const second = this.#seconds[slot];
    // A line of a second that is no longer kept: it is caught up with after an interruption.
    if (second === undefined || second.at > secondAt) return true;
    if (second.at < secondAt) this.#clear(slot, second, secondAt);
    second.requests += 1;
    if (status >= 500) second.serverErrors += 1;
    else if (status >= 400) second.clientErrors += 1;
    if (status === SWITCHING_PROTOCOLS) return true;
    count(this.#took, slot * CLASSES, took);
    if (request.upstream >= 0) count(this.#upstream, slot * CLASSES, request.upstream);
    if (took <= second.longest) return true;
    const { method, path } = targetOf(rawLine);
    second.longest = took;
    second.slowest = { method, path: path.slice(0, MAX_PATH), status, took, at };
    return true;
  }

  /** The figures of the seconds before this moment (milliseconds since the epoch). */
  figures(nowMs: number): EdgeFigures {
    const now = Math.floor(nowMs / 1_000);
    const took = new Uint32Array(CLASSES);
    const upstream = new Uint32Array(CLASSES);
    const history: number[] = [];
    let requests = 0;
    let recent = 0;
    let serverErrors = 0;
    let clientErrors = 0;
    let slowest: SlowRequest | undefined;
    for (let at = now - WINDOW; at < now; at++) {
      const slot = at % SLOTS;
      const second = this.#seconds[slot];
      if (second === undefined || second.at !== at) {
        history.push(0);
        continue;
      }
      history.push(second.requests);
      requests += second.requests;
      if (at >= now - RECENT) recent += second.requests;
      serverErrors += second.serverErrors;
      clientErrors += second.clientErrors;
      if (second.longest > (slowest?.took ?? -1)) slowest = second.slowest;
      const offset = slot * CLASSES;
      for (let index = 0; index < CLASSES; index++) {
        took[index] = (took[index] ?? 0) + (this.#took[offset + index] ?? 0);
        upstream[index] = (upstream[index] ?? 0) + (this.#upstream[offset + index] ?? 0);
      }
    }
    const seconds = Math.max(0, Math.min(WINDOW, now - this.#first));
    const share = (part: number) => requests === 0 ? 0 : part / requests;
    return {
      seconds,
      requests,
      perSecond: seconds === 0 ? 0 : requests / seconds,
      recentPerSecond: seconds === 0 ? 0 : recent / Math.min(RECENT, seconds),
      serverErrors,
      serverErrorShare: share(serverErrors),
      clientErrors,
      clientErrorShare: share(clientErrors),
      durations: durationsOf(took),
      upstream: durationsOf(upstream),
      slowest: slowest === undefined
        ? undefined
        : { ...slowest, method: clean(slowest.method), path: clean(slowest.path) },
      history,
    };
  }

  #clear(slot: number, second: Second, at: number): void {
    Object.assign(second, emptySecond(), { at });
    this.#took.fill(0, slot * CLASSES, (slot + 1) * CLASSES);
    this.#upstream.fill(0, slot * CLASSES, (slot + 1) * CLASSES);
  }
}
