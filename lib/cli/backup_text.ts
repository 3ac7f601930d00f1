/** Backups as text and as JSON: a list, what was made, what was proven. */
import type { KnownBackup, Proof } from "../backup/record.ts";
import { sizeText } from "../operations/backup/meter.ts";
import { span } from "../notify/text.ts";
import type { Output } from "./output.ts";

type Colors = Output["resultColors"];

export function proofText(proof: Proof | undefined, now: string, c: Colors): string {
  if (proof === undefined) return c.dim("not proven");
  const when = `${span(proof.at, now)} ago`;
  return proof.ok
    ? c.green(`proven ${when}`) + withoutText(proof)
    : c.red(`failed its proof ${when}`);
}

/** A proof in which the application had no say is a lesser one, and is called so wherever it is shown. */
export function withoutText({ ok, application }: Proof): string {
  return ok && application === "not asked" ? " (application not asked)" : "";
}

/** @param copies numbers of the targets, from 0, that have a copy of a file */
export function listText(
  backups: readonly KnownBackup[],
  now: Date,
  c: Colors,
  copies: (file: string) => readonly number[] = () => [],
): string {
  const at = now.toISOString();
  const rows = backups.map((each) => ({
    file: each.file,
    age: span(each.at.toISOString(), at),
    copies: copies(each.file).map((number) => number + 1).join(" "),
  }));
  const width = (column: "file" | "age" | "copies") =>
    Math.max(0, ...rows.map((row) => row[column].length));
  return backups.map((each, index) => {
    const { file, age, copies: there } = rows[index] ?? { file: "", age: "", copies: "" };
    return [
      file.padEnd(width("file")),
      sizeText(each.size).padStart(8),
      age.padEnd(width("age")),
      ...(width("copies") === 0 ? [] : [c.dim(there.padEnd(width("copies")))]),
      proofText(each.record?.proof, at, c) +
      (each.record?.before_restore === true ? c.dim(", before a restore") : ""),
    ].join("  ");
  }).join("\n");
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
    "Put it into a password manager, or print it. When this server is lost,",
    "it alone opens the backups. Its public half, in rxdx.yml:",
    "",
    `  ${pair.recipient}`,
  ].join("\n");
}
