/** Whether a bundle that is whole fits this machine and this install. Changes nothing. */
import {
  type BundleManifest,
  dockerArch,
  POSTGRES_MAJOR,
  programHint,
} from "../../bundle/manifest.ts";
import { Engine } from "../../engine/client.ts";
import { SERVICES } from "../../engine/compose.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { readLock } from "../../images/lock.ts";
import type { Plan } from "../../plan/plan.ts";
import { compareVersions } from "../../release/versions.ts";
import { VERSION } from "../../version.ts";
import { sizeText } from "../backup/meter.ts";
import { majorRefusal, postgresVersions } from "../postgres_major.ts";
import type { VerifiedBundle } from "./verify.ts";

/**
 * What can be said before anything is planned.
 *
 * @throws SetupError `wrong_architecture`, `bundle_newer`, `postgres_major`, `disk_full` (exit 4)
 */
export async function checkFits(host: Host, bundle: VerifiedBundle): Promise<void> {
  const { manifest, file } = bundle;
  const arch = dockerArch(host.system.arch);
  if (manifest.arch !== arch) {
    throw refusal(
      "wrong_architecture",
      `${file} is made for ${manifest.arch}; this machine is ${arch}.`,
      `Have one made on a machine that is ${arch}.`,
    );
  }
  if (compareVersions(manifest.setup, VERSION) > 0) {
    throw refusal(
      "bundle_newer",
      `${file} was made by rxdx-setup ${manifest.setup}; this is ${VERSION}, which does not know ` +
        "what that one knows.",
      `Use the program that is in it: ${programHint(file)}`,
    );
  }
  const major = manifest.postgres.split(".")[0] ?? "";
  if (major !== "" && major !== POSTGRES_MAJOR) {
    throw refusal(
      "postgres_major",
      `${file} has PostgreSQL ${major}; this rxdx-setup runs PostgreSQL ${POSTGRES_MAJOR}.`,
      `Use the program that is in it: ${programHint(file)}`,
    );
  }
  await checkRoom(host, bundle);
}

/** Docker unpacks the whole file beside its images before it takes any over. */
async function checkRoom(host: Host, { manifest, size, file }: VerifiedBundle): Promise<void> {
  const engine = new Engine(host);
  if (!await engine.ping()) return;
  let needed = 0;
  for (const service of SERVICES) {
    const { id, manifest: digest, bytes } = manifest.images[service];
    const here = await engine.image(id) ?? await engine.image(digest);
    if (here === undefined) needed += bytes;
  }
  if (needed === 0) return;
  needed += size;
  const { DockerRootDir } = await engine.info();
  const { freeBytes } = await host.files.space(DockerRootDir);
  if (freeBytes >= needed) return;
  throw refusal(
    "disk_full",
    `${sizeText(freeBytes)} are free at ${DockerRootDir}; to load ${file} takes ` +
      `${sizeText(needed)}.`,
    "Free some space: docker system df",
  );
}

/** The answers that a bundle gives: `--set` by another door. */
export function bundleSettings({ file }: VerifiedBundle): readonly string[] {
  return ["images.source=archive", `images.file=${file}`];
}

/**
 * What can be said when the plan is known: that it is about this very file, and that its PostgreSQL
 * opens the data that are there.
 *
 * @throws SetupError `changed_meanwhile` (exit 5), `postgres_major` (exit 4)
 */
export async function checkPlan(host: Host, plan: Plan, bundle: VerifiedBundle): Promise<void> {
  const { origin } = plan;
  if (origin?.kind !== "archive" || origin.bundle?.digest !== bundle.digest) {
    throw new SetupError({
      code: "changed_meanwhile",
      message: `${bundle.file} is another file than the one that was verified. Nothing was done.`,
      hint: "Run the same command again, with images.source and images.file left to --bundle.",
      exit: EXIT.apply,
    });
  }
  await checkData(host, plan, bundle.manifest);
}

async function checkData(host: Host, plan: Plan, manifest: BundleManifest): Promise<void> {
  const installed = (await readLock(host, plan.dir))?.services["postgres"];
  if (installed === undefined || !plan.facts.volumes.includes(plan.dataVolume)) return;
  const { id, image } = manifest.images.postgres;
  const major = manifest.postgres.split(".")[0] ?? "";
  if (installed.id === id || major === "") return;
  const engine = new Engine(host);
  const present = await engine.image(installed.id);
  if (present === undefined) return;
  const { data } = await postgresVersions(host, engine, installed.id, plan.dataVolume);
  const found = { image: manifest.postgres, data };
  if (data !== "" && data !== major) throw majorRefusal(image, found, plan.dir);
}

function refusal(code: string, message: string, hint: string): SetupError {
  return new SetupError({
    code,
    message: `${message} Nothing was changed.`,
    hint,
    exit: EXIT.prerequisite,
  });
}
