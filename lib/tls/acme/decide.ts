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

/** When to try again after `failures` failures in a row, the last of which was at `last`. */
export function retryAt(last: Date, failures: number): Date {
  const pause = BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length) - 1] ?? 0;
  return new Date(last.getTime() + pause);
}
