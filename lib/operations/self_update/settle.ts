/**
 * Makes an install whole again whose `self-update` or `install.sh` was killed: the first step of every
 * replacement, and a run of its own before anything is decided by the version that is in place.
 *
 * `previous.new` is a copy of what was there before. The receipt has its checksum from before the program
 * is replaced until all is done; so one that it does not vouch for was cut off while it was copied, or
 * had nothing to be kept for yet.
 */
import type { Host } from "../../host/types.ts";
import { type ReceiptFile, renderReceipt } from "../../release/receipt.ts";
import type { Step } from "../../steps/step.ts";
import { sha256Of } from "./checksum.ts";
import type { InstalledProgram } from "./installed.ts";
import { receiptWith, sumsOf } from "./noted.ts";
import { nextPath, previousPath, stagePath } from "./places.ts";
import type { ShellFiles } from "./shell_files.ts";
import { versionSaid } from "./version_said.ts";

/** False where a run was killed; while one is at work, too. */
export async function isSettled(host: Host, installed: InstalledProgram): Promise<boolean> {
  const { program, receipt } = installed;
  if (sumsOf(receipt, program).length !== 1) return false;
  const next = nextPath(installed);
  if (sumsOf(receipt, next).length > 0) return false;
  return await host.files.stat(next) === undefined &&
    await host.files.stat(stagePath(installed)) === undefined;
}

/** The lock of the share directory is held by the caller, who has read `installed` under it. */
export function settleStep(
  host: Host,
  installed: InstalledProgram,
  shellFiles: ShellFiles,
): Step {
  const { program, share, receipt } = installed;
  const [previous, next, stage] = [
    previousPath(installed),
    nextPath(installed),
    stagePath(installed),
  ];
  /** As it is now where the receipt vouches for it; another file keeps the lines that tell it apart. */
  const noted = async (path: string, known: readonly string[]): Promise<ReceiptFile[]> => {
    const found = await sha256Of(host, path);
    if (found === undefined) return [];
    const sums = known.includes(found) ? [found] : sumsOf(receipt, path);
    return sums.map((sha256) => ({ path, sha256 }));
  };
  const writeReceipt = async () => {
    const files = [
      ...await noted(program, sumsOf(receipt, program)),
      ...await noted(previous, [...sumsOf(receipt, previous), ...sumsOf(receipt, next)]),
      ...await shellFiles.noted(),
    ];
    // A receipt is written before its program is there: only the program knows which one it is.
    const version = await versionSaid(host, program) ?? receipt.version;
    const text = renderReceipt(receiptWith(receipt, { version, door: receipt.door, files, share }));
    await host.files.writeAtomic(`${share}/receipt`, text, { mode: 0o644 });
  };
  return {
    id: "settle",
    title: "Look for what a run before has left",
    isDone: () => isSettled(host, installed),
    run: async () => {
      // Emptied, it gives its room back, and says until the end that something is left.
      for (const name of await host.files.list(stage)) {
        await host.files.remove(`${stage}/${name}`, { recursive: true });
      }
      await host.files.mkdir(stage, 0o700);
      const left = await sha256Of(host, next);
      if (left !== undefined) {
        const whole = sumsOf(receipt, next).includes(left);
        if (whole && left !== await sha256Of(host, program)) {
          await host.files.rename(next, previous);
        } else await host.files.remove(next);
      }
      await shellFiles.refresh(program, writeReceipt);
      await writeReceipt();
      await host.files.remove(stage, { recursive: true });
    },
  };
}
