/** What may be removed from Docker, and above all what may not. */
import assert from "node:assert/strict";
import { reclaimableImages, reclaimText } from "./reclaim.ts";
import { keptName } from "../upgrade/kept_names.ts";

const NOW = new Date("2026-03-14T10:00:00Z");
const OLD = NOW.getTime() / 1000 - 86_400;

type Image = Parameters<typeof reclaimableImages>[0]["Images"] extends infer T
  ? NonNullable<T> extends readonly (infer I)[] ? I : never
  : never;

const image = (tag: string | undefined, more: Partial<Image> = {}): Image => ({
  Id: `sha256:${tag ?? "untagged"}`,
  Created: OLD,
  Containers: 0,
  Size: 1_000,
  SharedSize: 400,
  RepoTags: tag === undefined ? [] : [tag],
  Labels: null,
  ...more,
});

const names = (images: readonly Image[]) =>
  reclaimableImages({ Images: images }, {
    wanted: new Set(["rxdx-demo/backend:now"]),
    receipt: new Set(["rxdx-demo/backend:now", "rxdx-demo/backend:former", "company/backend:1"]),
    now: NOW,
  }).map((each) => each.name);

const TITLE = { "org.opencontainers.image.title": "RxDx demo: backend" };

Deno.test("former images, those of failed runs, and untagged ones of ours go", () => {
  assert.deepEqual(names([image("rxdx-demo/backend:former")]), ["rxdx-demo/backend:former"]);
  assert.deepEqual(names([image("rxdx-build/backend:failed")]), ["rxdx-build/backend:failed"]);
  assert.deepEqual(names([image(undefined, { Labels: TITLE })]), ["sha256:untagged"]);
  const none = image(undefined, { Labels: TITLE, RepoTags: ["<none>:<none>"] });
  assert.deepEqual(names([none]), ["sha256:untagged"]);
});

Deno.test("what is wanted, used, young or somebody else's stays", () => {
  const Created = NOW.getTime() / 1000 - 60;
  assert.deepEqual(
    names([
      image("rxdx-demo/backend:now"),
      image("rxdx-demo/backend:former", { Containers: 1 }),
      // -1: not counted.
      image("rxdx-demo/backend:former", { Containers: -1 }),
      image("rxdx-build/backend:other-install-builds-it", { Created }),
      image(undefined, { Labels: TITLE, Created }),
      image("postgres:17"),
      image("company/rxdx-demo/backend:1"),
      image(undefined),
      image(undefined, { Labels: { "org.opencontainers.image.title": "Other" } }),
      image("rxdx-demo/backend:former", {
        RepoTags: ["rxdx-demo/backend:former", "company/kept:1"],
      }),
      image("x", { RepoTags: ["rxdx-demo/backend:former", "rxdx-demo/backend:now"] }),
      // What a rollback returns to.
      image("x", {
        RepoTags: ["rxdx-demo/backend:former", keptName("previous", "backend", "rxdx")],
      }),
    ]),
    [],
  );
});

Deno.test("bytes are those that no other image shares, and are said first", () => {
  const images = reclaimableImages({ Images: [image("rxdx-demo/backend:former")] }, {
    wanted: new Set(),
    receipt: new Set(),
    now: NOW,
  });
  assert.equal(images[0]?.bytes, 600);
  assert.match(
    reclaimText({ images, cache: 5 * 2 ** 20 }),
    /Remove 1 image .*\(600 bytes\).*build cache \(5\.0 MiB\); no volume/,
  );
});
