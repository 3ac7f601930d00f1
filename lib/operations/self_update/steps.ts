/**
 * Replacing the program by another version, as steps: staged beside it, proven, swapped in by one
 * rename. The one before is kept for the way back. The stack is not touched.
 *
 * A kill anywhere is settled by the next run (`settle.ts`).
 */
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { releaseError } from "../../release/failure.ts";
import { type ReceiptFile, renderReceipt } from "../../release/receipt.ts";
import { mustRun } from "../../steps/command.ts";
import type { Step, StepReport } from "../../steps/step.ts";
import { sha256Of } from "./checksum.ts";
import type { InstalledProgram } from "./installed.ts";
import { receiptWith } from "./noted.ts";
import { nextPath, previousPath, stagePath } from "./places.ts";
import { settleStep } from "./settle.ts";
import type { ShellFiles } from "./shell_files.ts";
import { versionSaid } from "./version_said.ts";

/** How the new program comes to be in the stage. */
export interface Supply {
  /** `fetch` or `take-previous`. */
  readonly id: string;
  readonly title: string;
  /** For the receipt: how the program came here. */
  readonly door: "download" | "kept";
  /** Leaves a verified, complete program at `path`. */
  bring(path: string, report: StepReport, signal: AbortSignal): Promise<void>;
}

export interface Replacement {
  readonly host: Host;
  readonly installed: InstalledProgram;
  /** What runs now, and what shall. */
  readonly from: string;
  readonly to: string;
  readonly supply: Supply;
  /** Completions and the manual page that go with it. */
  readonly shellFiles: ShellFiles;
}

/** Copies a file so that it is there as a whole, with the mode of a program. */
async function copy(host: Host, from: string, to: string): Promise<void> {
  await mustRun(host, ["cp", "--", from, to]);
  await mustRun(host, ["chmod", "755", "--", to]);
  await mustRun(host, ["sync", "--", to]);
}

async function needVersion(host: Host, program: string, wanted: string): Promise<void> {
  const said = await versionSaid(host, program);
  if (said === wanted) return;
  throw new SetupError({
    code: "does_not_start",
    message: said === undefined
      ? `Version ${wanted} does not start on this machine.`
      : `What should be version ${wanted} says that it is ${said}.`,
    hint: "The version before is still in place. Tell those who publish it.",
    exit: EXIT.apply,
  });
}

/** All steps of one replacement. The lock of the share directory is held by the caller. */
export function replaceSteps(replacement: Replacement): Step[] {
  const { host, installed, from, to, supply, shellFiles } = replacement;
  const { program, share, receipt } = installed;
  const [previous, next, stage] = [
    previousPath(installed),
    nextPath(installed),
    stagePath(installed),
  ];
  const staged = `${stage}/rxdx-setup`;
  const never = () => Promise.resolve(false);
  const writeReceipt = async (version: string, door: string | undefined = supply.door) => {
    const files: ReceiptFile[] = [];
    // While it is replaced, a program has two checksums.
    const paths = [[program, program], [program, staged], [previous, previous], [next, next]];
    for (const [path = "", at = ""] of paths) {
      const sha256 = await sha256Of(host, at);
      if (sha256 !== undefined) files.push({ path, sha256 });
    }
    files.push(...await shellFiles.noted());
    const text = renderReceipt(receiptWith(receipt, { version, door, files, share }));
    await host.files.writeAtomic(`${share}/receipt`, text, { mode: 0o644 });
  };
  return [
    settleStep(host, installed, shellFiles),
    {
      id: supply.id,
      title: supply.title,
      facts: () => ({ from, to }),
      isDone: never,
      run: async (report, signal) => {
        await host.files.remove(stage, { recursive: true });
        await host.files.mkdir(stage, 0o700);
        await supply.bring(staged, report, signal);
      },
      undo: () => host.files.remove(stage, { recursive: true }),
    },
    {
      id: "prove",
      title: `Start version ${to} for a trial`,
      isDone: never,
      run: () => needVersion(host, staged, to),
    },
    {
      id: "keep",
      title: `Keep version ${from}`,
      isDone: never,
      run: () => copy(host, program, next),
      undo: () => host.files.remove(next),
    },
    {
      id: "place",
      title: `Put version ${to} into its place`,
      isDone: never,
      run: async () => {
        await writeReceipt(to);
        await host.files.rename(staged, program);
      },
      undo: async () => {
        const kept = await sha256Of(host, next);
        if (kept !== undefined && kept !== await sha256Of(host, program)) {
          await host.files.mkdir(stage, 0o700);
          await copy(host, next, staged);
          await host.files.rename(staged, program);
        }
        await host.files.remove(stage, { recursive: true });
        await writeReceipt(from, receipt.door);
      },
    },
    {
      id: "start",
      title: `Start version ${to} where it is now`,
      isDone: never,
      run: () => needVersion(host, program, to),
    },
    {
      id: "shell-files",
      title: "Write completions and the manual page anew",
      isDone: () => Promise.resolve(shellFiles.none),
      run: () => shellFiles.refresh(program, () => writeReceipt(to)),
      undo: () => shellFiles.refresh(next, () => writeReceipt(to)),
    },
    {
      id: "finish",
      title: "Write the receipt",
      barrier: true,
      isDone: never,
      run: async () => {
        await host.files.rename(next, previous);
        await host.files.remove(stage, { recursive: true });
        await writeReceipt(to);
      },
    },
  ];
}

/**
 * Compares what was kept with its checksum in the receipt. It is asked before that file is started, be
 * it only for its version, and again when it is put into place.
 *
 * @throws SetupError (exit 5) where it is another file
 */
export async function needKept(host: Host, installed: InstalledProgram): Promise<void> {
  const path = previousPath(installed);
  const found = await sha256Of(host, path);
  if (installed.receipt.files.some((each) => each.path === path && each.sha256 === found)) return;
  throw releaseError(
    "checksum_wrong",
    `${path} is not the file that was kept there: its checksum differs. It was not started.`,
    "Get the version that you want anew: rxdx-setup self-update --to 0.1.0 --allow-downgrade",
  );
}

/** The version before this one, out of the file that was kept. */
export function previousSupply(host: Host, installed: InstalledProgram, version: string): Supply {
  return {
    id: "take-previous",
    door: "kept",
    title: `Take version ${version}, which was kept`,
    bring: async (to) => {
      await needKept(host, installed);
      await copy(host, previousPath(installed), to);
    },
  };
}
