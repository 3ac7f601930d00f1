/** `backup run`: what the timer does: a backup, its copies, its proof, and the removal of old ones. */
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { keysFor } from "../../operations/backup/keys.ts";
import { sizeText } from "../../operations/backup/meter.ts";
import { pruneSteps, retention } from "../../operations/backup/prune_steps.ts";
import { backupScene, containerOf } from "../../operations/backup/scene.ts";
import { needInstall } from "../../operations/install.ts";
import { withoutText } from "../backup_text.ts";
import { chosenBackup, createBackup, verifyBackup } from "../backup_flow.ts";
import type { CommandContext } from "../context.ts";
import { copyBackups, tellCopies } from "../copies_flow.ts";
import { execute, locked } from "../execute.ts";

interface Flags {
  readonly scheduled: boolean;
}

/** An apply at the time of the backup is waited for, so long. */
const PATIENCE_MS = 60 * 60_000;
const RETRY_MS = 20_000;

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out, dir } = context;
  const install = await needInstall(host, dir);
  const first = await backupScene(host, install);
  if (flags.scheduled) {
    const database = await containerOf(first, "postgres").catch(() => undefined);
    // A stack that was stopped on purpose has nothing new; that its backup grows old is told elsewhere.
    if (database?.State.Status === "exited" && database.State.ExitCode === 0) return EXIT.ok;
  }
  return await patiently(context, flags.scheduled, async () => {
    const scene = await backupScene(host, await needInstall(host, dir));
    const record = await createBackup(context, scene);
    // Before the proof: what is worth having is worth having elsewhere, also when the proof finds no room.
    const sent = await copyBackups(context, scene);
    const backup = await chosenBackup(context, scene, record.file);
    const proof = await verifyBackup(context, scene, backup, await keysFor(host, dir, {}));
    // The copies are told of the proof, and what has had its time there goes.
    const told = sent.some((each) => each.ok) ? await copyBackups(context, scene) : [];
    const copies = sent.map((each) => {
      const later = told.find(({ target }) => target === each.target);
      return later === undefined ? each : { ...later, copied: [...each.copied, ...later.copied] };
    });
    const decided = await retention(scene);
    const steps = pruneSteps(scene, decided);
    if (steps.length > 0) await execute(context, "backup prune", steps);
    const removed = decided.filter(({ because }) => because.length === 0)
      .map(({ backup: { file } }) => file);
    if (out.json) {
      out.resultJson({ schema: 1, file: record.file, bytes: record.bytes, proof, removed, copies });
    } else {
      tellCopies(context, copies);
      const well = copies.filter((each) => each.ok).length;
      const elsewhere = copies.length === 0 ? "" : `; copied to ${well} of ${copies.length}`;
      const gone = removed.length === 0 ? "" : `; ${removed.length} removed`;
      out.result(
        `${record.file}: ${sizeText(record.bytes)} in ${record.seconds} s, ` +
          `proven in ${proof.seconds} s${withoutText(proof)}${elsewhere}${gone}.`,
      );
    }
    return EXIT.ok;
  });
}

/** Takes the lock; a timer waits for whoever holds it. */
async function patiently<T>(
  context: CommandContext,
  wait: boolean,
  body: () => Promise<T>,
): Promise<T> {
  const { clock } = context.host;
  const until = clock.monotonic() + PATIENCE_MS;
  let begun = false;
  for (;;) {
    try {
      return await locked(context, "backup run", () => {
        begun = true;
        return body();
      });
    } catch (error) {
      const busy = error instanceof SetupError && error.exit === EXIT.locked && !begun;
      if (!wait || !busy || clock.monotonic() > until) throw error;
      await clock.sleep(RETRY_MS, context.signal);
    }
  }
}
