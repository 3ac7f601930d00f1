/**
 * The way back, for an upgrade that failed and for `rollback`: files, names of images, where it has to be
 * the database, then the old version is started and has to be ready. Each step looks at what is there, so
 * it goes on from wherever a run was killed.
 */
import { Engine } from "../../engine/client.ts";
import { composeUpOne } from "../../engine/compose.ts";
import { stackContainers } from "../../engine/state.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { clonePath, GIT_ENV } from "../../images/checkout.ts";
import { readLock } from "../../images/lock.ts";
import type { Plan } from "../../plan/plan.ts";
import { mustRun } from "../../steps/command.ts";
import { readReceipt, writeReceipt } from "../../steps/receipt.ts";
import type { Step } from "../../steps/step.ts";
import { HEALTHY_MS, untilHealthy } from "../../steps/wait_healthy.ts";
import { FAILED } from "../../upgrade/database_sql.ts";
import type { Phase, UpgradeRecord } from "../../upgrade/record.ts";
import { startSteps } from "../apply.ts";
import { type BackupScene, backupScene, needDatabase } from "../backup/scene.ts";
import type { Database } from "../backup/session.ts";
import { type Install, readConfiguration } from "../install.ts";
import { prepareApply } from "../prepare.ts";
import { nginxInputs } from "../stack_steps.ts";
import { dropCopies, dropCopy, hasCopy, hasFailed, movedSinceCopy, swapBack } from "./database.ts";
import { keptName, type Shelf } from "./kept_names.ts";
import { close, isClosed, wasOpened } from "./closing.ts";
import { imagesOfVersion, movedNames, tag } from "./prepare_steps.ts";
import { noteUpgrade, readUpgrade, shelfPath } from "./records.ts";
import { filesStep } from "./put_back.ts";
import { forgetVersion } from "./store.ts";
import { withSettings } from "./target.ts";

/** What the way back leads to and through. */
export interface Return {
  readonly host: Host;
  readonly engine: Engine;
  /** The plan of the old version, as far as starting it goes. */
  readonly plan: Plan;
  readonly scene: BackupScene;
  readonly shelf: Shelf;
  readonly record: UpgradeRecord;
  /** What became of the database; written by the steps. */
  readonly outcome: {
    database: "untouched" | "kept" | "put back";
    /** Name of the newer version's database, where people may have worked in it. */
    aside: string | undefined;
  };
}

/** As it was applied with the old version; a key that was changed since goes back with the files. */
async function configurationThen(host: Host, install: Install, shelf: Shelf): Promise<Install> {
  const path = `${shelfPath(install.dir, shelf)}/files/rxdx.yml`;
  const configuration = await host.files.readText(path);
  if (configuration === undefined) return install;
  try {
    return { ...install, configuration, ...readConfiguration(configuration, install.receipt) };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    // Of another version of rxdx-setup, which this one does not read: no reason to bar the way back.
    return install;
  }
}

export async function planReturn(
  host: Host,
  install: Install,
  shelf: Shelf,
  record: UpgradeRecord,
): Promise<Return> {
  const { from } = record;
  const then = await configurationThen(host, install, shelf);
  const before = withSettings(then, from.settings);
  const clone = from.commit === undefined ? undefined : { commit: from.commit };
  // Loaded and kept: a file that is gone, or another one by now, does not bar the way back.
  const kept = (await readLock(host, `${shelfPath(install.dir, shelf)}/files`))?.origin;
  const origin = kept?.kind === "archive" ? kept : undefined;
  const { plan } = await prepareApply(host, before, { clone, origin });
  const images = { ...plan.images };
  for (const [service, { image }] of imagesOfVersion(from)) images[service] = image;
  return {
    host,
    engine: new Engine(host),
    plan: { ...plan, images },
    scene: await backupScene(host, install),
    shelf,
    record,
    outcome: {
      database: record.restored === true ? "put back" : "untouched",
      aside: record.kept_database,
    },
  };
}

function phaseStep({ host, plan, shelf }: Return, phase: Phase): Step {
  return {
    id: "return-begin",
    title: "Note that the way back begins",
    isDone: async () => (await readUpgrade(host, plan.dir, shelf))?.phase === phase,
    run: async () => {
      await noteUpgrade(host, plan.dir, shelf, { phase });
    },
  };
}

/** The other version, which must not work on the data any more; nobody comes in until the old one serves. */
function closeStep(back: Return, always: () => Promise<boolean>): Step {
  const { host, engine, plan, shelf, scene, record } = back;
  const strangers = async () => {
    const old = record.from.images.backend?.id;
    const running = stackContainers(await engine.containers(plan.answers.name))
      .some(({ service, state, imageId }) =>
        service === "backend" && imageId !== old &&
        ["running", "restarting", "paused"].includes(state)
      );
    return running || await always();
  };
  return {
    id: "return-close",
    title: "Show the maintenance page, and stop the backend of the newer version",
    isDone: async () =>
      !await strangers() ||
      await isClosed(scene, await readUpgrade(host, plan.dir, shelf) ?? record),
    run: async (report, signal) => {
      const by = shelf === "upgrade" ? "upgrade" : "rollback";
      const note = async (page: string | undefined) =>
        void await noteUpgrade(host, plan.dir, shelf, { page });
      // Which page was there before tells whether somebody had been let in.
      const opened = await wasOpened(scene, await readUpgrade(host, plan.dir, shelf) ?? record);
      if (opened) await noteUpgrade(host, plan.dir, shelf, { opened });
      await close(scene, by, note, report, signal);
    },
  };
}

