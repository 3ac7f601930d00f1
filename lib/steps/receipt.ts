/**
 * What an install consists of: the files that were written with their hashes, the images that
 * run, and what was done to the machine besides. `uninstall` removes what stands here and nothing
 * else; a file whose hash differs was edited by hand.
 */
import { createHash } from "node:crypto";
import type { Host } from "../host/types.ts";

export interface Receipt {
  readonly schema: 1;
  /** Compose project. */
  readonly name: string;
  /** Where it was installed; receipts of earlier versions do not say. */
  readonly dir?: string;
  /** Version of rxdx-setup that wrote it. */
  readonly version: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Relative to the install directory. */
  readonly files: readonly ReceiptFile[];
  /** Directories that were created, deepest last. */
  readonly directories: readonly string[];
  /** Every image that was ever built here for this stack. */
  readonly images: readonly string[];
  /** Source of each configured value, for `config show`. */
  readonly provenance: Readonly<Record<string, string>>;
  /** Changes outside the install directory, for people. */
  readonly machine: readonly string[];
  /** The machine that the limits were planned for; older receipts lack it. */
  readonly plannedFor?: PlannedFor;
  /** Hash of the nginx configuration that the running nginx has read. */
  readonly nginxLoaded: string;
  /**
   * Hand-edited files that were kept or merged: path → SHA-256 of what rxdx-setup would have written.
   * As long as that stays the same there is nothing to ask again.
   */
  readonly kept?: Readonly<Record<string, string>>;
}

export interface PlannedFor {
  readonly cpus: number;
  readonly memoryBytes: number;
}

export interface ReceiptFile {
  readonly path: string;
  /** Hexadecimal SHA-256. */
  readonly sha256: string;
  /** True for what a step made, such as a certificate; absent for a rendered file. */
  readonly made?: true;
}

export function sha256(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

export function receiptPath(dir: string): string {
  return `${dir}/.rxdx/receipt.json`;
}

/** `undefined` when nothing is installed there, or the receipt cannot be read. */
export async function readReceipt(host: Host, dir: string): Promise<Receipt | undefined> {
  const text = await host.files.readText(receiptPath(dir));
  return text === undefined ? undefined : parseReceipt(text);
}

/** `undefined` for a text that is none. */
export function parseReceipt(text: string): Receipt | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isReceipt(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** As it is written. */
export function receiptText(receipt: Receipt): string {
  return JSON.stringify(receipt, null, 2) + "\n";
}

/** What every reader relies on; later fields are added, and older receipts lack them. */
function isReceipt(value: unknown): value is Receipt {
  if (typeof value !== "object" || value === null) return false;
  const { schema, files, provenance } = value as Partial<Record<keyof Receipt, unknown>>;
  return schema === 1 && Array.isArray(files) && typeof provenance === "object" &&
    provenance !== null;
}

export async function writeReceipt(host: Host, dir: string, receipt: Receipt): Promise<void> {
  await host.files.writeAtomic(receiptPath(dir), receiptText(receipt), { mode: 0o600 });
}
