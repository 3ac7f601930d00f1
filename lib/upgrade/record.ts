/**
 * What is written down of an upgrade: while it is under way in `.rxdx/upgrade`, afterwards, as the version
 * that `rollback` returns to, in `.rxdx/previous`. Pure.
 */
import type { Answers } from "../answers/schema.ts";
import type { Service } from "../engine/compose.ts";

/** One image by its name and its content address. */
export interface ImageAt {
  readonly image: string;
  /** `sha256:…` on this machine; empty while it is not here yet. */
  readonly id: string;
}

/** A version of the stack as a whole. */
export interface StackVersion {
  /** What people call it: a tag, a commit, `demo-1f0c…`. */
  readonly version: string;
  /** Version of rxdx-setup whose templates it runs with. */
  readonly setup: string;
  readonly images: Readonly<Partial<Record<Service, ImageAt>>>;
  /** The group `images` of rxdx.yml. */
  readonly settings: Answers["images"];
  /** Commit of a clone, so that a branch which moves meanwhile changes nothing. */
  readonly commit?: string;
}

/**
 * `preparing`: nothing that runs was touched. `swapping`: files, images or containers may be of either.
 * `returning`: on the way back. `committed`: done, only tidying is left; in `.rxdx/previous` the usual.
 * `rolling-back`: a `rollback` is under way.
 */
export type Phase = "preparing" | "swapping" | "returning" | "committed" | "rolling-back";

export interface UpgradeRecord {
  readonly schema: 1;
  /** ISO 8601. */
  readonly started_at: string;
  readonly phase: Phase;
  readonly from: StackVersion;
  readonly to: StackVersion;
  /** True when the backend or the database is replaced: then there is a backup, and a copy. */
  readonly touches_data: boolean;
  /** File name of the backup that was made for it. */
  readonly backup?: string;
  /** ISO 8601: of the backup's snapshot. */
  readonly backup_at?: string;
  /** Fingerprint of the database's schema when the old version had stopped. */
  readonly schema_before?: string;
  /** True while the copy of the database as the old version left it is there. */
  readonly copied?: boolean;
  /** ISO 8601: when the old version was told to stop. */
  readonly stopped_at?: string;
  /** ISO 8601 */
  readonly committed_at?: string;
  /** Backup that a rollback made first. */
  readonly safety?: string;
  /** True when a rollback has put the database back. */
  readonly restored?: boolean;
  /** `since` of the maintenance page behind which the versions change places; without one nginx was stopped. */
  readonly page?: string;
  /** True from when people are let into the newer version. */
  readonly opened?: boolean;
  /** Name of the database in which a newer version that was given up had let people work. */
  readonly kept_database?: string;
  /** What a rollback under way was asked for. */
  readonly data?: boolean;
}

const PHASES: readonly string[] = [
  "preparing",
  "swapping",
  "returning",
  "committed",
  "rolling-back",
] satisfies readonly Phase[];

/** `undefined` for what is no such record. */
export function parseRecord(text: string | undefined): UpgradeRecord | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Partial<UpgradeRecord> | null;
    const whole = value?.schema === 1 && PHASES.includes(value.phase ?? "") &&
      typeof value.from?.version === "string" && typeof value.to?.version === "string" &&
      typeof value.from.images === "object" && typeof value.to.images === "object";
    return whole ? value as UpgradeRecord : undefined;
  } catch {
    return undefined;
  }
}

export function recordText(record: UpgradeRecord): string {
  return JSON.stringify(record, null, 2) + "\n";
}

/** `1.0 → 1.1`; the same name twice tells the content too. */
export function fromTo({ from, to }: Pick<UpgradeRecord, "from" | "to">): string {
  return from.version === to.version
    ? from.setup === to.setup
      ? `${from.version} (newer content)`
      : `rxdx-setup ${from.setup} → ${to.setup}`
    : `${from.version} → ${to.version}`;
}

/** What an unfinished upgrade means, in a sentence, for status, plan and report. */
export function unfinishedText(record: UpgradeRecord): string {
  const what = fromTo(record);
  const since = record.started_at.slice(0, 16).replace("T", " ");
  switch (record.phase) {
    case "preparing":
      return `The upgrade ${what} (${since} UTC) has not come to its end; nothing that runs was ` +
        "changed so far.";
    case "swapping":
      return `The upgrade ${what} (${since} UTC) has not come to its end; it is in the middle of ` +
        "the change.";
    case "returning":
      return `The upgrade ${what} (${since} UTC) failed, and the way back has not come to its end.`;
    case "committed":
      return `The upgrade ${what} (${since} UTC) is done, but for its last step.`;
    case "rolling-back":
      return `The rollback to ${record.from.version} has not come to its end.`;
  }
}

/** So long an upgrade may take before anybody is told that one stands still. */
const FRESH_MS = 30 * 60_000;

/** The same with the command that goes on with it; `undefined` where there is none. */
export function unfinishedFinding(
  record: UpgradeRecord | undefined,
  now: Date,
): { readonly text: string; readonly hint: string; readonly fresh: boolean } | undefined {
  if (record === undefined) return undefined;
  const since = Date.parse(record.committed_at ?? record.started_at);
  const back = record.phase === "rolling-back";
  return {
    text: unfinishedText(record),
    fresh: !back && now.getTime() - since < FRESH_MS,
    hint: back ? "rxdx-setup rollback" : "rxdx-setup upgrade; or back: rxdx-setup rollback",
  };
}
