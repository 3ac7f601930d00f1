/**
 * Whether the record of changes is as it was written: every line that was edited, removed, moved or
 * put in is named. Pure; called by `audit verify`, by `report`, and before a line is added.
 *
 * What is not provable here: who may write both the record and its head can write another record
 * whole. Against that helps a head that was kept elsewhere (`--against`).
 */
import {
  type AuditEntry,
  fragmentOf,
  type Head,
  headText,
  NOTHING_BEFORE,
  readLine,
} from "./entry.ts";

export interface AuditFinding {
  /** Line of the file, from 1; `null` for what is not there. */
  readonly line: number | null;
  readonly kind: "edited" | "unreadable" | "order" | "torn" | "lost" | "head" | "against";
  readonly text: string;
}

export interface Verified {
  readonly ok: boolean;
  /** Every line that can be read, in the order of the file, whether it is intact or not. */
  readonly entries: readonly AuditEntry[];
  readonly findings: readonly AuditFinding[];
  /** What is worth knowing and no sign of a change: a crash that was recorded. */
  readonly notes: readonly AuditFinding[];
  /** Of the last line; `undefined` when there is none. */
  readonly head: Head | undefined;
  /** A half-written end that no later line answers for. */
  readonly torn: string | undefined;
  /** What the head says and the end of the record does not bear out. */
  readonly broken: readonly string[];
}

/** Reads lines one after the other and remembers what the next has to follow on. */
class Walk {
  readonly entries: AuditEntry[] = [];
  readonly findings: AuditFinding[] = [];
  readonly notes: AuditFinding[] = [];
  #expected: Head = { n: 0, hash: NOTHING_BEFORE };
  /** A line that is none, not yet answered for by a `repaired` one. */
  #fragment: { readonly line: number; readonly text: string } | undefined;

  line(number: number, text: string): void {
    const read = readLine(text);
    if (read === undefined) {
      this.#unanswered();
      this.#fragment = { line: number, text };
      return;
    }
    const { entry, intact } = read;
    if (!intact) {
      this.#find(number, "edited", `entry ${entry.n} (${entry.event}) is not as it was written`);
    }
    this.#answer(number, entry);
    this.#place(number, entry);
    this.entries.push(entry);
    this.#expected = { n: entry.n, hash: entry.hash };
  }

  /** Whether the entry follows on the one before it. */
  #place(number: number, entry: AuditEntry): void {
    const { n, hash } = this.#expected;
    if (entry.n === n + 1 && entry.prev === hash) return;
    const from = n === 0 ? "the beginning" : `entry ${n}`;
    const text = entry.n > n + 1
      ? `${missing(n + 1, entry.n - 1)} between ${from} and entry ${entry.n}`
      : entry.n <= n
      ? `entry ${entry.n} stands after entry ${n}: moved, or put in`
      : `entry ${entry.n} does not follow on ${from}: one of the two was replaced`;
    this.#find(number, "order", text);
  }

  /** A `repaired` entry tells of what it found; whether that was a crash or more, it says itself. */
  #answer(number: number, entry: AuditEntry): void {
    const fragment = this.#fragment;
    this.#fragment = undefined;
    const torn = entry.event === "repaired" ? entry.torn : null;
    if (fragment !== undefined) {
      const found = fragmentOf(fragment.text);
      if (torn?.sha256 === found.sha256 && torn.bytes === found.bytes) {
        this.notes.push({
          line: fragment.line,
          kind: "torn",
          text: `half-written (${found.bytes} bytes), recorded as such by entry ${entry.n}`,
        });
      } else this.#unreadable(fragment.line);
    } else if (torn !== null) {
      this.#find(
        number,
        "order",
        `entry ${entry.n} tells of a half-written line that is not there`,
      );
    }
    if (entry.event !== "repaired") return;
    for (const each of entry.broken) {
      this.#find(number, "head", `when entry ${entry.n} was added, ${each}`);
    }
  }

  #unanswered(): void {
    if (this.#fragment !== undefined) this.#unreadable(this.#fragment.line);
    this.#fragment = undefined;
  }

  #unreadable(line: number): void {
    this.#find(line, "unreadable", "is no line of the record: edited, or put in");
  }

  #find(line: number, kind: AuditFinding["kind"], text: string): void {
    this.findings.push({ line, kind, text });
  }

  /** @param rest what stands after the last line end */
  end(number: number, rest: string): string | undefined {
    this.#unanswered();
    if (rest === "") return undefined;
    this.#find(
      number,
      "torn",
      "has no end: a crash while it was written, or it was cut. The next change records it",
    );
    return rest;
  }
}

