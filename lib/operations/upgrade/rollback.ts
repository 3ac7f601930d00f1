/** Going back to the version before the last upgrade: what that means, found before anything is done. */
import type { KnownBackup } from "../../backup/record.ts";
import { SESSION_SETTINGS } from "../../backup/sql.ts";
import { stackContainers } from "../../engine/state.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import type { Step } from "../../steps/step.ts";
import { writableStep } from "../../steps/writable.ts";
import { type Loss, lossOf } from "../../upgrade/loss.ts";
import type { UpgradeRecord } from "../../upgrade/record.ts";
import { startSteps } from "../apply.ts";
import { type BackupScene, knownBackups, needDatabase } from "../backup/scene.ts";
import { Session } from "../backup/session.ts";
import { FLOOR_BYTES } from "../data_room.ts";
import { sumDatabase } from "../backup/sums.ts";
import type { Install } from "../install.ts";
import { databaseUp } from "../restore/application.ts";
import { type Settled, settleStep } from "../restore/settle.ts";
import { readState } from "../restore/target.ts";
import { closedContainers, reopen } from "./closing.ts";
import { schemaFingerprint } from "./database.ts";
import { imagesOfVersion } from "./prepare_steps.ts";
import {
  closeStep,
  endStep,
  goneImage,
  namesStep,
  phaseStep,
  planReturn,
  postgresStep,
  type Return,
} from "./return_steps.ts";
import { filesGoingBack, filesStep, type GoesBack } from "./put_back.ts";
import { noteUpgrade, readUpgrade } from "./records.ts";
import { readCounts } from "./store.ts";

export interface Rollback extends Return {
  /** True when the newer version has changed the schema: its code and the old data go together only. */
  readonly schemaMoved: boolean;
  /** True when the data go back too: because they have to, or because it was asked for. */
  readonly data: boolean;
  /** What would be lost; `undefined` where the data stay, or counts of then are not known. */
  readonly loss: Loss | undefined;
  /** Files of the install that go back. */
  readonly files: readonly GoesBack[];
  /** The backup that the data go back to. */
  readonly backup: KnownBackup | undefined;
  /** Minutes since its snapshot. */
  readonly minutes: number;
}

/**
 * @throws SetupError `no_previous` (exit 4) where there is nothing to go back to
 */
export async function needPrevious(host: Host, dir: string): Promise<UpgradeRecord> {
  const record = await readUpgrade(host, dir, "previous");
  if (record !== undefined) return record;
  throw new SetupError({
    code: "no_previous",
    message: "There is no version to go back to: no upgrade was made here, or it was rolled back.",
    hint: "rxdx-setup backup list; rxdx-setup backup restore puts data back",
    exit: EXIT.prerequisite,
  });
}

/**
 * What has to be before a rollback that was killed can be looked at again: PostgreSQL runs, and lets
 * somebody into the database, which nobody is between the old state and the new one.
 */
export function resumeSteps(scene: BackupScene): Step[] {
  const { host, engine, install: { dir, answers } } = scene;
  let settled: Settled = "nothing";
  return [
    {
      id: "rollback-database",
      title: "Start the database",
      isDone: async () =>
        stackContainers(await engine.containers(answers.name))
          .some(({ service, health }) => service === "postgres" && health === "healthy"),
      run: (report, signal) => databaseUp(scene, report, signal),
    },
    settleStep(scene, (how) => settled = how),
    {
      id: "rollback-anew",
      title: "Note that the newer version serves again",
      // The exchange comes before files and images: with it taken back nothing is another than before.
      isDone: () => Promise.resolve(settled !== "taken back"),
      run: async (report) => {
        await reopen(scene, await closedContainers(scene), report);
        await noteUpgrade(host, dir, "previous", NOT_BEGUN);
      },
    },
  ];
}

/**
 * @param asked `--data`
 * @throws SetupError `image_gone`, `no_backup` (exit 4)
 */
