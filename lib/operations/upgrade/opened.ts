/** Whether anybody can have worked in a newer version that is not committed: then its data are kept. */
import type { UpgradeRecord } from "../../upgrade/record.ts";
import { containerOf, type StackScene } from "../backup/scene.ts";

/** nginx opens last, so that who came in came after its last start. */
export async function wasOpened(scene: StackScene, record: UpgradeRecord): Promise<boolean> {
  if (record.opened === true) return true;
  const nginx = await containerOf(scene, "nginx");
  const stopped = Date.parse(record.stopped_at ?? record.started_at);
  // Of one that is gone nobody knows.
  return nginx === undefined || Date.parse(nginx.State.StartedAt) > stopped;
}
