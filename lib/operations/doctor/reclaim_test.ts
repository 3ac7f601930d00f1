/** What may be removed from Docker, and above all what may not. */
import assert from "node:assert/strict";
import { FakeHost } from "../../../tests/support/fake_host.ts";
import { Engine } from "../../engine/client.ts";
import { EXIT, SetupError } from "../../errors.ts";
import { pruneSteps, reclaimableCache, reclaimableImages, reclaimText } from "./reclaim.ts";
import type { Prepared } from "../prepare.ts";
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

Deno.test("of the build cache only that counts which a prune without --all takes", () => {
  const of = (Type: string, Size: number, more = {}) => ({
    Type,
    Size,
    InUse: false,
    Shared: false,
    ...more,
  });
  assert.equal(
    reclaimableCache({
      BuildCache: [
        of("regular", 1),
        of("source.local", 2),
        of("exec.cachemount", 4),
        of("internal", 8),
        of("frontend", 16),
        of("regular", 32, { InUse: true }),
        of("regular", 64, { Shared: true }),
      ],
    }),
    7,
  );
  assert.equal(reclaimableCache({ BuildCache: null }), 0);
  assert.equal(
    reclaimableCache({
      BuildCache: [
        of("regular", 1, { ID: "base" }),
        of("regular", 2, { ID: "middle", Parents: ["base"] }),
        of("frontend", 4, { ID: "top", Parents: ["middle"] }),
        of("regular", 8, { ID: "other", Parents: ["base"] }),
      ],
    }),
    8,
    "what something that stays is made on stays too",
  );
});

/** The step that empties the cache; it asks nothing of the plan. */
function pruneStep(host: FakeHost) {
  return pruneSteps(host, new Engine(host), {} as Prepared).find(({ id }) => id === "prune-cache");
}

Deno.test("a cache of which only Docker's own helpers are left is empty", async () => {
  for (
    const [Type, done] of [["internal", true], ["frontend", true], ["regular", false]] as const
  ) {
    const host = new FakeHost();
    const BuildCache = [{ Type, Size: 9, InUse: false, Shared: false }];
    host.net.allow("GET", /\/system\/df/, { body: JSON.stringify({ BuildCache }) });
    assert.equal(await pruneStep(host)?.isDone(), done, Type);
  }
});

Deno.test("a prune that fails is a failure; a docker that has no builder has nothing to empty", async () => {
  const run = async (answer: { code: number; stdout?: string; stderr?: string }) => {
    const host = new FakeHost();
    host.process.expect(["docker", "builder", "prune", "--force"], answer);
    const step = pruneStep(host);
    const details: string[] = [];
    const report = { detail: (text: string) => details.push(text), services: () => undefined };
    await step?.run(report, new AbortController().signal);
    host.verify();
    return details;
  };
  assert.deepEqual(await run({ code: 0, stdout: "ID\nTotal:\t5MB\n" }), ["Total:\t5MB"]);
  assert.match(
    (await run({ code: 1, stderr: "docker: 'builder' is not a docker command.\n" })).join(),
    /no builder command/,
  );
  await assert.rejects(
    run({ code: 1, stderr: "ERROR: no space left on device\n" }),
    (error) =>
      error instanceof SetupError && error.code === "prune_failed" && error.exit === EXIT.apply &&
      /no space left on device/.test(error.message),
  );
});
