/**
 * The record of changes on disk: `.rxdx/audit.jsonl`, only ever appended to, and `.rxdx/audit.head`,
 * which remembers where it ended. Every addition reads the whole chain first; what it finds wrong is
 * written down in a line of its own before the chain goes on.
 */
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import { quoted } from "../steps/command_line.ts";
import { VERSION } from "../version.ts";
import {
  type AuditEvent,
  fragmentOf,
  type Head,
  headText,
  NOTHING_BEFORE,
  parseHeads,
  seal,
} from "./entry.ts";
import { openRun, type Verified, verify } from "./verify.ts";

/** Milliseconds between two tries to get the record, and how often it is tried: 10 s. */
const WAIT_MS = 50;
const TRIES = 200;

export function auditPath(dir: string): string {
  return `${dir}/.rxdx/audit.jsonl`;
}

export function headPath(dir: string): string {
  return `${dir}/.rxdx/audit.head`;
}

function lockPath(dir: string): string {
  return `${dir}/.rxdx/audit.lock`;
}

/** Reads and verifies; changes nothing. */
export async function readAudit(host: Host, dir: string, against?: Head): Promise<Verified> {
  const [text, head] = await Promise.all([
    host.files.readText(auditPath(dir)),
    host.files.readText(headPath(dir)),
  ]);
  return verify(text, head === undefined ? undefined : parseHeads(head), against);
}

export interface AppendOptions {
  /** The install's lock is held: a run without an end is over, and said to be so. */
  readonly locked: boolean;
}

/**
 * Adds a line, on disk when this returns, with whatever has to be said before it.
 *
 * @throws SetupError `disk_full`, `permission_denied` and the like: nothing whole was added then
 */
export async function appendAudit(
  host: Host,
  dir: string,
  event: AuditEvent,
  options: AppendOptions,
): Promise<void> {
  await host.files.mkdir(`${dir}/.rxdx`, 0o700);
  const lock = await takeLock(host, dir);
  try {
    const found = await readAudit(host, dir);
    const events = [...await before(host, dir, found, event, options), event];
    const heads: Head[] = [found.head ?? { n: 0, hash: NOTHING_BEFORE }];
    const at = host.clock.now().toISOString();
    const lines = events.map((each) => {
      const sealed = seal(each, { after: last(heads), at, version: VERSION });
      heads.push(sealed.head);
      return sealed.line;
    });
    await writeHeads(host, dir, heads);
    const file = await host.files.openAppend(auditPath(dir), 0o600);
    try {
      // A half-written line gets its end, and stays to be seen.
      await file.append(`${found.torn === undefined ? "" : "\n"}${lines.join("\n")}\n`);
    } finally {
      file.close();
    }
    await writeHeads(host, dir, [last(heads)]);
  } finally {
    await lock.release();
  }
}

async function writeHeads(host: Host, dir: string, heads: readonly Head[]): Promise<void> {
  await host.files.writeAtomic(headPath(dir), heads.map(headText).join(" ") + "\n", {
    mode: 0o600,
  });
}

function last(heads: readonly Head[]): Head {
  return heads.at(-1) ?? { n: 0, hash: NOTHING_BEFORE };
}

/** What has to be said first: how the record begins, what was found, which run left no end. */
async function before(
  host: Host,
  dir: string,
  found: Verified,
  event: AuditEvent,
  options: AppendOptions,
): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  if (found.torn !== undefined || found.broken.length > 0) {
    const torn = found.torn === undefined ? null : fragmentOf(found.torn);
    events.push({ event: "repaired", torn, broken: found.broken });
  } else if (found.entries.length === 0) {
    const older = await host.files.stat(`${dir}/.rxdx/receipt.json`) !== undefined;
    events.push({
      event: "began",
      why: older
        ? "The stack is older than its record: what was done before this line is not in it."
        : "There was no stack in this directory before.",
    });
  }
  const open = options.locked ? openRun(found.entries) : undefined;
  const own = event.event === "ended" && event.run === open?.run;
  if (open !== undefined && !own) {
    events.push({ event: "interrupted", run: open.run, command: open.command });
  }
  return events;
}

async function takeLock(host: Host, dir: string) {
  for (let left = TRIES; left > 0; left--) {
    const lock = await host.files.tryLock(lockPath(dir));
    if (lock !== undefined) return lock;
    await host.clock.sleep(WAIT_MS);
  }
  throw new SetupError({
    code: "record_busy",
    message: `The record of changes (${auditPath(dir)}) is held by another program.`,
    hint: `fuser ${quoted([lockPath(dir)])}`,
    exit: EXIT.locked,
  });
}
