/**
 * Is the clock of this machine right? Compared with the date that the server of its own packages puts
 * on every answer, and with what its time service says; no server is asked that the machine does not
 * use anyway. Called by the wizard in the background, and by `check`.
 */
import { packageServer } from "../engine/mirror.ts";
import type { Host } from "../host/types.ts";
import type { ClockFacts } from "../plan/clock_check.ts";

/** Milliseconds; with everything else below the 3 s that a screen may wait. */
const ANSWER_MS = 2_500;

/** The clock of the package server against ours; `undefined` when none answers. */
async function compared(
  host: Host,
): Promise<{ skewSeconds: number; reference: string } | undefined> {
  const origin = await packageServer(host);
  if (origin === undefined) return undefined;
  const { headers } = await host.net.fetch({
    url: `${origin}/`,
    method: "HEAD",
    timeoutMs: ANSWER_MS,
    headers: { "cache-control": "no-cache" },
  });
  const said = Date.parse(headers["date"] ?? "");
  if (Number.isNaN(said)) return undefined;
  // A proxy's cache keeps the date of the answer and says how old it is (RFC 9111, 5.1).
  const age = Number(headers["age"] ?? 0);
  const theirs = said + (Number.isFinite(age) ? age * 1_000 : 0);
  // The date is cut to whole seconds: half of one is its mean error.
  const skewSeconds = (host.clock.now().getTime() - theirs - 500) / 1_000;
  return { skewSeconds, reference: new URL(origin).hostname };
}

/** What systemd or chrony say; `undefined` without either. */
async function synchronised(host: Host): Promise<boolean | undefined> {
  const asked = await host.process.run(
    ["timedatectl", "show", "--property=NTPSynchronized", "--value"],
    { timeoutMs: ANSWER_MS },
  );
  if (asked.code === 0 && asked.stdout.trim() === "yes") return true;
  const chrony = await host.process.run(["chronyc", "-n", "tracking"], { timeoutMs: ANSWER_MS });
  if (chrony.code === 0) return /^Leap status\s*:\s*Normal/m.test(chrony.stdout);
  return asked.code === 0 && asked.stdout.trim() === "no" ? false : undefined;
}

/** Never throws; what cannot be found out is absent. */
export async function measureClock(host: Host): Promise<ClockFacts> {
  const [comparison, service] = await Promise.all([
    compared(host).catch(() => undefined),
    synchronised(host).catch(() => undefined),
  ]);
  return {
    ...comparison,
    ...(service === undefined ? {} : { synchronised: service }),
  };
}
