/** What people call the version that runs. Pure. */
import type { Answers } from "../../answers/schema.ts";
import type { ImagesLock } from "../../images/lock.ts";
import { versionOf } from "../../images/names.ts";

/** The tag behind the last colon; empty without one. */
export function tagOf(image: string): string {
  return /:([^:/@]+)$/.exec(image)?.[1] ?? "";
}

/** What people call the version in the lock: not what an edited rxdx.yml would bring. */
export function lockedVersion(answers: Answers, lock: ImagesLock | undefined): string {
  if (lock?.origin?.kind === "archive" && lock.origin.bundle !== undefined) {
    return lock.origin.bundle.version;
  }
  const image = lock?.services["backend"]?.image;
  if (image === undefined) return versionOf(answers, lock?.origin);
  if (image.startsWith("rxdx-demo/")) return `demo-${tagOf(image).slice(0, 8)}`;
  if (image.startsWith("rxdx-build/")) return versionOf(answers, lock?.origin);
  return tagOf(image) || versionOf(answers, lock?.origin);
}
