/** Looks at the place that the images come from, before anything is planned. Changes nothing. */
import type { Answers } from "../answers/schema.ts";
import type { Problem } from "../errors.ts";
import type { Service } from "../engine/compose.ts";
import type { Host } from "../host/types.ts";
import { lookAtArchive } from "./archive.ts";
import { lookAtCheckout } from "./checkout.ts";
import { readLock } from "./lock.ts";
import type { ImageOrigin } from "./origin.ts";

export interface Looked {
  readonly origin: ImageOrigin;
  readonly problems: readonly Problem[];
}

/**
 * What is missing in the answers themselves (no path, no file) is told by the rules of the plan.
 *
 * @param dir install directory
 */
export async function lookAtImages(host: Host, dir: string, answers: Answers): Promise<Looked> {
  const { images } = answers;
  const nothing: Looked = { origin: { kind: "demo" }, problems: [] };
  if (images.source === "demo") return nothing;
  if (images.source === "registry") return { origin: { kind: "registry" }, problems: [] };
  const lock = await readLock(host, dir);
  if (images.source === "archive") {
    if (images.file === "") return nothing;
    const known = lock?.origin?.kind === "archive" ? lock.origin : undefined;
    const elsewhere = (["postgres", "nginx"] as const satisfies readonly Service[])
      .filter((service) => images[service] !== "");
    const found = await lookAtArchive(host, images.file, known, elsewhere);
    return found.ok ? { origin: found.origin, problems: [] } : { ...nothing, ...found };
  }
  // Both or neither: a rule of the plan says so.
  if ((images.path === "") === (images.git === "")) return nothing;
  const found = await lookAtCheckout(host, dir, images, lock);
  return found.ok ? { origin: found.origin, problems: [] } : { ...nothing, ...found };
}
