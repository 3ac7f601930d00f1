/**
 * The record of changes of the server that a backup was made on: it is kept beside the new server's own,
 * whose first entry seals it by its SHA-256. Two chains, and neither says more than it saw.
 */
import { auditPath, headPath } from "../../audit/store.ts";
import { sha256 } from "../../steps/receipt.ts";
import type { KeptFile } from "./open.ts";

/** Records of servers before this one; relative to the install directory. */
export const RECORDS_BEFORE = ".rxdx/before";

const RECORD = auditPath("").slice(1);
const HEAD = headPath("").slice(1);
const KEPT_ASIDE = new RegExp(`^${RegExp.escape(RECORDS_BEFORE)}/audit-[0-9a-f]{12}\\.jsonl$`);

function sumOf({ bytes }: KeptFile): string {
  return sha256(new TextDecoder().decode(bytes));
}

/** The same files, the record and its head under names that nothing else will ever have. */
export function withRecordAside(
  files: ReadonlyMap<string, KeptFile>,
): Map<string, KeptFile> {
  const record = files.get(RECORD);
  const aside = new Map(files);
  aside.delete(RECORD);
  aside.delete(HEAD);
  if (record === undefined) return aside;
  const name = `${RECORDS_BEFORE}/audit-${sumOf(record).slice(0, 12)}`;
  aside.set(`${name}.jsonl`, record);
  const head = files.get(HEAD);
  if (head !== undefined) aside.set(`${name}.head`, head);
  return aside;
}

/** What the new record says of those before it: path and SHA-256 of each. */
export function recordFacts(
  files: ReadonlyMap<string, KeptFile>,
): Readonly<Record<string, string>> {
  const told = [...files].filter(([path]) => KEPT_ASIDE.test(path))
    .map(([path, file]) => `${path} ${sumOf(file)}`);
  return told.length === 0 ? {} : { record_before: told.sort().join(", ") };
}
