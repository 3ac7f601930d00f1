/** Where the images come from, told by their names and by what the Compose files build. Pure. */
import type { Roles } from "./hand_made.ts";

/** Settings of `images`, and what they were told by; `undefined` where nothing tells. */
export interface ImageSource {
  readonly values: Readonly<Record<string, string>>;
  readonly from: string;
}

/** `registry.example.com:5000/rxdx/backend:1.2` taken apart. */
function parts(image: string): { readonly repository: string; readonly tag: string } | undefined {
  const [, repository, tag] = /^(.+?)(?::([^:/@]+))?(?:@sha256:[0-9a-f]{64})?$/.exec(image) ?? [];
  return repository === undefined ? undefined : { repository, tag: tag ?? "latest" };
}

export function imageSourceOf(
  { backend, frontend }: Pick<Roles, "backend"> & Partial<Pick<Roles, "frontend">>,
): ImageSource | undefined {
  if (backend.image.startsWith("rxdx-demo/")) {
    return { values: { source: "demo" }, from: "demo images, which are built here" };
  }
  const checkout = backend.build?.replace(/\/backend\/?$/, "");
  if (checkout !== undefined && checkout !== backend.build) {
    return { values: { source: "build", path: checkout }, from: `built from ${backend.build}` };
  }
  const [ours, theirs] = [parts(backend.image), parts(frontend?.image ?? "")];
  const registry = ours?.repository.replace(/\/backend$/, "");
  const fits = ours !== undefined && registry !== ours.repository &&
    theirs?.repository === `${registry}/frontend` && theirs.tag === ours.tag;
  return fits
    ? {
      values: { source: "registry", registry: registry ?? "", tag: ours.tag },
      from: backend.image,
    }
    : undefined;
}
