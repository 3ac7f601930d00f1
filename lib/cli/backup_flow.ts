/** Making, proving and pruning backups, as several commands do it. Their caller holds the lock. */
import type { Key, Lock } from "../backup/age.ts";
import type { BackupRecord, KnownBackup, Proof } from "../backup/record.ts";
import { EXIT, SetupError } from "../errors.ts";
import {
  type Created,
  directoryStep,
  spaceStep,
  sweepStep,
  writeStep,
} from "../operations/backup/create_steps.ts";
import { recipientsLock, serverKeyStep } from "../operations/backup/keys.ts";
import { noted, proving } from "../operations/backup/outcome.ts";
import { type BackupScene, knownBackups, needDatabase } from "../operations/backup/scene.ts";
import { verifySteps } from "../operations/backup/verify_steps.ts";
import { needNoRestore } from "../operations/restore/steps.ts";
import type { CommandContext } from "./context.ts";
import { execute } from "./execute.ts";
import { needEngine } from "./stack_look.ts";

export interface CreateOptions {
  /** Instead of keys. */
  readonly passphrase?: string | undefined;
  /** Logs of containers and application too. */
  readonly logs?: boolean;
  /** Is given what the backup holds, too. */
  readonly onMade?: (made: Created) => void;
}

export async function createBackup(
  context: CommandContext,
  scene: BackupScene,
  { passphrase, logs = false, onMade = () => undefined }: CreateOptions = {},
): Promise<BackupRecord> {
  const { host, dir } = context;
  return await noted(host, dir, "create", async () => {
    await needEngine(scene.engine);
    await needDatabase(scene);
    await needNoRestore(scene);
    const lock = (): Promise<Lock> =>
      passphrase === undefined
        ? recipientsLock(host, dir)
        : Promise.resolve({ kind: "passphrase", passphrase });
    let made: Created | undefined;
    await execute(context, "backup create", [
      directoryStep(scene),
      sweepStep(scene),
      ...(passphrase === undefined ? [serverKeyStep(host, dir)] : []),
      spaceStep(scene),
      writeStep(scene, lock, (created) => made = created, {}, logs),
    ]);
    if (made === undefined) throw new TypeError("the backup was written and is not known");
    onMade(made);
    return made.record;
  });
}

/** @param givenKey the key was named by who runs this: a wrong one is a slip, and no failure of the backups */
export async function verifyBackup(
  context: CommandContext,
  scene: BackupScene,
  backup: KnownBackup,
  key: Key,
  givenKey = false,
): Promise<Proof> {
  return await noted(context.host, context.dir, "verify", async () => {
    await needEngine(scene.engine);
    return await proving(scene, backup, async (told) => {
      await execute(context, "backup verify", verifySteps(scene, { backup, key, ...told }));
    });
  }, givenKey ? ["backup_wrong_key"] : []);
}

/**
 * The backup of that name, path or time; the newest without one.
 *
 * @throws SetupError `no_backup` (exit 4), `usage` for a name that is none of them
 */
export async function chosenBackup(
  context: CommandContext,
  scene: BackupScene,
  name: string | undefined,
): Promise<KnownBackup> {
  const backups = await knownBackups(context.host, scene.install);
  const [newest] = backups;
  if (newest === undefined) {
    throw new SetupError({
      code: "no_backup",
      message: `There is no backup in ${scene.directory}.`,
      hint: "rxdx-setup backup create",
      exit: EXIT.prerequisite,
    });
  }
  if (name === undefined) return newest;
  const wanted = name.replace(/^.*\//, "");
  const found = backups.find(({ file }) => file === wanted || file === `${wanted}.tar.age`);
  if (found !== undefined) return found;
  throw new SetupError({
    code: "no_backup",
    message: `There is no backup ${name} in ${scene.directory}.`,
    hint: "rxdx-setup backup list",
    exit: EXIT.usage,
  });
}
