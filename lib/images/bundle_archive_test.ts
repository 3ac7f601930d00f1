/** A bundle as the archive that it is: read without unpacking, loaded, and compared afterwards. */
import assert from "node:assert/strict";
import { sampleManifest, writeSampleBundle } from "../../tests/support/bundle_sample.ts";
import { machineOf } from "../../tests/support/fake_host_machine.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import { sampleAnswers, samplePlan } from "../../tests/support/samples.ts";
import { Engine } from "../engine/client.ts";
import { SERVICES } from "../engine/compose.ts";
import { SetupError } from "../errors.ts";
import { theHost } from "../host/real.ts";
import { lookAtArchive } from "./archive.ts";
import { imageNames, versionOf } from "./names.ts";
import { loadStep } from "./source_steps.ts";

const report = { detail: () => undefined, services: () => undefined };
const { signal } = new AbortController();

async function origin() {
  const dir = await Deno.makeTempDir();
  const file = `${dir}/x.tar`;
  await writeSampleBundle(file);
  const looked = await lookAtArchive(theHost(), file, undefined, []);
  await Deno.remove(dir, { recursive: true });
  assert.ok(looked.ok);
  return looked.origin;
}

Deno.test("a bundle tells which image is for which service, whatever it is called", async () => {
  const dir = await Deno.makeTempDir();
  const file = `${dir}/x.tar`;
  const base = sampleManifest();
  const postgres = { ...base.images.postgres, image: "company/pg17-with-age:3" };
  await writeSampleBundle(file, {
    manifest: { ...base, images: { ...base.images, postgres } },
  });
  const looked = await lookAtArchive(theHost(), file, undefined, []);
  assert.ok(looked.ok);
  assert.equal(looked.origin.images.postgres, "company/pg17-with-age:3");
  assert.match(looked.origin.bundle?.digest ?? "", /^[0-9a-f]{64}$/);
  const answers = sampleAnswers({ images: { source: "archive", file, postgres: "other:1" } });
  assert.equal(imageNames(answers, looked.origin).postgres, "company/pg17-with-age:3");
  assert.equal(versionOf(answers, looked.origin), "1.4.0");
  await Deno.truncate(file, 4000);
  const cut = await lookAtArchive(theHost(), file, undefined, []);
  assert.match(
    cut.ok ? "" : cut.problems.map((each) => each.rule).join(),
    /bundle that is damaged/,
  );
  await Deno.remove(dir, { recursive: true });
});

Deno.test("what is here by either of its ids is not loaded again", async () => {
  const found = await origin();
  const { host, engine } = machineOf();
  const step = loadStep(host, new Engine(host), samplePlan(), found);
  assert.equal(await step.isDone(), false);
  for (const digests of [found.ids, found.manifests ?? {}]) {
    for (const service of SERVICES) {
      engine.images.set(found.images[service] ?? "", `sha256:${digests[service]}`);
    }
    assert.equal(await step.isDone(), true);
  }
  engine.images.set(found.images.nginx ?? "", `sha256:${"f".repeat(64)}`);
  assert.equal(await step.isDone(), false);
  assert.deepEqual(step.facts?.(), { bundle: found.bundle?.digest });
});

Deno.test("another image than the manifest names is refused after loading", async () => {
  const found = await origin();
  const { host, engine } = machineOf();
  host.files.put(found.file, "tar", { mode: 0o600 });
  for (const service of SERVICES) {
    engine.images.set(found.images[service] ?? "", `sha256:${found.ids[service]}`);
  }
  const step = loadStep(host, new Engine(host), samplePlan(), found);
  host.process.expect(["docker", "load", REST], "Loaded image\n");
  await step.run(report, signal);
  engine.images.set(found.images.backend ?? "", `sha256:${"f".repeat(64)}`);
  host.process.expect(["docker", "load", REST], "Loaded image\n");
  await assert.rejects(
    step.run(report, signal),
    (error) => error instanceof SetupError && error.code === "archive_differs",
  );
  host.verify();
});
