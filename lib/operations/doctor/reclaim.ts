/**
 * What `doctor --fix --prune` may remove: images that this program built here and that nothing needs any
 * more, and Docker's cache of builds. Never a volume, never an image that somebody else made, never one that
 * any container uses, also a stopped one.
 */
import type { ApiDiskUse } from "../../engine/api.ts";
import type { Engine } from "../../engine/client.ts";
import type { Host } from "../../host/types.ts";
import { BASES } from "../../images/demo.ts";
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

export async function lookForReclaimable(
  host: Host,
  engine: Engine,
  { plan, install }: Prepared,
): Promise<Reclaimed> {
  const use = await engine.diskUse(AbortSignal.timeout(COUNT_MS));
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
    cache: (use.BuildCache ?? []).filter((each) => !each.InUse && !each.Shared)
      .reduce((sum, each) => sum + each.Size, 0),
  };
}

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
          const { code } = await host.process.run(["docker", "image", "rm", name], { signal });
          report.detail(code === 0 ? name : `${name} is in use elsewhere and stays`);
        }
      },
    },
    {
      id: "prune-cache",
      title: "Empty Docker's build cache",
      isDone: async () => (await look()).cache === 0,
      run: async (report, signal) => {
        // Whatever a build is using stays; an engine without BuildKit has no such command.
        const { code, stdout, stderr } = await host.process.run(
          ["docker", "builder", "prune", "--force"],
          { signal },
        );
        report.detail((code === 0 ? stdout : stderr).trim().split("\n").at(-1) ?? "");
      },
    },
  ];
}
