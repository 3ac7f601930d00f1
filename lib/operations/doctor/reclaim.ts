/**
 * What `doctor --fix --prune` may remove: images that this program built here and that nothing needs any
 * more, and Docker's cache of builds. Never a volume, never an image that somebody else made, never one that
 * any container uses, also a stopped one.
 */
import { EXIT, SetupError } from "../../errors.ts";
import type { ApiDiskUse } from "../../engine/api.ts";
import type { Engine } from "../../engine/client.ts";
import type { Host } from "../../host/types.ts";
import { BASES } from "../../images/demo.ts";
import { tail } from "../../steps/command.ts";
import type { Step } from "../../steps/step.ts";
import { sizeText } from "../backup/meter.ts";
import type { Prepared } from "../prepare.ts";

/** Another install may be building or about to start what it built. */
const YOUNG_SECONDS = 3_600;

/** Repositories whose images only this program makes, and the title of every one of them. */
const OWN_REPOSITORIES = /^rxdx-(?:demo|build)\//;
const OWN_TITLE = /^RxDx\b/;

const TITLE = "org.opencontainers.image.title";

/** Counting can take long on a large image store. */
const COUNT_MS = 30_000;

export interface ReclaimableImage {
  /** What `docker image rm` is given: its name, or its id where it has none. */
  readonly name: string;
  /** Bytes that no other image shares. */
  readonly bytes: number;
}

export interface Reclaimed {
  readonly images: readonly ReclaimableImage[];
  /** Bytes of build cache that no build uses. */
  readonly cache: number;
}

/** What BuildKit keeps for itself unless `--all` is given: helper images, and frontends of Dockerfiles. */
const KEPT_CACHE: ReadonlySet<string> = new Set(["internal", "frontend"]);

/** Bytes that `docker builder prune` frees: not what is kept, nor what that is made on. Pure. */
export function reclaimableCache({ BuildCache }: Pick<ApiDiskUse, "BuildCache">): number {
  const records = BuildCache ?? [];
  const byId = new Map(records.map((each) => [each.ID, each]));
  const kept = new Set(
    records.filter((each) => each.InUse || each.Shared || KEPT_CACHE.has(each.Type ?? "")),
  );
  // A set that grows while it is walked: parents come behind their children.
  for (const { Parents } of kept) {
    for (const id of Parents ?? []) {
      const parent = byId.get(id);
      if (parent !== undefined) kept.add(parent);
    }
  }
  return records.filter((each) => !kept.has(each)).reduce((sum, each) => sum + each.Size, 0);
}

/**
 * Images of this product that nothing uses. Pure.
 *
 * @param wanted names that the present plan needs, the bases of the next build too
 * @param receipt names that the receipt says were built for this stack, now or before
 */
export function reclaimableImages(
  { Images }: Pick<ApiDiskUse, "Images">,
  { wanted, receipt, now }: {
    readonly wanted: ReadonlySet<string>;
    readonly receipt: ReadonlySet<string>;
    readonly now: Date;
  },
): ReclaimableImage[] {
  return (Images ?? []).flatMap((image): ReclaimableImage[] => {
    if (image.Containers !== 0 || image.Id === undefined) return [];
    const bytes = image.Size - Math.max(0, image.SharedSize);
    const tags = (image.RepoTags ?? []).filter((tag) => tag !== "<none>:<none>");
    const young = now.getTime() / 1000 - (image.Created ?? 0) < YOUNG_SECONDS;
    if (tags.length === 0) {
      // What a build or a later build under the same name has left without one.
      const ours = OWN_TITLE.test(image.Labels?.[TITLE] ?? "");
      return ours && !young ? [{ name: image.Id, bytes }] : [];
    }
    // One name that is needed, or that is not ours, keeps the image.
    const free = tags.every((tag) =>
      !wanted.has(tag) && (receipt.has(tag) || (OWN_REPOSITORIES.test(tag) && !young))
    );
    return free ? tags.map((name, index) => ({ name, bytes: index === 0 ? bytes : 0 })) : [];
  });
}

function diskUse(engine: Engine): Promise<ApiDiskUse> {
  return engine.diskUse(AbortSignal.timeout(COUNT_MS));
}

export async function lookForReclaimable(
  host: Host,
  engine: Engine,
  { plan, install }: Prepared,
): Promise<Reclaimed> {
  const use = await diskUse(engine);
  const wanted = new Set<string>([
    ...Object.values(plan.images),
    // No container runs a base image, so Docker would not keep it; the next build needs it.
    ...Object.values(BASES).map((base) => base.tag),
  ]);
  return {
    images: reclaimableImages(use, {
      wanted,
      receipt: new Set(install?.receipt?.images ?? []),
      now: host.clock.now(),
    }),
    cache: reclaimableCache(use),
  };
}

/** As a client without BuildKit answers. */
const NO_BUILDER = /is not a docker command|unknown command/;

/** For the plan that is shown first. */
export function reclaimText({ images, cache }: Reclaimed): string {
  const bytes = images.reduce((sum, each) => sum + each.bytes, 0);
  const count = images.length === 1 ? "1 image" : `${images.length} images`;
  return `Remove ${count} that rxdx-setup built here and nothing uses (${sizeText(bytes)}), and ` +
    `Docker's build cache (${sizeText(cache)}); no volume, nobody else's image`;
}

export function pruneSteps(host: Host, engine: Engine, prepared: Prepared): Step[] {
  const look = () => lookForReclaimable(host, engine, prepared);
  return [
    {
      id: "prune-images",
      title: "Remove images that were built here and that nothing uses",
      isDone: async () => (await look()).images.length === 0,
      run: async (report, signal) => {
        for (const { name } of (await look()).images) {
          // Another install on this machine may run the same image; Docker then refuses, rightly.
          const { code, stderr } = await host.process.run(
            ["docker", "image", "rm", name],
            { signal },
          );
          report.detail(code === 0 ? name : `${name} stays: ${tail(stderr, 1)}`);
        }
      },
    },
    {
      id: "prune-cache",
      title: "Empty Docker's build cache",
      isDone: async () => reclaimableCache(await diskUse(engine)) === 0,
      run: async (report, signal) => {
        // Whatever a build is using stays.
        const argv = ["docker", "builder", "prune", "--force"];
        const { code, stdout, stderr } = await host.process.run(argv, { signal });
        signal.throwIfAborted();
        if (code === 0) return report.detail(tail(stdout, 1));
        if (NO_BUILDER.test(stderr)) {
          return report.detail("this docker has no builder command; its cache stays");
        }
        throw new SetupError({
          code: "prune_failed",
          message: `\`${argv.join(" ")}\` ended with ${code}: ${tail(stderr) || tail(stdout)}`,
          hint: "docker builder prune; docker system df shows what is left",
          exit: EXIT.apply,
        });
      },
    },
  ];
}
