/** The last step of every apply: what now is, written down in the receipt and `images.lock`. */
import { Engine } from "../engine/client.ts";
import { SERVICES } from "../engine/compose.ts";
import type { Host } from "../host/types.ts";
import { BUILT } from "../images/build.ts";
import { BASES } from "../images/demo.ts";
import { ownDigests } from "../images/digests.ts";
import { type ImagesLock, type LockedImage, lockPath } from "../images/lock.ts";
import type { RenderedFile } from "../render/file.ts";
import {
  type PlannedFor,
  readReceipt,
  type Receipt,
  sha256,
  writeReceipt,
} from "../steps/receipt.ts";
import type { Step } from "../steps/step.ts";
import { areRenderedKept, keepRendered } from "../steps/rendered.ts";
import { directoriesOf } from "../steps/write_files.ts";
import { forgetWritten, hasWritten } from "../steps/written.ts";
import { VERSION } from "../version.ts";
import { ownDirectories } from "./directories.ts";
import { rememberProvenance } from "./install.ts";
import type { Prepared } from "./prepare.ts";
import { nginxInputs } from "./stack_steps.ts";
import { terminatesTls } from "./tls/wanted.ts";

async function lockText(host: Host, prepared: Prepared): Promise<string> {
  const engine = new Engine(host);
  const entries: [string, LockedImage][] = [];
  for (const service of SERVICES) {
    const image = prepared.plan.images[service];
    const found = await engine.image(image).catch(() => undefined);
    if (found === undefined) continue;
    const digests = ownDigests(image, found.RepoDigests ?? []);
    entries.push([service, { image, id: found.Id, digests }]);
  }
  const { origin, answers } = prepared.plan;
  const { git, ref, path } = answers.images;
  const lock: ImagesLock = {
    schema: 1,
    services: Object.fromEntries(entries),
    ...(origin === undefined || origin.kind === "demo" ? {} : { origin }),
    ...(origin?.kind === "build" && path === ""
      ? { clone: { git, ref, commit: origin.commit } }
      : {}),
  };
  return JSON.stringify(lock, null, 2) + "\n";
}

/** Images that this plan builds on this machine, with what they are built from. */
function builtImages({ plan }: Prepared): string[] {
  const { source } = plan.answers.images;
  if (source === "build") return BUILT.map((service) => plan.images[service]);
  if (source !== "demo") return [];
  return [...Object.values(plan.images), ...Object.values(BASES).map((base) => base.tag)];
}

async function receiptOf(host: Host, prepared: Prepared): Promise<Omit<Receipt, "updatedAt">> {
  const { plan, files } = prepared;
  const before = await readReceipt(host, plan.dir);
  const certificates = terminatesTls(plan) ? ["nginx/ssl/cert.pem", "nginx/ssl/key.pem"] : [];
  const rendered = new Map(files.map((file) => [file.path, file.text]));
  const paths = [...rendered.keys(), ...certificates];
  return {
    schema: 1,
    name: plan.answers.name,
    dir: plan.dir,
    version: VERSION,
    createdAt: before?.createdAt ?? host.clock.now().toISOString(),
    files: await Promise.all(paths.map(async (path) => ({
      path,
      // What was written, not what is there: an edit made since must stay recognisable as one.
      sha256: sha256(
        rendered.get(path) ?? await host.files.readText(`${plan.dir}/${path}`) ?? "",
      ),
      ...(certificates.includes(path) ? { made: true as const } : {}),
    }))),
    directories: [...new Set([...ownDirectories(plan), ...directoriesOf(paths)])].sort(),
    images: [...new Set([...(before?.images ?? []), ...builtImages(prepared)])].sort(),
    provenance: rememberProvenance(plan.answers, plan.provenance),
    machine: before?.machine ?? [],
    plannedFor: plannedFor(prepared, before),
    nginxLoaded: await nginxInputs(host, plan),
    ...keptOf(files),
  };
}

/** Edits that stay, with the hash of what was not written, or not as it is, in their favour. */
function keptOf(files: readonly RenderedFile[]): Pick<Receipt, "kept"> {
  const kept = files.filter(({ handEdit }) =>
    handEdit?.decision === "keep" || handEdit?.decision === "merge"
  );
  return kept.length === 0
    ? {}
    : { kept: Object.fromEntries(kept.map(({ path, text }) => [path, sha256(text)])) };
}

/** What the kernel calls all of the memory differs by some pages from one start to the next. */
const SAME_MEMORY_BYTES = 16 * 2 ** 20;

function plannedFor({ plan }: Prepared, before: Receipt | undefined): PlannedFor {
  const { cpus, memoryBytes } = plan.facts;
  const known = before?.plannedFor;
  return known?.cpus === cpus && Math.abs(known.memoryBytes - memoryBytes) < SAME_MEMORY_BYTES
    ? known
    : { cpus, memoryBytes };
}

export function recordStep(host: Host, prepared: Prepared): Step {
  const { dir } = prepared.plan;
  return {
    id: "record",
    title: "Record what was installed",
    isDone: async () => {
      const [present, lock] = await Promise.all([
        readReceipt(host, dir),
        host.files.readText(lockPath(dir)),
      ]);
      if (await hasWritten(host, dir)) return false;
      if (!await areRenderedKept(host, dir, prepared.files)) return false;
      if (present === undefined || lock !== await lockText(host, prepared)) return false;
      const { updatedAt: _, ...rest } = present;
      return JSON.stringify(rest) === JSON.stringify(await receiptOf(host, prepared));
    },
    run: async () => {
      await host.files.writeAtomic(lockPath(dir), await lockText(host, prepared), { mode: 0o600 });
      const { schema, name, dir: at, version, createdAt, ...rest } = await receiptOf(
        host,
        prepared,
      );
      const updatedAt = host.clock.now().toISOString();
      await writeReceipt(host, dir, {
        schema,
        name,
        ...(at === undefined ? {} : { dir: at }),
        version,
        createdAt,
        updatedAt,
        ...rest,
      });
      await keepRendered(host, dir, prepared.files);
      await forgetWritten(host, dir);
    },
  };
}
