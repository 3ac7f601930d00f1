/**
 * Is the clock right? A wrong one makes certificates look expired, logins last too short or too long,
 * and the audit trail say what was not. Pure: judges what `probe/clock.ts` measured.
 */
import { MADE_AFTER } from "../version.ts";
import { type Check, check } from "./check.ts";

export interface ClockFacts {
  /** Seconds this clock is ahead of the reference; negative when behind. Right to about a second. */
  readonly skewSeconds?: number;
  /** Host whose clock it was compared with. */
  readonly reference?: string;
  /** What the time service of this machine says of itself. */
  readonly synchronised?: boolean;
}

/** Seconds. The answer's date has whole seconds and travels; below this nothing can be said. */
const TOLERATED = 5;
const TOO_FAR = 300;

const HINT = "sudo timedatectl set-ntp true  (or install chrony), then look again";

/** `40 s`, `12 min`, `3 h`, `5 days`. */
function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** `clock` undefined: not measured, or not yet. */
export function clockCheck(clock: ClockFacts | undefined, now: Date): Check {
  const as = (state: Check["state"], detail: string, hint?: string) =>
    check("clock", "Clock", state, detail, hint);
  if (now.getTime() < Date.parse(MADE_AFTER)) {
    const day = now.toISOString().slice(0, 10);
    return as("fail", `${day}, which is before this program was made`, HINT);
  }
  const { skewSeconds, reference = "a server", synchronised } = clock ?? {};
  if (skewSeconds !== undefined) {
    const far = Math.abs(skewSeconds);
    const where = `${duration(far)} ${skewSeconds > 0 ? "ahead of" : "behind"} ${reference}`;
    if (far >= TOO_FAR) return as("fail", where, HINT);
    if (far > TOLERATED) return as("warn", where, HINT);
    return as("ok", `agrees with ${reference}`);
  }
  if (synchronised === true) return as("ok", "synchronised by this machine's time service");
  if (synchronised === false) return as("warn", "not synchronised with any time server", HINT);
  return as(
    "unknown",
    "no server to compare it with answered",
    `Compare by eye: date -u  (${now.toISOString().slice(0, 19)}Z)`,
  );
}
