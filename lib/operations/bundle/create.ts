/** Making a bundle, as steps: the images come here as for an apply, then one file is written. */
import { Engine } from "../../engine/client.ts";
import { type Service, SERVICES } from "../../engine/compose.ts";
import { COMPOSE_FLOOR, ENGINE_FLOOR } from "../../engine/requirements.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import {
  BUNDLE_KIND,
  type BundleImage,
  type BundleManifest,
  dockerArch,
  MANIFEST_MEMBER,
  PROGRAM_MEMBER,
  PROGRAM_SBOM_MEMBER,
  README_MEMBER,
  SBOM_MEMBER,
  SIGNATURE_MEMBER,
  SUMS_MEMBER,
} from "../../bundle/manifest.ts";
import { bundleSbom, README } from "../../bundle/documents.ts";
import { bundleComment } from "../../bundle/sums.ts";
import { versionOf } from "../../images/names.ts";
import { releaseOf } from "../../images/release.ts";
import { imageSteps } from "../../images/steps.ts";
import { parseSecretKey, type SecretKey, sign } from "../../release/signing.ts";
import type { Step } from "../../steps/step.ts";
import { VERSION } from "../../version.ts";
import { Meter, sizeText } from "../backup/meter.ts";
import { postgresVersions } from "../postgres_major.ts";
import type { Prepared } from "../prepare.ts";
import { MOST_KEY_BYTES } from "./keys.ts";
import { BundleWriter, saveImages } from "./write.ts";

export interface BundleRequest {
  readonly host: Host;
  readonly prepared: Prepared;
  /** Absolute path of the file to be made. */
  readonly output: string;
  /** The executable that goes into it. */
  readonly program: string;
  readonly secretKey: SecretKey | undefined;
  /** The program's own bill of materials, of its release. */
  readonly programSbom: string | undefined;
  /** True where nothing is installed: recipes of images lie nowhere yet. */
  readonly scratch: boolean;
}

/** @throws SetupError `file_not_found` (exit 2), `key_malformed` (exit 5) */
export async function readSecretKey(host: Host, path: string): Promise<SecretKey> {
  const { size } = await host.files.stat(path) ?? { size: 0 };
  const text = size > MOST_KEY_BYTES ? "" : await host.files.readText(path);
  if (text !== undefined) return parseSecretKey(text);
  throw new SetupError({
    code: "file_not_found",
    message: `--sign ${path}: there is no such file.`,
    hint: "minisign -G -W -p bundle.pub -s bundle.key makes a key pair",
    exit: EXIT.usage,
  });
}

/** Bundles are for production and staging; in development the sources are mounted. */
export function checkKind({ plan }: Prepared): void {
  if (plan.answers.environment !== "development") return;
  throw new SetupError({
    code: "bundle_development",
    message: "A stack for development runs from sources on this machine; no bundle is made of it.",
    hint: "rxdx-setup bundle create --env production with the images that the server shall run",
    exit: EXIT.usage,
  });
}

export function createSteps(request: BundleRequest): Step[] {
  const { host, prepared, scratch } = request;
  const engine = new Engine(host);
  return [
    ...(scratch ? [recipesStep(host, prepared)] : []),
    ...imageSteps(host, engine, prepared.plan),
    writeStep(request, engine),
  ];
}

