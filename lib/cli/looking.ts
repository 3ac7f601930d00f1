/** A look that takes a moment and changes nothing, with its progress: before a plan can be shown. */
import { progressFor } from "./progress.ts";
import type { CommandContext } from "./context.ts";
import type { StepReport } from "../steps/step.ts";

/** @param of its title, and its place among the looks of this command */
export async function looking<T>(
  { host, out }: CommandContext,
  of: {
    readonly id: string;
    readonly title: string;
    readonly index: number;
    readonly total: number;
  },
  body: (report: StepReport) => Promise<T>,
): Promise<T> {
  const { id, title } = of;
  const progress = progressFor(host, out);
  const from = host.clock.monotonic();
  const ms = () => Math.round(host.clock.monotonic() - from);
  progress.emit({ type: "step-start", ...of });
  try {
    const result = await body({
      detail: (text) => progress.emit({ type: "step-detail", id, text }),
      services: () => undefined,
    });
    progress.emit({ type: "step-done", id, title, skipped: false, check: true, ms: ms() });
    return result;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    progress.emit({ type: "step-failed", id, title, message, ms: ms() });
    throw error;
  } finally {
    progress.end();
  }
}
