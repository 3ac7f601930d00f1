/** How long the last restore took: what recovery takes, measured (RTO). */
import {
  LAST_RESTORE,
  type LastRestore,
  parseLastRestore,
  type Part,
} from "../../backup/restore_state.ts";
import type { Host } from "../../host/types.ts";
import type { Step } from "../../steps/step.ts";
import type { StackScene } from "../backup/scene.ts";
import type { RestoreResult } from "./steps.ts";

export async function readLastRestore(host: Host, dir: string): Promise<LastRestore | undefined> {
  return parseLastRestore(
    await host.files.readText(`${dir}/${LAST_RESTORE}`).catch(() => undefined),
  );
}

function tenths(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10;
}

export function lastRestore(
  host: Host,
  of: { readonly file: string; readonly parts: readonly Part[]; readonly result: RestoreResult },
): LastRestore {
  const { file, parts, result } = of;
  return {
    schema: 1,
    at: host.clock.now().toISOString(),
    file,
    backup_at: result.manifest.at,
    parts,
    seconds: tenths(result.totalMs),
    downtime_seconds: tenths(result.downtimeMs),
  };
}

/** @param record asked when everything before it is done */
export function recordRestoreStep(
  { host, install }: StackScene,
  record: () => LastRestore,
): Step {
  return {
    id: "restore-record",
    title: "Write down how long it took",
    isDone: () => Promise.resolve(false),
    run: () =>
      host.files.writeAtomic(
        `${install.dir}/${LAST_RESTORE}`,
        JSON.stringify(record(), null, 2) + "\n",
        { mode: 0o600 },
      ),
  };
}
