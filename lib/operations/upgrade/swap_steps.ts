/**
 * The second half of an upgrade: the old version stops, the database is copied as it left it, the new one
 * starts and has to be ready. Two versions never work on the same data at once (ADR 0026), and people are let
 * in last: nobody's work goes into a version that is not judged yet.
 */
import type { Host } from "../../host/types.ts";
import type { Step } from "../../steps/step.ts";
import { applySteps } from "../apply.ts";
import { type BackupScene, needDatabase } from "../backup/scene.ts";
import { dropCopies, makeCopy, schemaFingerprint } from "./database.ts";
import { keptName } from "./kept_names.ts";
import { close, isClosed, wasOpened } from "./closing.ts";
import { imagesOfVersion, movedNames, tag } from "./prepare_steps.ts";
import { noteUpgrade, readUpgrade, type RecordChange, shelfPath } from "./records.ts";
import type { Upgrade } from "./upgrade.ts";

function phaseStep(scene: BackupScene): Step {
  const { host, install: { dir } } = scene;
  // Asked before anything is made anew: a container of nginx that is replaced tells it no more.
  const opened = async () => {
    const record = await readUpgrade(host, dir);
    return record?.copied === true && await wasOpened(scene, record);
  };
  return {
    id: "upgrade-swap",
    title: "Note that the change begins",
    isDone: async () => {
      const record = await readUpgrade(host, dir);
      return record?.phase === "swapping" && (record.opened === true || !await opened());
    },
    run: async () => {
      const change = await opened() ? { opened: true } : {};
      await noteUpgrade(host, dir, "upgrade", { phase: "swapping", ...change });
    },
  };
}

/** True when the old version has stopped and its database is kept: then the new one may run. */
async function isCopied(host: Host, dir: string): Promise<boolean> {
  return (await readUpgrade(host, dir))?.copied === true;
}

function closeStep({ host, scene }: Upgrade): Step {
  const { dir } = scene.install;
  const note = (change: RecordChange) => noteUpgrade(host, dir, "upgrade", change);
  return {
    id: "upgrade-close",
    title: "Show the maintenance page, and stop the backend of the old version",
    isDone: async () => {
      const record = await readUpgrade(host, dir);
      return record !== undefined && (record.copied === true || await isClosed(scene, record));
    },
    run: async (report, signal) => {
      if ((await readUpgrade(host, dir))?.stopped_at === undefined) {
        await note({ stopped_at: host.clock.now().toISOString() });
      }
      await close(scene, "upgrade", async (page) => void await note({ page }), report, signal);
    },
  };
}

function copyStep(upgrade: Upgrade): Step {
  const { host, prepared, scene } = upgrade;
  const { dir } = prepared.plan;
  return {
    id: "upgrade-copy",
    title: "Copy the database as the old version left it",
    isDone: () => isCopied(host, dir),
    run: async () => {
      const database = await needDatabase(scene);
      const schema_before = await schemaFingerprint(host, database);
      await makeCopy(host, database);
      await noteUpgrade(host, dir, "upgrade", { schema_before, copied: true });
    },
  };
}

/** What people write from here on is in the newer version, and is not thrown away any more. */
function openStep({ host, prepared: { plan: { dir } } }: Upgrade): Step {
  return {
    id: "upgrade-open",
    title: "Note that people are let into the new version",
    isDone: async () => (await readUpgrade(host, dir))?.opened === true,
    run: async () => void await noteUpgrade(host, dir, "upgrade", { opened: true }),
  };
}

/** The names that Compose uses stand for the new images from here on. */
function namesStep(upgrade: Upgrade): Step {
  const { host, engine, prepared } = upgrade;
  const { dir } = prepared.plan;
  const wrong = async () => {
    const record = await readUpgrade(host, dir) ?? upgrade.record;
    return await movedNames(engine, record.to);
  };
  return {
    id: "upgrade-names",
    title: "Give the names of the images to the new ones",
    isDone: async () => (await wrong()).length === 0,
    run: async () => {
      for (const { image, id } of await wrong()) await tag(host, id, image);
    },
  };
}

/**
 * The version that was becomes the one that `rollback` returns to. Each part may have been done by a run
 * that was killed; the rename at the end is what makes it over.
 */
export function commitStep(scene: BackupScene): Step {
  const { host, install: { dir, answers } } = scene;
  const pending = shelfPath(dir, "upgrade");
  return {
    id: "upgrade-commit",
    title: "Keep the version before as the one to return to",
    isDone: async () => await readUpgrade(host, dir) === undefined,
    run: async () => {
      const before = await readUpgrade(host, dir);
      if (before === undefined) return;
      if (before.phase !== "committed") {
        const committed_at = host.clock.now().toISOString();
        await noteUpgrade(host, dir, "upgrade", { phase: "committed", committed_at });
      }
      if (before.copied === true) {
        await dropCopies(host, await needDatabase(scene));
        await noteUpgrade(host, dir, "upgrade", { copied: false });
      }
      await host.files.remove(`${pending}/recipes`, { recursive: true });
      for (const [service, { id }] of imagesOfVersion(before.from)) {
        await tag(host, id, keptName("previous", service, answers.name));
        await host.process.run(["docker", "rmi", keptName("upgrade", service, answers.name)]);
      }
      await host.files.remove(shelfPath(dir, "previous"), { recursive: true });
      await host.files.rename(pending, shelfPath(dir, "previous"));
    },
  };
}

export async function swapSteps(upgrade: Upgrade): Promise<Step[]> {
  const { host, prepared, record } = upgrade;
  const all = await applySteps(host, prepared, { start: true, fetch: false });
  const at = (id: string) => {
    const index = all.findIndex((step) => step.id === id);
    if (index < 0) throw new TypeError(`there is no step ${id}`);
    return index;
  };
  const [judged, start, open] = [at("check-nginx"), at("start"), at("maintenance-off")];
  return [
    phaseStep(upgrade.scene),
    ...all.slice(0, judged),
    namesStep(upgrade),
    ...all.slice(judged, start),
    ...(record.touches_data ? [closeStep(upgrade), copyStep(upgrade)] : []),
    ...all.slice(start, open),
    ...(record.touches_data ? [openStep(upgrade)] : []),
    ...all.slice(open),
    commitStep(upgrade.scene),
  ];
}
