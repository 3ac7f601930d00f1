/** The receipt after a change: `install.sh --uninstall` takes away what stands in it. Pure. */
import type { ProgramReceipt, ReceiptFile } from "../../release/receipt.ts";

/** What a change makes anew; `undefined` leaves the line out. */
export interface Noted {
  readonly version: string | undefined;
  readonly door: string | undefined;
  readonly files: readonly ReceiptFile[];
  readonly share: string;
}

export function receiptWith(receipt: ProgramReceipt, now: Noted): ProgramReceipt {
  const { version: _version, door: _door, ...before } = receipt;
  const { share, files, version, door } = now;
  const state = `state ${share}/.rxdx`;
  const rest = receipt.rest.includes(state) ? receipt.rest : [...receipt.rest, state];
  return {
    ...before,
    ...(version === undefined ? {} : { version }),
    ...(door === undefined ? {} : { door }),
    files,
    rest,
  };
}

/** Checksums that the receipt has for a file: while it is replaced, the old one and the new one. */
export function sumsOf(receipt: ProgramReceipt, path: string): readonly string[] {
  return receipt.files.filter((each) => each.path === path).map((each) => each.sha256);
}
