/** What a version is named by, by the source of the images. */
import assert from "node:assert/strict";
import { samplePlan } from "../../../tests/support/samples.ts";
import { SetupError } from "../../errors.ts";
import { lockedVersion, tagOf } from "./version_name.ts";
import { wantedSettings } from "./target.ts";

const { answers } = samplePlan();
const absolute = (path: string) => `/srv/${path}`;
const images = (more: Partial<typeof answers.images>) => ({ ...answers.images, ...more });
const refused = (settings: typeof answers.images, to: string, hint: RegExp) =>
  assert.throws(
    () => wantedSettings(settings, to, absolute),
    (error) => error instanceof SetupError && error.exit === 2 && hint.test(error.hint ?? ""),
  );

Deno.test("a tag, a file, a ref; without a name all stays as it is", () => {
  const registry = images({ source: "registry", registry: "r.example.com/rxdx", tag: "1.0" });
  assert.equal(wantedSettings(registry, "1.4.0", absolute).tag, "1.4.0");
  assert.equal(wantedSettings(registry, undefined, absolute), registry);
  const archive = images({ source: "archive", file: "/a.tar" });
  assert.equal(wantedSettings(archive, "b.tar", absolute).file, "/srv/b.tar");
  const git = images({ source: "build", git: "https://example.com/rxdx.git", ref: "v1" });
  assert.equal(wantedSettings(git, "v2", absolute).ref, "v2");
});

Deno.test("what names no version is refused with what would", () => {
  refused(images({ source: "registry" }), `sha256:${"0".repeat(64)}`, /--to 1\.4\.0/);
  refused(images({ source: "build", path: "/srv/RxDx" }), "v2", /git -C \/srv\/RxDx checkout v2/);
  refused(images({ source: "demo" }), "2", /another rxdx-setup/);
});

Deno.test("the version that runs is the lock's, whatever rxdx.yml says by now", () => {
  const registry = { ...answers, images: images({ source: "registry", tag: "9.9" }) };
  const lock = (image: string) => ({
    schema: 1 as const,
    services: { backend: { image, id: "sha256:1", digests: [] } },
  });
  assert.equal(lockedVersion(registry, lock("r.example.com:5000/rxdx/backend:1.0")), "1.0");
  assert.equal(lockedVersion(registry, lock("rxdx-demo/backend:0123456789ab")), "demo-01234567");
  assert.equal(lockedVersion(registry, undefined), "9.9");
  assert.equal(tagOf("r.example.com:5000/rxdx/backend"), "");
});
