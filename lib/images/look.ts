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

/** Where a clone shall stand: at another commit than the installed one, or at the newest of its ref. */
export type CloneAt = { readonly commit: string } | "newest";

/**
 * What is missing in the answers themselves (no path, no file) is told by the rules of the plan.
 *
 * @param dir install directory
 * @param at for an upgrade; without, a clone stays where it is until another ref is asked for
 */
export async function lookAtImages(
  host: Host,
  dir: string,
  answers: Answers,
  at?: CloneAt,
): Promise<Looked> {
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
  const { git, ref } = images;
  const clone = at === undefined
    ? lock?.clone
    : at === "newest"
    ? undefined
    : { git, ref, commit: at.commit };
  const found = await lookAtCheckout(host, dir, images, { origin: lock?.origin, clone });
  return found.ok ? { origin: found.origin, problems: [] } : { ...nothing, ...found };
}
