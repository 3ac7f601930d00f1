/** Where the record of an upgrade lies, and how it is read and changed. Small: `status` asks for it too. */
import type { Host } from "../../host/types.ts";
import { parseRecord, recordText, type UpgradeRecord } from "../../upgrade/record.ts";
import type { Shelf } from "./kept_names.ts";

export function shelfPath(dir: string, shelf: Shelf): string {
  return `${dir}/.rxdx/${shelf}`;
}

export async function readUpgrade(
  host: Host,
  dir: string,
  shelf: Shelf = "upgrade",
): Promise<UpgradeRecord | undefined> {
  const text = await host.files.readText(`${shelfPath(dir, shelf)}/record.json`)
    .catch(() => undefined);
  return parseRecord(text);
}

/** The one that did not come to its end: of an upgrade, or of a rollback. */
export async function readUnfinished(host: Host, dir: string): Promise<UpgradeRecord | undefined> {
  const pending = await readUpgrade(host, dir);
  if (pending !== undefined) return pending;
  const previous = await readUpgrade(host, dir, "previous");
  return previous?.phase === "rolling-back" ? previous : undefined;
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