function recipesStep(host: Host, { plan, files }: Prepared): Step {
  const recipes = files.filter(({ path }) => /^(demo|images)\//.test(path));
  const at = (path: string) => `${plan.dir}/${path}`;
  return {
    id: "recipes",
    title: "Write what the images are built from",
    isDone: async () => {
      for (const { path, text } of recipes) {
        if (await host.files.readText(at(path)) !== text) return false;
      }
      return true;
    },
    run: async () => {
      for (const { path, text, mode } of recipes) {
        await host.files.mkdir(at(path).replace(/\/[^/]*$/, ""), 0o755);
        await host.files.writeAtomic(at(path), text, { mode });
      }
    },
  };
}

function writeStep(request: BundleRequest, engine: Engine): Step {
  const { host, output, prepared } = request;
  const partial = `${output}.part`;
  return {
    id: "write-bundle",
    title: `Write ${output}`,
    facts: () => ({ bundle: output }),
    isDone: () => Promise.resolve(false),
    run: async (report, signal) => {
      // What a killed run has left.
      await host.files.remove(partial);
      const images = await imagesHere(engine, prepared);
      await checkRoom(request, images);
      const meter = new Meter(host, report);
      meter.what = "written";
      const sink = await host.files.openSink(partial, 0o644);
      try {
        const created = new Date(Math.floor(host.clock.now().getTime() / 1000) * 1000);
        const writer = new BundleWriter(sink, created, (bytes) => meter.add(bytes));
        await writeAll(request, writer, { engine, images, created, signal });
      } finally {
        sink.close();
      }
      signal.throwIfAborted();
      await host.files.rename(partial, output);
    },
    undo: () => host.files.remove(partial),
  };
}

type Here = ReadonlyMap<Service, {
  readonly image: string;
  readonly id: string;
  readonly bytes: number;
  readonly release: ReturnType<typeof releaseOf>;
}>;

async function imagesHere(engine: Engine, { plan }: Prepared): Promise<Here> {
  const found = await Promise.all(SERVICES.map(async (service) => {
    const image = plan.images[service];
    const here = await engine.image(image);
    if (here === undefined) throw new TypeError(`${image} is gone`);
    const release = releaseOf(here, /:([^:/]+)$/.exec(image)?.[1]);
    return [service, { image, id: here.Id, bytes: here.Size, release }] as const;
  }));
  return new Map(found);
}

/** @throws SetupError `disk_full` (exit 4) */
async function checkRoom({ host, output, program }: BundleRequest, images: Here): Promise<void> {
  const programBytes = (await host.files.stat(program))?.size ?? 0;
  const needed = [...images.values()].reduce((sum, { bytes }) => sum + bytes, programBytes);
  const { freeBytes } = await host.files.space(output);
  if (freeBytes >= needed) return;
  throw new SetupError({
    code: "disk_full",
    message: `${sizeText(freeBytes)} are free at ${output}; the bundle takes up to ` +
      `${sizeText(needed)}.`,
    hint: "Name another place: --output FILE",
    exit: EXIT.prerequisite,
  });
}

async function writeAll(
  request: BundleRequest,
  writer: BundleWriter,
  with_: { engine: Engine; images: Here; created: Date; signal: AbortSignal },
): Promise<void> {
  const { host, prepared, program, programSbom, secretKey } = request;
  const { engine, images, created, signal } = with_;
  // First, so that a target reads no further to get it.
  const programSum = await writer.file(host, PROGRAM_MEMBER, program);
  await writer.text(README_MEMBER, README);
  if (programSbom !== undefined) await writer.text(PROGRAM_SBOM_MEMBER, programSbom);
  const names = [...images.values()].map(({ image }) => image);
  const saved = await saveImages(host, writer, names, signal);
  const entries = SERVICES.map((service): [Service, BundleImage] => {
    const here = images.get(service);
    const written = saved.get(here?.image ?? "");
    if (here === undefined || written === undefined) throw changed(service);
    // One of the two is the id, by the kind of store that Docker has.
    if (here.id !== written.id && here.id !== written.manifest) throw changed(service);
    return [service, { image: here.image, ...written, bytes: here.bytes }];
  });
  const release = images.get("backend")?.release;
  const postgres = images.get("postgres")?.image ?? "";
  const { plan } = prepared;
  const manifest: BundleManifest = {
    schema: 1,
    kind: BUNDLE_KIND,
    created: created.toISOString(),
    setup: VERSION,
    arch: dockerArch(host.system.arch),
    version: versionOf(plan.answers, plan.origin),
    // No volume has this name: only the server is asked for its version.
    postgres: (await postgresVersions(host, engine, postgres, "rxdx-bundle-none")).image,
    engine: (await engine.version()).Version,
    needs: { engine: ENGINE_FLOOR.join("."), compose: COMPOSE_FLOOR.join(".") },
    stops: release?.stops ?? [],
    requires: (release?.requires ?? []).map(({ name, least }) => `${name}>=${least}`),
    program: programSum,
    images: Object.fromEntries(entries) as BundleManifest["images"],
  };
  await writer.text(SBOM_MEMBER, bundleSbom(manifest, programSbom !== undefined));
  await writer.text(MANIFEST_MEMBER, `${JSON.stringify(manifest, null, 2)}\n`);
  const sums = writer.sums();
  await writer.text(SUMS_MEMBER, sums);
  if (secretKey !== undefined) {
    const content = new TextEncoder().encode(sums);
    await writer.text(SIGNATURE_MEMBER, await sign(secretKey, content, bundleComment(manifest)));
  }
  await writer.finish();
}

function changed(service: Service): SetupError {
  return new SetupError({
    code: "image_changed",
    message: `The ${service} image was changed while it was read. No bundle was made.`,
    hint: "Run the same command again.",
    exit: EXIT.apply,
  });
}
