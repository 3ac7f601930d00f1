/** The check of `doctor` that asks the registry, through Docker, whether an image has changed there. */
import type { DoctorCheck, Found } from "../../doctor/check.ts";
import { cameFromRegistry, type ImageAtRegistry, judgeUpdates } from "../../doctor/updates.ts";
import type { Engine } from "../../engine/client.ts";
import { type ImagesLock, readLock } from "../../images/lock.ts";
import { registryHostOf } from "../../images/pull.ts";
import type { Install } from "../install.ts";
import type { DoctorScene } from "./scene.ts";

/** What the registry has under the names of the lock, of those services whose image came from one. */
export async function imagesAtRegistry(
  engine: Engine,
  { answers, secrets }: Pick<Install, "answers" | "secrets">,
  lock: ImagesLock | undefined,
  services: readonly string[],
): Promise<ImageAtRegistry[]> {
  const { registry, username } = answers.images;
  const pulled = services.flatMap((service) => {
    const locked = lock?.services[service];
    // An image that was built here may have digests of other names, under which somebody pushed it.
    return locked !== undefined && cameFromRegistry(locked) ? [{ service, ...locked }] : [];
  });
  return await Promise.all(
    pulled.map(async ({ service, image, digests }): Promise<ImageAtRegistry> => {
      const own = username !== "" && registryHostOf(image) === registryHostOf(registry);
      const login = { username, password: secrets.REGISTRY_PASSWORD ?? "" };
      const now = await engine.registryDigest(image, own ? login : undefined).then(
        (digest) => ({ digest }),
        (error: unknown) => ({ failure: error instanceof Error ? error.message : String(error) }),
      );
      return { service, image, pulled: digests, now };
    }),
  );
}

async function updates(scene: DoctorScene): Promise<Found> {
  const { host, engine, install } = scene;
  const lock = await readLock(host, install.dir);
  return judgeUpdates(await imagesAtRegistry(engine, install, lock, scene.services));
}

export const UPDATE_CHECK: DoctorCheck<DoctorScene> = {
  id: "image-updates",
  title: "Image updates",
  looksAt: "Whether the registry has newer content under the names that run; asked through Docker",
  engine: true,
  severity: "warning",
  remedy: "rxdx-setup upgrade --check",
  run: updates,
};
