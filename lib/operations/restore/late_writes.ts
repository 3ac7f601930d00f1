/**
 * What people write after the present state was backed up, or looked at, and before the application stops: a
 * backup and a load take minutes in which the stack serves. It is looked for when nobody can write any more.
 */
import { differences } from "../../backup/manifest.ts";
import type { Part } from "../../backup/restore_state.ts";
import type { Step, StepReport } from "../../steps/step.ts";
import { type Held, isRewritten } from "./look.ts";

export interface LateWrites {
  readonly parts: readonly Part[];
  /** What is in the backup of the present state, or was seen; `undefined`: it may go, and is not compared. */
  readonly known: () => Held | undefined;
  readonly now: (report: StepReport, signal: AbortSignal) => Promise<Held>;
  /** Backs up what there is; called with the application stopped. */
  readonly backUp: (report: StepReport, signal: AbortSignal) => Promise<void>;
}

/** Sentences about what of these parts has changed; empty: nothing. */
export function writtenSince(known: Held, now: Held, parts: readonly Part[]): string[] {
  const { files, bytes } = now.uploads;
  const moved = files !== known.uploads.files || bytes !== known.uploads.bytes;
  const rewritten = !moved && isRewritten(now.uploads, known.uploads);
  return [
    ...(parts.includes("database") ? differences(known, now) : []),
    ...(parts.includes("uploads") && moved
      ? [
        `uploads: ${files} of ${bytes} bytes instead of ${known.uploads.files} of ` +
        `${known.uploads.bytes}`,
      ]
      : []),
    ...(parts.includes("uploads") && rewritten
      ? ["uploads: some were written anew, in the same size"]
      : []),
  ];
}

/**
 * Stands between the stop and the exchange. A failure in it brings the old state back, which has everything.
 *
 * @param found what was written meanwhile and is in a backup of its own now
 */
export function lateWritesStep(
  { parts, known, now, backUp }: LateWrites,
  found: (written: readonly string[]) => void = () => undefined,
): Step {
  let written: readonly string[] = [];
  return {
    id: "restore-late-writes",
    title: "Back up what was written until the application stopped",
    facts: () => written.length === 0 ? {} : { written_meanwhile: String(written.length) },
    isDone: () => Promise.resolve(known() === undefined),
    run: async (report, signal) => {
      const before = known();
      if (before === undefined) return;
      written = writtenSince(before, await now(report, signal), parts);
      if (written.length === 0) {
        report.detail("nothing");
        return;
      }
      report.detail(written[0] ?? "");
      await backUp(report, signal);
      found(written);
    },
  };
}
