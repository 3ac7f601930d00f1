/**
 * Everything that the first screen asks of the network, at once and in the background: a machine that
 * reaches nothing must not make anybody wait. Called by the wizard and by `check`.
 */
import type { Host } from "../host/types.ts";
import type { ClockFacts } from "../plan/clock_check.ts";
import type { NameFacts } from "../plan/name_check.ts";
import { measureClock } from "./clock.ts";
import { measureNames } from "./names.ts";

/** Milliseconds after which what has not answered counts as unknown. */
export const NETWORK_MS = 3_000;

export interface NetworkFacts {
  readonly clock: ClockFacts;
  readonly names: readonly NameFacts[];
}

/** Never throws; at most {@link NETWORK_MS}. */
export async function measureNetwork(
  host: Host,
  names: readonly string[],
): Promise<NetworkFacts> {
  const rest = new AbortController();
  const late = async <T>(value: T): Promise<T> => {
    await host.clock.sleep(NETWORK_MS, rest.signal).catch(() => undefined);
    return value;
  };
  const silent = names.map((name): NameFacts => ({
    name,
    dns: "silent",
    addresses: [],
    hosts: [],
  }));
  try {
    const [clock, found] = await Promise.all([
      Promise.race([measureClock(host).catch(() => ({})), late({})]),
      Promise.race([measureNames(host, names).catch(() => silent), late(silent)]),
    ]);
    return { clock, names: found };
  } finally {
    rest.abort();
  }
}
