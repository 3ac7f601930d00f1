/** Backups as text and as JSON: a list, what was made, what was proven. */
import type { KnownBackup, Proof } from "../backup/record.ts";
import { sizeText } from "../operations/backup/meter.ts";
import { span } from "../notify/text.ts";
import type { Output } from "./output.ts";

type Colors = Output["resultColors"];

export function proofText(proof: Proof | undefined, now: string, c: Colors): string {
  if (proof === undefined) return c.dim("not proven");
  const when = `${span(proof.at, now)} ago`;
  return proof.ok ? c.green(`proven ${when}`) : c.red(`failed its proof ${when}`);
}

export function listText(backups: readonly KnownBackup[], now: Date, c: Colors): string {
  const at = now.toISOString();
  const width = Math.max(0, ...backups.map((each) => each.file.length));
  return backups.map((each) =>
    [
      each.file.padEnd(width),
      sizeText(each.size).padStart(9),
      `${span(each.at.toISOString(), at)} ago`.padEnd(14),
      proofText(each.record?.proof, at, c) +
      (each.record?.before_restore === true ? c.dim(", before a restore") : ""),
    ].join("  ")
  ).join("\n");
}

export function backupJson({ file, at, size, record }: KnownBackup): Record<string, unknown> {
  return {
    file,
    at: record?.at ?? at.toISOString(),
    bytes: size,
    seconds: record?.seconds ?? null,
    sha256: record?.sha256 || null,
    version: record?.version || null,
    recipients: record?.recipients ?? [],
    tables: record?.tables ?? null,
    rows: record?.rows ?? null,
    graphs: record?.graphs ?? null,
    uploads: record?.uploads ?? null,
    before_restore: record?.before_restore === true,
    proof: record?.proof ?? null,
  };
}

/** Shown once, and never again. */
export function recoveryKeyText(
  pair: { readonly identity: string; readonly recipient: string },
  c: Colors,
): string {
  return [
    c.bold("Recovery key. It is shown this once and kept nowhere on this machine:"),
    "",
    `  ${pair.identity}`,
    "",
    "Put it into a password manager, or print it. When this server is lost, it alone opens the",
    `backups. Its public half is in rxdx.yml (backups.recipients): ${pair.recipient}`,
  ].join("\n");
}
