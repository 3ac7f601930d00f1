/**
 * Where a bundle is made that is of no stack: recipes, clones, journal and lock lie in a directory beside
 * the output, as they would in that of an install. It goes when the run ends; a killed run leaves it to the
 * next one. Its name is the operator's choice in part, so that it may be somebody else's.
 */
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";

/**
 * Everything that is ever made in there: the recipes of both kinds of images, and the state. That is the last one
 * to go: by it a directory is known as ours, and it has the lock.
 */
const OURS = ["demo", "images", ".rxdx"];

/**
 * Nothing is there, or what an earlier run has left, or what one beside this one works with.
 *
 * @throws SetupError `directory_in_use` (exit 4) where it is an install, or none of ours
 */
export async function checkScratch(host: Host, dir: string): Promise<void> {
  const info = await host.files.stat(dir);
  if (info === undefined) return;
  const names = info.kind === "directory" ? await host.files.list(dir) : undefined;
  if (names?.length === 0) return;
  if (names?.includes(".rxdx") === true && !names.includes("rxdx.yml")) return;
  throw new SetupError({
    code: "directory_in_use",
    message: `${dir} is there, and not from an earlier \`bundle create\`, which works in it.`,
    hint: "Name another file: --output FILE; or move it away first",
    exit: EXIT.prerequisite,
  });
}

/** Called with its lock held: whoever does not hold it has made nothing of what is in there. */
export async function removeScratch(host: Host, dir: string): Promise<void> {
  for (const name of OURS) await host.files.remove(`${dir}/${name}`, { recursive: true });
  if ((await host.files.list(dir)).length === 0) await host.files.remove(dir);
}