function namesStep({ host, engine, plan, shelf, record }: Return): Step {
  const { from } = record;
  const clone = clonePath(plan.dir);
  const at = async () =>
    (await host.process.run(["git", "-C", clone, "rev-parse", "HEAD"], { env: GIT_ENV }))
      .stdout.trim();
  return {
    id: "return-images",
    title: "Give the names of the images back to the old ones",
    isDone: async () =>
      (await movedNames(engine, from)).length === 0 &&
      (from.commit === undefined || await at() === from.commit),
    run: async () => {
      for (const { service, image, id } of await movedNames(engine, from)) {
        if (await engine.image(id) === undefined) throw goneImage(service, image, id);
        await tag(host, id, image);
        await tag(host, id, keptName(shelf, service, plan.answers.name));
      }
      if (from.commit === undefined || await at() === from.commit) return;
      // As far as it goes: the images are built, and the next apply would fetch the commit again.
      const words = ["checkout", "--quiet", "--detach", from.commit];
      await host.process.run(["git", "-C", clone, ...words], { env: GIT_ENV });
    },
  };
}

export function goneImage(service: string, image: string, id: string): SetupError {
  return new SetupError({
    code: "image_gone",
    message:
      `The ${service} image of the version before (${image}, ${id.slice(0, 19)}) is not on ` +
      "this machine any more.",
    hint: "Where it came from a registry or an archive, bring it back from there: docker pull, " +
      "docker load; then run the same command again",
    exit: EXIT.prerequisite,
  });
}

/** The old server first: what the newer image made of its start may be what failed. */
function postgresStep({ host, engine, plan, record }: Return): Step {
  const project = plan.answers.name;
  const id = record.from.images.postgres?.id;
  return {
    id: "return-postgres",
    title: "Start the database of the old version",
    isDone: async () =>
      stackContainers(await engine.containers(project)).some((each) =>
        each.service === "postgres" && each.health === "healthy" && each.imageId === id
      ),
    run: async (report, signal) => {
      await mustRun(host, composeUpOne("postgres"), {
        cwd: plan.dir,
        signal,
        code: "start_failed",
        hint: "rxdx-setup logs postgres",
      });
      const expected = { postgres: 1 };
      const wait = { host, engine, project, expected, timeoutMs: HEALTHY_MS };
      await untilHealthy(wait, report, signal);
    },
  };
}

/** Only where the newer version has changed the schema; otherwise what was written since stays. */
function databaseStep({ host, plan, shelf, scene, outcome }: Return): Step {
  // Killed behind the exchange, before what it took out was removed. One that stands for an earlier upgrade,
  // or that people may have written in, is kept.
  const leftBehind = async (database: Database) => {
    const record = await readUpgrade(host, plan.dir, shelf);
    return record?.restored === true && record.kept_database === undefined &&
      await hasFailed(host, database);
  };
  return {
    id: "return-database",
    title: "Put the database back, where its schema was changed",
    isDone: async () => {
      const database = await needDatabase(scene);
      return !await hasCopy(host, database) && !await leftBehind(database);
    },
    run: async (report) => {
      const database = await needDatabase(scene);
      if (!await hasCopy(host, database)) return await dropCopies(host, database);
      const record = await readUpgrade(host, plan.dir, shelf);
      // Without the note the copy may be half of one, and the old version alone was there.
      if (record?.copied === true && await movedSinceCopy(host, database)) {
        report.detail("its schema was changed");
        outcome.database = "put back";
        outcome.aside = await wasOpened(scene, record) ? FAILED : undefined;
        await noteUpgrade(host, plan.dir, shelf, {
          restored: true,
          kept_database: outcome.aside,
        });
        await swapBack(host, database);
      } else if (record?.copied === true) outcome.database = "kept";
      if (outcome.aside === undefined) await dropCopies(host, database);
      else await dropCopy(host, database);
    },
  };
}

function endStep({ host, plan, shelf, record }: Return): Step {
  return {
    id: "return-end",
    title: "Forget the newer version",
    isDone: async () => await readUpgrade(host, plan.dir, shelf) === undefined,
    run: async () => {
      const receipt = await readReceipt(host, plan.dir);
      if (receipt !== undefined && record.phase !== "preparing") {
        // It was told on the way here, where its files are others than before.
        const nginxLoaded = await nginxInputs(host, plan);
        await writeReceipt(host, plan.dir, { ...receipt, nginxLoaded });
      }
      for (const [service] of imagesOfVersion(record.from)) {
        await host.process.run(["docker", "rmi", keptName(shelf, service, plan.answers.name)]);
      }
      await forgetVersion(host, plan.dir, shelf);
    },
  };
}

/** The way back of an upgrade that failed or was given up. */
export function returnSteps(back: Return): Step[] {
  const { host, engine, plan, scene, record } = back;
  // Nothing but names of images can be another than before.
  if (record.phase === "preparing") return [namesStep(back), endStep(back)];
  const data: Step[] = record.touches_data ? [postgresStep(back), databaseStep(back)] : [];
  const copied = async () =>
    record.touches_data && (await readUpgrade(host, plan.dir, back.shelf))?.copied === true &&
    await needDatabase(scene).then((database) => hasCopy(host, database), () => false);
  return [
    phaseStep(back, "returning"),
    closeStep(back, copied),
    filesStep(back),
    namesStep(back),
    ...data,
    ...startSteps(host, engine, plan),
    endStep(back),
  ];
}

export { closeStep, endStep, namesStep, phaseStep, postgresStep };
