/**
 * Our own record of orders, so that no CA's limit is ever reached by retrying: every order is written
 * down before it is sent. The limits are those of Let's Encrypt, which are the strictest in wide use:
 * https://letsencrypt.org/docs/rate-limits/ (5 failed validations an hour, 5 certificates with the
 * same names in 7 days).
 */
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { ledgerPath, tlsStatePath } from "./places.ts";

export interface LedgerEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly event: "ordered" | "issued" | "failed";
  readonly directory: string;
  /** Sorted, with commas between. */
  readonly names: string;
  /** URL of the order, once it is known. */
  readonly order?: string;
  /** Code of the error. */
  readonly problem?: string;
}

export const FAILURES_PER_HOUR = 5;
export const IDENTICAL_PER_WEEK = 5;
const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** Entries older than any limit looks back are kept this long, for whoever asks what happened. */
const KEEP_MS = 400 * 24 * HOUR_MS;

export function namesKey(names: readonly string[]): string {
  return [...names].sort().join(",");
}

/** Lines that cannot be read are left out: a torn last line says nothing. */
export async function readLedger(host: Host, dir: string): Promise<LedgerEntry[]> {
  const text = await host.files.readText(ledgerPath(dir)) ?? "";
  return text.split("\n").flatMap((line) => {
    try {
      const entry = JSON.parse(line) as LedgerEntry;
      return typeof entry.at === "string" ? [entry] : [];
    } catch {
      return [];
    }
  });
}

/** On disk when it returns. */
export async function appendLedger(host: Host, dir: string, entry: LedgerEntry): Promise<void> {
  await host.files.mkdir(tlsStatePath(dir), 0o700);
  const handle = await host.files.openAppend(ledgerPath(dir), 0o600);
  try {
    // The line end first: a torn line before it stays by itself.
    await handle.append(`${JSON.stringify(entry)}\n`);
  } finally {
    handle.close();
  }
}

/** Clocks of two machines differ by this much and are still right. */
const TOLERANCE_MS = 10 * 60_000;

/**
 * When the next order may be made, if not now. Times are the CA's as far as they are known; an entry from
 * the future is one of a clock that was wrong and says nothing about the last week.
 */
export function nextOrderAt(
  entries: readonly LedgerEntry[],
  of: { readonly directory: string; readonly names: readonly string[]; readonly now: Date },
): { readonly at: Date; readonly why: string } | undefined {
  const key = namesKey(of.names);
  const now = of.now.getTime();
  const own = entries.filter((each) => each.directory === of.directory && each.names === key)
    .map((each) => ({ ...each, ms: Date.parse(each.at) }))
    .filter((each) => each.ms <= now + TOLERANCE_MS);
  const limit = (event: LedgerEntry["event"], count: number, span: number) => {
    const recent = own.filter((each) => each.event === event && each.ms > now - span)
      .sort((a, b) => b.ms - a.ms);
    const oldest = recent[count - 1];
    return oldest === undefined ? undefined : new Date(oldest.ms + span);
  };
  const week = limit("issued", IDENTICAL_PER_WEEK, WEEK_MS);
  const hour = limit("failed", FAILURES_PER_HOUR, HOUR_MS);
  if (week !== undefined && (hour === undefined || week > hour)) {
    return { at: week, why: `${IDENTICAL_PER_WEEK} certificates for these names in 7 days` };
  }
  if (hour !== undefined) return { at: hour, why: `${FAILURES_PER_HOUR} failures within an hour` };
  return undefined;
}

/**
 * @param of.now by the CA's clock, where that is known
 * @throws SetupError `acme_limit` (exit 5) while an order would come too close to a CA's limit
 */
export async function checkLedger(
  host: Host,
  dir: string,
  of: { readonly directory: string; readonly names: readonly string[]; readonly now: Date },
): Promise<void> {
  const wait = nextOrderAt(await readLedger(host, dir), of);
  if (wait === undefined) return;
  throw new SetupError({
    code: "acme_limit",
    message: `No order was made: ${wait.why} are all that a CA allows. The next may be made at ` +
      `${wait.at.toISOString()}.`,
    hint: "The certificate that is served stays. The timer tries again by itself.",
    exit: EXIT.apply,
  });
}

/** Drops what nobody will ask for again; called after a success. */
export async function pruneLedger(host: Host, dir: string): Promise<void> {
  const entries = await readLedger(host, dir);
  const from = host.clock.now().getTime() - KEEP_MS;
  const kept = entries.filter((each) => Date.parse(each.at) >= from);
  if (kept.length === entries.length) return;
  const text = kept.map((each) => JSON.stringify(each) + "\n").join("");
  await host.files.writeAtomic(ledgerPath(dir), text, { mode: 0o600 });
}
