/** What is remembered between two runs about issuing and renewing: `.rxdx/tls/renewal.json`. */
import type { Host } from "../../host/types.ts";
import { retryAt } from "./decide.ts";
import { renewalStatePath, tlsStatePath } from "./places.ts";

/** Times are ISO 8601. */
export interface RenewalState {
  readonly schema: 1;
  /** The last time that a certificate was asked for. */
  readonly lastAttempt?: {
    readonly at: string;
    readonly ok: boolean;
    readonly code?: string;
    readonly message?: string;
    readonly hint?: string;
  };
  /** Failures since the last success. */
  readonly failures: number;
  /** Not before then, unless the operator insists. */
  readonly nextAttemptAt?: string;
  /** What the CA wishes for the certificate with this ARI name. */
  readonly window?: {
    readonly id: string;
    readonly start: string;
    readonly end: string;
    readonly chosen: string;
    readonly explanation?: string;
  };
  /** When the CA was last asked how late it is and what it wishes. */
  readonly checkedAt?: string;
  /** Milliseconds by which this machine's clock was ahead of the CA's then. */
  readonly skewMs?: number;
}

export async function readRenewalState(host: Host, dir: string): Promise<RenewalState> {
  const text = await host.files.readText(renewalStatePath(dir)).catch(() => undefined);
  try {
    const value = JSON.parse(text ?? "") as RenewalState;
    if (value.schema === 1 && Number.isInteger(value.failures)) return value;
  } catch {
    // Nothing is lost with it but pauses; the ledger keeps the limits.
  }
  return { schema: 1, failures: 0 };
}

export async function writeRenewalState(
  host: Host,
  dir: string,
  state: RenewalState,
): Promise<void> {
  await host.files.mkdir(tlsStatePath(dir), 0o700);
  await host.files.writeAtomic(renewalStatePath(dir), JSON.stringify(state, null, 2) + "\n", {
    mode: 0o600,
  });
}

export interface AttemptFailure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  /** The CA's own wish when to come again. */
  readonly retryAt?: Date | undefined;
  /** Milliseconds that the present certificate still lasts. */
  readonly rest?: number | undefined;
}

/** The state after a failed attempt: the next one later each time. */
export function afterFailure(
  state: RenewalState,
  now: Date,
  failure: AttemptFailure,
): RenewalState {
  const failures = state.failures + 1;
  const ours = retryAt(now, failures, failure.rest);
  const next = failure.retryAt !== undefined && failure.retryAt > ours ? failure.retryAt : ours;
  const { code, message, hint } = failure;
  return {
    ...state,
    failures,
    lastAttempt: {
      at: now.toISOString(),
      ok: false,
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
    },
    nextAttemptAt: next.toISOString(),
  };
}

/** The state after a certificate was issued and is served. */
export function afterSuccess(state: RenewalState, now: Date): RenewalState {
  // The CA is asked about the new certificate at the next look.
  const { nextAttemptAt: _next, window: _window, checkedAt: _checked, ...rest } = state;
  return { ...rest, failures: 0, lastAttempt: { at: now.toISOString(), ok: true } };
}