export async function planRollback(
  host: Host,
  install: Install,
  record: UpgradeRecord,
  asked: boolean,
  signal: AbortSignal,
): Promise<Rollback> {
  const back = await planReturn(host, install, "previous", record);
  for (const [service, { image, id }] of imagesOfVersion(record.from)) {
    if (await back.engine.image(id) === undefined) throw goneImage(service, image, id);
  }
  const files = await filesGoingBack(host, install.dir, "previous");
  const nothing = {
    files,
    schemaMoved: false,
    data: false,
    loss: undefined,
    backup: undefined,
    minutes: 0,
  };
  if (!record.touches_data) return { ...back, ...nothing };
  const database = await needDatabase(back.scene);
  const going = record.phase === "rolling-back";
  const schemaMoved = going
    ? record.data === true
    : await schemaFingerprint(host, database) !== record.schema_before;
  if (!schemaMoved && !asked) return { ...back, ...nothing };
  const backup = (await knownBackups(host, install)).find(({ file }) => file === record.backup);
  if (backup === undefined && record.restored !== true) {
    throw new SetupError({
      code: "no_backup",
      message:
        `The data would have to go back to ${record.backup ?? "a backup"}, which is not in ` +
        `${back.scene.directory} any more.`,
      hint: "Bring it back there; or: rxdx-setup backup restore --from FILE",
      exit: EXIT.prerequisite,
    });
  }
  const then = await readCounts(host, install.dir, "previous");
  const session = new Session(host, database, signal);
  await session.run(SESSION_SETTINGS);
  const now = await sumDatabase(session);
  await session.close();
  const since = host.clock.now().getTime() - Date.parse(record.backup_at ?? record.started_at);
  return {
    ...back,
    files,
    schemaMoved,
    data: true,
    backup,
    loss: then === undefined ? undefined : lossOf(then, now),
    minutes: Math.max(0, Math.round(since / 60_000)),
  };
}

/** Restored and logged beside the present database, and what is always left free. */
const RESTORED_SHARE = 1.1;
const LOG_BYTES = 2 * 2 ** 30;
const SPARE_BYTES = 2 * FLOOR_BYTES;

/** Bytes that a database takes beside the present one until that is removed. */
export function restoredBytes(database: number): number {
  const restored = database * RESTORED_SHARE;
  return Math.ceil(restored + Math.min(restored, LOG_BYTES)) + SPARE_BYTES;
}

/** First of `load`, and of what starts a stack. */
const SETTLE = "settle-restore";

/** The groups of a restore that are needed here. */
export interface DataSteps {
  /** Beside what serves. */
  readonly load: readonly Step[];
  /** Exchanges the present database and the restored one. */
  readonly swap: readonly Step[];
  /** Removes the one that was; the backup made first has it. */
  readonly drop: readonly Step[];
}

const NOT_BEGUN = { phase: "committed", safety: undefined, data: undefined } as const;

/** Given up before anything was changed, it is as if it had not been begun: the newer version goes on. */
function beginStep(back: Rollback): Step {
  const { host, plan: { dir }, shelf } = back;
  return {
    ...phaseStep(back, "rolling-back"),
    undo: async () => {
      // What could not be taken back is settled by the next run, which has to know that it goes on.
      if (await readState(host, dir) !== undefined) return;
      await noteUpgrade(host, dir, shelf, NOT_BEGUN);
    },
  };
}

/** What it stops serves again where the rollback is given up, after the database is what it was. */
function closingStep(back: Rollback, always: () => Promise<boolean>): Step {
  const { host, plan, scene } = back;
  const step = closeStep(back, always);
  let ran: readonly string[] = [];
  return {
    ...step,
    run: async (report, signal) => {
      ran = await closedContainers(scene, (state) => state === "running");
      await step.run(report, signal);
    },
    undo: async () => {
      // Between two states of the data nobody may work on them: what could not be taken back is settled first.
      if ((await readState(host, plan.dir))?.phase === "swap") return;
      await reopen(scene, ran, { detail: () => undefined, services: () => undefined });
    },
  };
}

/**
 * @param data absent where the data stay, or are back already
 */
export function rollbackSteps(back: Rollback, data: DataSteps | undefined): Step[] {
  const { host, engine, plan, shelf, record } = back;
  const always = () => Promise.resolve(data !== undefined);
  const noteStep: Step = {
    id: "rollback-restored",
    title: "Note that the data are back",
    isDone: async () => (await readUpgrade(host, plan.dir, shelf))?.restored === true,
    run: async () => {
      await noteUpgrade(host, plan.dir, shelf, { restored: true });
    },
  };
  // Files and names of images are not taken back: from here on the next run goes on instead.
  const onwards = [
    filesStep(back),
    namesStep(back),
    ...(record.touches_data ? [postgresStep(back)] : []),
    // What a restore before this one has left is settled first of all, in `load`.
    ...startSteps(host, engine, plan).filter(({ id }) => data === undefined || id !== SETTLE),
    endStep(back),
  ].map((step): Step => ({ ...step, barrier: true }));
  return [
    writableStep(host, plan.dir, () => Promise.resolve(back.files.map(({ path }) => path))),
    beginStep(back),
    ...(data?.load ?? []),
    ...(record.touches_data ? [closingStep(back, always)] : []),
    // Gone before the old version starts: a run that is killed later must not bring the newer data back.
    ...(data === undefined ? [] : [...data.swap, ...data.drop, noteStep]),
    ...onwards,
  ];
}
