/** Second names of images that an upgrade keeps. Pure. */
import { SERVICES } from "../../engine/compose.ts";

/** The directory of an upgrade that is under way, or of the version before. */
export type Shelf = "upgrade" | "previous";

/**
 * A second name for an image, so that no `docker image prune` takes it while its own name stands for a
 * newer one. The stack is the tag: what may be a name of a stack may be none of a repository.
 */
export function keptName(shelf: Shelf, service: string, project: string): string {
  return `rxdx-setup/${shelf}-${service}:${project}`;
}

/** Every such name that a stack may have. */
export function keptNames(project: string): string[] {
  return (["upgrade", "previous"] as const).flatMap((shelf) =>
    SERVICES.map((service) => keptName(shelf, service, project))
  );
}
