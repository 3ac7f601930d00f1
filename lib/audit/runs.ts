/** The record as people read it: one row a run, from its lines. Pure. */
import type { AuditEntry, Who } from "./entry.ts";

export interface AuditRun {
  /** Numbers of its lines. */
  readonly entries: readonly number[];
  /** ISO 8601, UTC: when it began. */
  readonly at: string;
  readonly who: Who | null;
  readonly command: string;
  readonly argv: readonly string[];
  readonly version: string;
  /** `open`: it goes on, or nobody has written down yet how it ended. */
  readonly result: "ok" | "failed" | "cancelled" | "interrupted" | "open" | "note";
  readonly changed: readonly string[];
  readonly undone: readonly string[];
  readonly facts: Readonly<Record<string, string>>;
  /** What went wrong, or what the line tells besides. */
  readonly message: string | null;
  readonly ms: number | null;
  readonly hash: string;
}

/** In the order in which they began. */
export function runsOf(entries: readonly AuditEntry[]): AuditRun[] {
  const runs = new Map<string, AuditRun>();
  for (const entry of entries) {
    const { n, at, version, hash } = entry;
    const bare = {
      entries: [n],
      at,
      who: null,
      argv: [],
      version,
      changed: [],
      undone: [],
      facts: {},
      message: null,
      ms: null,
      hash,
    };
    if (entry.event === "began" || entry.event === "repaired") {
      const message = entry.event === "began" ? entry.why : repairText(entry);
      runs.set(`${n} ${hash}`, { ...bare, command: entry.event, result: "note", message });
      continue;
    }
    const { run, command } = entry;
    const before = runs.get(run) ?? { ...bare, command, result: "open" as const, entries: [] };
    const numbers = [...before.entries, n];
    switch (entry.event) {
      case "started": {
        const { who, argv, facts } = entry;
        runs.set(run, { ...before, entries: numbers, at, who, argv, facts, version, hash });
        break;
      }
      case "interrupted":
        runs.set(run, { ...before, entries: numbers, result: "interrupted", hash });
        break;
      case "ended": {
        const { result, changed, undone, facts, message, ms } = entry;
        runs.set(run, {
          ...before,
          entries: numbers,
          result,
          changed,
          undone,
          facts: { ...before.facts, ...facts },
          message,
          ms,
          hash,
        });
      }
    }
  }
  return [...runs.values()];
}

function repairText(entry: AuditEntry & { readonly event: "repaired" }): string {
  const torn = entry.torn === null ? [] : [`a half-written line of ${entry.torn.bytes} bytes`];
  return `Found: ${[...torn, ...entry.broken].join("; ")}.`;
}

/** `root (ana by sudo) from 198.51.100.7` */
export function whoText(who: Who | null): string {
  if (who === null) return "–";
  const user = who.user ?? `uid ${who.uid}`;
  const behind = who.sudo_user !== null && who.sudo_user !== user
    ? ` (${who.sudo_user} by sudo)`
    : who.login !== null && who.login !== user
    ? ` (logged in as ${who.login})`
    : "";
  return `${user}${behind}${who.ssh_from === null ? "" : ` from ${who.ssh_from}`}`;
}
