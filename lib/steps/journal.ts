/**
 * The journal of a run: one JSON line before and one after each step, on disk before the run goes
 * on. After a crash the next run reads the newest one and says what it found.
 */
import { runName } from "../audit/recorder.ts";
import type { Host } from "../host/types.ts";
import type { Interrupted } from "./events.ts";

/** Journals kept per install; older ones are removed when a run ends well, unfinished ones never. */
const KEEP = 50;

/** A line of the journal. */
export type JournalEntry =
  | {
    readonly event: "run-start";
    readonly at: string;
    readonly run: string;
    readonly command: string;
    readonly pid: number;
    readonly version: string;
    readonly steps: readonly { readonly id: string; readonly title: string }[];
  }
  | { readonly event: "step-start"; readonly at: string; readonly id: string }
  | {
    readonly event: "step-done";
    readonly at: string;
    readonly id: string;
    readonly skipped: boolean;
  }
  | {
    readonly event: "step-failed";
    readonly at: string;
    readonly id: string;
    readonly message: string;
  }
  | { readonly event: "undo"; readonly at: string; readonly id: string; readonly ok: boolean }
  | { readonly event: "run-end"; readonly at: string; readonly ok: boolean };

/** An open journal. */
export interface Journal {
  readonly run: string;
  record(entry: JournalEntry): Promise<void>;
  close(): void;
}

/** Directory of the journals of the install in `dir`. */
export function journalDirectory(dir: string): string {
  return `${dir}/.rxdx/journal`;
}

/**
 * Opens a new journal. Its name sorts by time: `20260314T101500123Z-init-4f2a.jsonl`.
 *
 * @throws SetupError when the disk is full or the directory cannot be written.
 */
export async function openJournal(host: Host, dir: string, command: string): Promise<Journal> {
  const run = runName(host, command);
  await host.files.mkdir(journalDirectory(dir), 0o700);
  const file = await host.files.openAppend(`${journalDirectory(dir)}/${run}.jsonl`, 0o600);
  return {
    run,
    record: (entry) => file.append(JSON.stringify(entry) + "\n"),
    close: () => file.close(),
  };
}

/** Parses a journal. A half-written last line, the mark of a crash, is left out. */
export function parseJournal(text: string): JournalEntry[] {
  const entries: JournalEntry[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    try {
      const entry: unknown = JSON.parse(line);
      if (typeof entry !== "object" || entry === null || !("event" in entry)) break;
      entries.push(entry as JournalEntry);
    } catch {
      break;
    }
  }
  return entries;
}

/** What an unfinished journal says, or `undefined` when the run came to its end. */
export function unfinished(entries: readonly JournalEntry[]): Interrupted | undefined {
  const start = entries[0];
  if (start?.event !== "run-start") return undefined;
  if (entries.some((entry) => entry.event === "run-end")) return undefined;
  const ended = new Set(
    entries.flatMap((entry) => entry.event === "step-done" ? [entry.id] : []),
  );
  const open = entries.findLast((entry) => entry.event === "step-start");
  const during = open?.event === "step-start" && !ended.has(open.id)
    ? start.steps.find((step) => step.id === open.id)?.title
    : undefined;
  return {
    run: start.run,
    command: start.command,
    startedAt: start.at,
    during,
    finished: ended.size,
    total: start.steps.length,
  };
}

/** Looks for an unfinished run of the install in `dir`. */
export async function findInterrupted(host: Host, dir: string): Promise<Interrupted | undefined> {
  const newest = (await host.files.list(journalDirectory(dir)))
    .filter((name) => name.endsWith(".jsonl")).at(-1);
  if (newest === undefined) return undefined;
  const text = await host.files.readText(`${journalDirectory(dir)}/${newest}`);
  return unfinished(parseJournal(text ?? ""));
}

/**
 * Removes all but the newest journals. One of a run that never came to its end stays: it is the only account
 * of what may be half done. Such runs are as rare as power cuts, so that they do not add up.
 */
export async function pruneJournals(host: Host, dir: string): Promise<void> {
  const names = (await host.files.list(journalDirectory(dir)))
    .filter((name) => name.endsWith(".jsonl"));
  for (const name of names.slice(0, -KEEP)) {
    const path = `${journalDirectory(dir)}/${name}`;
    if (unfinished(parseJournal(await host.files.readText(path) ?? "")) !== undefined) continue;
    await host.files.remove(path);
  }
}