function missing(from: number, to: number): string {
  return from === to ? `entry ${from} is missing` : `entries ${from} to ${to} are missing`;
}

/** What the head file says against the end of the record, and what a crash left. */
function atTheEnd(
  entries: readonly AuditEntry[],
  heads: readonly Head[] | undefined,
): { readonly broken: readonly Omit<AuditFinding, "line">[]; readonly crashed: boolean } {
  const last = entries.at(-1);
  const [head, ...pending] = heads ?? [];
  if (head === undefined) {
    const text = "the head (.rxdx/audit.head) is missing or unreadable: nothing says where the " +
      "record ended";
    return { broken: last === undefined ? [] : [{ kind: "head", text }], crashed: false };
  }
  const end = last ?? { n: 0, hash: NOTHING_BEFORE };
  const is = (at: Head) => at.n === end.n && at.hash === end.hash;
  if (is(head)) return { broken: [], crashed: false };
  if (pending.some(is) && holds(entries, head)) return { broken: [], crashed: true };
  if (end.n < head.n) {
    const text = `${missing(end.n + 1, head.n)} at the end: the record had ${head.n}`;
    return { broken: [{ kind: "lost", text }], crashed: false };
  }
  const text = holds(entries, head)
    ? `the record goes on behind entry ${head.n}, where it ended: lines were put in`
    : `entry ${head.n} is not the one that the head remembers: the end was rewritten`;
  return { broken: [{ kind: "head", text }], crashed: false };
}

function holds(entries: readonly AuditEntry[], at: Head): boolean {
  return at.n === 0
    ? at.hash === NOTHING_BEFORE
    : entries.some(({ n, hash }) => n === at.n && hash === at.hash);
}

/**
 * @param text of the record; `undefined` when there is no file
 * @param heads what the head file says; `undefined` when there is none or it cannot be read
 * @param against a head that was kept elsewhere
 */
export function verify(
  text: string | undefined,
  heads: readonly Head[] | undefined,
  against?: Head,
): Verified {
  const walk = new Walk();
  const lines = (text ?? "").split("\n");
  const rest = lines.pop() ?? "";
  lines.forEach((line, index) => walk.line(index + 1, line));
  const torn = walk.end(lines.length + 1, rest);
  const { findings, notes, entries } = walk;
  const last = entries.at(-1);
  const { broken, crashed } = atTheEnd(entries, heads);
  if (crashed) {
    const text = "the head is one step behind: a crash between the two. The next change settles it";
    notes.push({ line: null, kind: "head", text });
  }
  findings.push(...broken.map((each) => ({ line: null, ...each })));
  if (against !== undefined && !holds(entries, against)) {
    findings.push({
      line: null,
      kind: "against",
      text: `no entry is ${headText(against)}: this is not the record that head was taken from`,
    });
  }
  return {
    ok: findings.length === 0,
    entries,
    findings,
    notes,
    head: last === undefined ? undefined : { n: last.n, hash: last.hash },
    torn,
    broken: broken.map((each) => each.text),
  };
}

/** The newest run under the lock that has neither an end nor a word about why. */
export function openRun(
  entries: readonly AuditEntry[],
): (AuditEntry & { readonly event: "started" }) | undefined {
  const open = entries.findLast((each) => each.event === "started" && !each.alone);
  if (open?.event !== "started") return undefined;
  const closed = entries.some((each) =>
    (each.event === "ended" || each.event === "interrupted") && each.run === open.run
  );
  return closed ? undefined : open;
}
