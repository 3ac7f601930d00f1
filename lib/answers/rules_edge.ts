/** Rules of values that nginx reads: limits of single endpoints, the policy of the pages. Pure; part of `rules.ts`. */
import type { Rule } from "./rules.ts";

/** What `nginx.rate_limits.endpoints` says of one endpoint. */
export interface EndpointLimit {
  readonly path: string;
  /** `2r/s`, `30r/m`. */
  readonly rate: string;
  readonly burst: number;
}

/** Requests at once where an entry does not say. */
const USUAL_BURST = 5;

/** `/api/v1/reports 2r/s burst=5` in parts; `undefined` for anything else. */
export function parseEndpointLimit(text: string): EndpointLimit | undefined {
  const match =
    /^(\/(?:api|ws)(?:\/[A-Za-z0-9._~-]+)*\/?) ([1-9]\d{0,5}r\/[sm])(?: burst=(\d{1,5}))?$/
      .exec(text);
  if (match === null || text.length > 300) return undefined;
  const [, path = "", rate = "", burst] = match;
  return { path, rate, burst: burst === undefined ? USUAL_BURST : Number(burst) };
}

export const endpointLimit: Rule<string> = {
  text: "be a path below /api or /ws, a rate, and perhaps a burst: /api/v1/reports 2r/s burst=5",
  holds: (value) => parseEndpointLimit(value) !== undefined,
};

/** What may stand in an HTTP header, and cannot end the directive it is written into. */
export const contentPolicy: Rule<string> = {
  text: "be a policy on one line, without double quotes, backslashes or $",
  holds: (value) =>
    /^[\x20\x21\x23\x25-\x5b\x5d-\x7e]{1,4000}$/.test(value) && value.trim() === value,
};
