/**
 * One line of the record of changes: what it holds, how it is spelled, how it is sealed. Pure.
 *
 * A line is one JSON object whose last member is `hash`: SHA-256 over the bytes of the same line
 * without that member. Nothing but `sed` and `sha256sum` is needed to check one (docs/adr/0021).
 */
import { createHash } from "node:crypto";

/** Who made a change, as far as the kernel and the session tell. */
export interface Who {
  readonly uid: number;
  /** Name of `uid` in /etc/passwd; `null` when it has none. */
  readonly user: string | null;
  /** Who logged in at first, kept by the kernel through su and sudo; `null` without a login. */
  readonly login: string | null;
  /** What sudo says of who called it; `null` without sudo. */
  readonly sudo_user: string | null;
  /** Address that the SSH session comes from; `null` when there is none. */
  readonly ssh_from: string | null;
}

/** Named facts of a change: `plan`, `configuration`; texts without secrets. */
export type AuditFacts = Readonly<Record<string, string>>;

export type RunResult = "ok" | "failed" | "cancelled";

/** What happened, without its place in the chain. */
export type AuditEvent =
  /** First line of a record. */
  | { readonly event: "began"; readonly why: string }
  /** On disk before the first change of a run. */
  | {
    readonly event: "started";
    readonly run: string;
    readonly command: string;
    readonly argv: readonly string[];
    readonly pid: number;
    /** True when the install's lock was not held: another run may have gone on meanwhile. */
    readonly alone: boolean;
    readonly who: Who;
    readonly facts: AuditFacts;
  }
  | {
    readonly event: "ended";
    readonly run: string;
    readonly command: string;
    readonly result: RunResult;
    /** Ids of the steps that changed something. */
    readonly changed: readonly string[];
    /** Ids of those among them that were taken back. */
    readonly undone: readonly string[];
    readonly facts: AuditFacts;
    /** First line of the error; `null` when there was none. */
    readonly message: string | null;
    readonly ms: number;
  }
  /** Written by the next run for one that left no end: it was killed, or the machine stopped. */
  | { readonly event: "interrupted"; readonly run: string; readonly command: string }
  /** Something was found where the record goes on. */
  | {
    readonly event: "repaired";
    /** A half-written line before this one, which stays where it is. */
    readonly torn: { readonly bytes: number; readonly sha256: string } | null;
    /** What the head said and the end of the file did not bear out; empty after a mere crash. */
    readonly broken: readonly string[];
  };

export type AuditEntry = AuditEvent & {
  /** Number of the line, from 1; a half-written one has none. */
  readonly n: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Of rxdx-setup. */
  readonly version: string;
  /** `hash` of the line before; 64 zeros in the first. */
  readonly prev: string;
  readonly hash: string;
};

/** Where the chain stood when it was last written; kept in a file of its own. */
export interface Head {
  readonly n: number;
  readonly hash: string;
}

/** `prev` of the first line. */
export const NOTHING_BEFORE: string = "0".repeat(64);

const SEALED = /^(\{.*),"hash":"([0-9a-f]{64})"\}$/s;

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** SHA-256 and length in bytes of a half-written line. */
export function fragmentOf(text: string): { bytes: number; sha256: string } {
  return { bytes: new TextEncoder().encode(text).length, sha256: sha256(text) };
}

/** Spells a line, without its end, and seals it. */
export function seal(
  event: AuditEvent,
  place: { readonly after: Head; readonly at: string; readonly version: string },
): { readonly line: string; readonly head: Head } {
  const { after, at, version } = place;
  const n = after.n + 1;
  const body = JSON.stringify({ n, at, version, ...event, prev: after.hash });
  const hash = sha256(body);
  return { line: `${body.slice(0, -1)},"hash":"${hash}"}`, head: { n, hash } };
}

export interface ReadLine {
  readonly entry: AuditEntry;
  /** False when the line is not the one that was sealed. */
  readonly intact: boolean;
}

const EVENTS = new Set(["began", "started", "ended", "interrupted", "repaired"]);

/** `undefined` for what is no line of a record at all. */
export function readLine(line: string): ReadLine | undefined {
  const match = SEALED.exec(line);
  if (match === null) return undefined;
  const [, body = "", hash = ""] = match;
  try {
    const entry = JSON.parse(line) as AuditEntry;
    if (!Number.isSafeInteger(entry.n) || typeof entry.prev !== "string") return undefined;
    if (!EVENTS.has(entry.event)) return undefined;
    return { entry, intact: sha256(`${body}}`) === hash && entry.hash === hash };
  } catch {
    return undefined;
  }
}

/** `41:9f86d081…`, as it is printed and given to `audit verify --against`. */
export function headText({ n, hash }: Head): string {
  return `${n}:${hash}`;
}

/**
 * The head file: where the chain stood, and behind it each end it may have reached since, written
 * before the lines themselves. So neither a crash nor a line that somebody put at the end is taken
 * for the other. `undefined` for what is no head file.
 */
export function parseHeads(text: string): readonly Head[] | undefined {
  const heads = text.trim().split(/\s+/).map(parseHead);
  return heads.some((each) => each === undefined)
    ? undefined
    : heads.filter((each) => each !== undefined);
}

/** `undefined` for anything but a number, a colon and 64 hexadecimal digits. */
export function parseHead(text: string): Head | undefined {
  const match = /^(\d{1,9}):([0-9a-f]{64})$/.exec(text.trim());
  return match === null ? undefined : { n: Number(match[1]), hash: match[2] ?? "" };
}
