/** Where the record of an upgrade lies, and how it is read and changed. Small: `status` asks for it too. */
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import {
  parseRecord,
  recordText,
  unfinishedFinding,
  type UpgradeRecord,
} from "../../upgrade/record.ts";
import type { Shelf } from "./kept_names.ts";

export function shelfPath(dir: string, shelf: Shelf): string {
  return `${dir}/.rxdx/${shelf}`;
}

/**
 * `undefined` where there is none: an upgrade that was killed before its record was written has changed nothing.
 *
 * @throws SetupError `upgrade_unreadable` (exit 5): as "none" it would be begun anew, over what it has kept
 */
export async function readUpgrade(
  host: Host,
  dir: string,
  shelf: Shelf = "upgrade",
): Promise<UpgradeRecord | undefined> {
  const path = `${shelfPath(dir, shelf)}/record.json`;
  const text = await host.files.readText(path);
  if (text === undefined) return undefined;
  const record = parseRecord(text);
  if (record !== undefined) return record;
  const what = shelf === "upgrade"
    ? "tells of an upgrade that did not come to its end"
    : "tells of the version before";
  throw new SetupError({
    code: "upgrade_unreadable",
    message: `${path} ${what}, and cannot be read: it was damaged, or is of another version of ` +
      "rxdx-setup.",
    hint: 'docs/guide/upgrade.md, "A record that cannot be read"',
    exit: EXIT.apply,
  });
}

/** The one that did not come to its end: of an upgrade, or of a rollback. */
export async function readUnfinished(host: Host, dir: string): Promise<UpgradeRecord | undefined> {
  const pending = await readUpgrade(host, dir);
  if (pending !== undefined) return pending;
  const previous = await readUpgrade(host, dir, "previous");
  return previous?.phase === "rolling-back" ? previous : undefined;
}

/** What a look at the stack says of it, also where the record is damaged; nothing to who may not read it. */
export async function upgradeFinding(
  host: Host,
  dir: string,
): Promise<ReturnType<typeof unfinishedFinding>> {
  try {
    return unfinishedFinding(await readUnfinished(host, dir), host.clock.now());
  } catch (error) {
    if (!(error instanceof SetupError) || error.code !== "upgrade_unreadable") return undefined;
    return { text: error.message, hint: error.hint ?? "", fresh: false };
  }
}

/** Files of the backups that the way back needs: of an upgrade under way, and of the last one. */
export async function backupsForTheWayBack(
  host: Host,
  dir: string,
): Promise<ReadonlySet<string>> {
  const records = [await readUpgrade(host, dir), await readUpgrade(host, dir, "previous")];
  return new Set(
    records.flatMap((record) => [record?.backup, record?.safety])
      .filter((file): file is string => file !== undefined),
  );
}

/** What becomes of a record; `undefined` takes a field out. */
export type RecordChange = {
  readonly [Key in keyof UpgradeRecord]?: UpgradeRecord[Key] | undefined;
};

export async function noteUpgrade(
  host: Host,
  dir: string,
  shelf: Shelf,
  change: RecordChange,
): Promise<UpgradeRecord> {
  const present = await readUpgrade(host, dir, shelf);
  if (present === undefined) throw new TypeError(`there is no record in ${shelf}`);
  const record = { ...present, ...change } as UpgradeRecord;
  await host.files.writeAtomic(`${shelfPath(dir, shelf)}/record.json`, recordText(record), {
    mode: 0o600,
  });
  return record;
}
