/**
 * When a certificate is renewed (criterion T4). No lifetime is hard-coded: 90, 47, 45 and 6 days are all in
 * use. Pure; the clock, the CA's wish (ARI) and the failures so far are given.
 */

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Below this lifetime a certificate is renewed at half of it, else with a third left (T4). */
const SHORT_LIFETIME_MS = 10 * DAY_MS;

/** Pauses after the first, second, third and every further failure in a row (T4). */
export const BACK_OFF_MS: readonly number[] = [
  MINUTE_MS,
  10 * MINUTE_MS,
  100 * MINUTE_MS,
  DAY_MS,
];

/** The window in which a CA wants a certificate to be renewed (RFC 9773), and the moment chosen in it. */
export interface SuggestedWindow {
  readonly start: Date;
  readonly end: Date;
  readonly chosen: Date;
}

export interface Lifetime {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** The moment of renewal by lifetime alone. */
export function usualRenewal({ notBefore, notAfter }: Lifetime): Date {
  const lifetime = notAfter.getTime() - notBefore.getTime();
  const share = lifetime < SHORT_LIFETIME_MS ? 1 / 2 : 1 / 3;
  return new Date(notAfter.getTime() - lifetime * share);
}

/**
 * The moment from which it is to be renewed. A CA's wish comes first, also an early one (it may be about to
 * revoke); one so late that two thirds of the usual reserve would be gone is not followed.
 */
export function renewalAt(lifetime: Lifetime, window: SuggestedWindow | undefined): Date {
  const usual = usualRenewal(lifetime);
  if (window === undefined) return usual;
  const reserve = lifetime.notAfter.getTime() - usual.getTime();
  const latest = new Date(lifetime.notAfter.getTime() - reserve / 3);
  return window.chosen < latest ? window.chosen : latest;
}

/** RFC 9773, 4.2: any moment of the window, all equally likely; a window that has passed means now. */
export function chooseMoment(
  window: { readonly start: Date; readonly end: Date },
  /** 0 ≤ x < 1 */
  random: number,
): Date {
  const span = Math.max(0, window.end.getTime() - window.start.getTime());
  return new Date(window.start.getTime() + span * random);
}

/** While a certificate is about to end, the longest pause is this share of what is left of it. */
const SHARE_OF_REST = 1 / 8;

/** No pause is cut below this one, however little is left. */
const SHORTEST_CUT_MS = 100 * MINUTE_MS;

/**
 * When to try again after `failures` failures in a row, the last of which was at `last`. A pause of a day is
 * too long for a certificate that has two left: the nearer its end, the more often.
 *
 * @param rest milliseconds until the present certificate ends; `undefined` when there is none to lose
 */
export function retryAt(last: Date, failures: number, rest?: number): Date {
  const usual = BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length) - 1] ?? 0;
  const most = rest === undefined ? usual : Math.max(SHORTEST_CUT_MS, rest * SHARE_OF_REST);
  return new Date(last.getTime() + Math.min(usual, most));
}

export interface DecisionInput {
  /** By this machine's clock. */
  readonly now: Date;
  readonly lifetime: Lifetime;
  /** When the present certificate was issued, by this machine's clock then. */
  readonly issuedAt: Date | undefined;
  readonly window: SuggestedWindow | undefined;
  /** Milliseconds by which this machine's clock is ahead of the CA's, as far as that is known. */
  readonly skewMs: number | undefined;
  /** Not before then, after a failure. */
  readonly nextAttemptAt: Date | undefined;
}

export type Decision =
  | { readonly kind: "renew" }
  | { readonly kind: "wait"; readonly until: Date; readonly why: "not_due" | "back_off" | "clock" };

/**
 * Whether to renew now. The CA's clock counts where it is known. Where it is not, and this machine's clock
 * says that a certificate is at its end which by the same clock was issued just now, the clock is
 * wrong, and ordering again would not help: an order storm is what must not follow.
 */
export function decide(input: DecisionInput): Decision {
  const { now, lifetime, issuedAt, nextAttemptAt } = input;
  const skew = input.skewMs ?? 0;
  const at = renewalAt(lifetime, input.window);
  const due = now.getTime() - skew >= at.getTime();
  const here = (moment: number) => new Date(moment + skew);
  if (!due) return { kind: "wait", until: here(at.getTime()), why: "not_due" };
  if (nextAttemptAt !== undefined && now < nextAttemptAt) {
    // A back-off from the future (the clock was ahead then) must not hold for longer than it is.
    const longest = now.getTime() + (BACK_OFF_MS.at(-1) ?? 0);
    return {
      kind: "wait",
      until: new Date(Math.min(nextAttemptAt.getTime(), longest)),
      why: "back_off",
    };
  }
  const wanted = usualRenewal(lifetime).getTime() - lifetime.notBefore.getTime();
  // A wish for the usual time is no wish to hurry.
  const hurry = input.window !== undefined &&
    input.window.end.getTime() < lifetime.notBefore.getTime() + wanted * 0.9;
  if (issuedAt !== undefined && !hurry) {
    const age = now.getTime() - issuedAt.getTime();
    // An hour of tolerance: certificates are dated back by that much.
    if (age >= 0 && age < wanted - Math.max(3_600_000, wanted / 10)) {
      return { kind: "wait", until: new Date(issuedAt.getTime() + wanted), why: "clock" };
    }
  }
  return { kind: "renew" };
}
