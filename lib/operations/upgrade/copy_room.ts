/** Whether the disk of the database takes a copy of it: asked while the old version serves, and before it is made. */
import type { Step } from "../../steps/step.ts";
import { sizeText } from "../backup/meter.ts";
import { type BackupScene, needDatabase } from "../backup/scene.ts";
import { dataDiskFull, dataRoom, FLOOR_BYTES } from "../data_room.ts";
import { bytesOf, copiesBytes, copyBytes } from "./database.ts";
import { readUpgrade } from "./records.ts";

/** @throws SetupError `disk_full` (exit 5) */
export async function needCopyRoom(scene: BackupScene): Promise<void> {
  const database = await needDatabase(scene);
  const room = await dataRoom(scene.engine, database.container);
  if (room === undefined) return;
  const needed = copyBytes(await bytesOf(scene.host, database)) + FLOOR_BYTES;
  const free = room.free + await copiesBytes(scene.host, database);
  if (free >= needed) return;
  throw dataDiskFull(
    `The disk of the database has ${sizeText(free)} free; the copy that an upgrade keeps for ` +
      `its way back may need ${sizeText(needed)}.`,
  );
}

/** Found out here it costs nobody an answer; `upgrade-space` has asked minutes ago. */
export function copyRoomStep(scene: BackupScene): Step {
  return {
    id: "upgrade-room",
    title: "Check that the database can be copied",
    check: true,
    isDone: async () => (await readUpgrade(scene.host, scene.install.dir))?.copied === true,
    run: () => needCopyRoom(scene),
  };
}
