/** Whether the registry has newer images under the names that run. Pure. */
import { type Found, found } from "./check.ts";

/** One image that came from a registry. */
export interface ImageAtRegistry {
  readonly service: string;
  readonly image: string;
  /** `repository@sha256:…` as it was pulled. */
  readonly pulled: readonly string[];
  /** `sha256:…` that the registry has now; why it did not tell, otherwise. */
  readonly now: { readonly digest: string } | { readonly failure: string };
}

/** True when the name that is used is one under which a registry knows the image. */
export function cameFromRegistry(
  { image, digests }: { readonly image: string; readonly digests: readonly string[] },
): boolean {
  // A colon behind the last slash begins the tag; one before it, a port.
  const repository = image.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
  return digests.some((each) => each.startsWith(`${repository}@`));
}

const ID = "image-updates";
const TITLE = "Image updates";

/** True when the registry has another content under the name than was pulled. */
export function isNewer({ pulled, now }: ImageAtRegistry): boolean {
  return "digest" in now && !pulled.some((each) => each.endsWith(`@${now.digest}`));
}

export function judgeUpdates(images: readonly ImageAtRegistry[]): Found {
  if (images.length === 0) {
    return found(ID, TITLE, "ok", "no image comes from a registry; none can be newer there");
  }
  const newer = images.filter(isNewer);
  if (newer.length > 0) {
    const names = newer.map(({ service, image }) => `${service} (${image})`).join(", ");
    return found(ID, TITLE, "warn", `the registry has newer content for ${names}`, {
      hint: "rxdx-setup upgrade",
    });
  }
  const silent = images.filter(({ now }) => "failure" in now);
  const [first] = silent;
  if (first !== undefined && "failure" in first.now) {
    return found(ID, TITLE, "unknown", `${first.image}: ${first.now.failure}`, {
      hint: "rxdx-setup check registry",
    });
  }
  return found(ID, TITLE, "ok", `none; ${images.length} are what the registry has`);
}
