/**
 * Asks whether files of an install can be replaced, before anything is stopped for their sake: a change
 * that finds it out half-way cannot put them back either.
 */
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import type { Step } from "./step.ts";
import { directoriesOf } from "./write_files.ts";

/** Directories in which something is made, and files that are replaced in theirs. */
async function refused(host: Host, dir: string, paths: readonly string[]): Promise<string[]> {
  const below = [".rxdx", ...directoriesOf(paths)];
  const atTop = [...below, ...paths].filter((each) => !each.includes("/"));
  // What is there is asked itself; a directory that is not is made in the one above it.
  const made = await Promise.all(
    atTop.map(async (each) =>
      paths.includes(each) || await host.files.stat(`${dir}/${each}`) === undefined
    ),
  );
  return await host.files.unwritable([
    ...(made.includes(true) ? [dir] : []),
    ...new Set([...below, ...paths].map((each) => `${dir}/${each}`)),
  ]);
}

/**
 * @param dir install directory
 * @param paths what will be written or removed, relative to it; what is not there yet counts by its directory
 * @throws SetupError `permission_denied` (exit 4), with every path at once
 */
export async function assertWritable(
  host: Host,
  dir: string,
  paths: readonly string[],
): Promise<void> {
  const found = await refused(host, dir, paths);
  if (found.length === 0) return;
  throw new SetupError({
    code: "permission_denied",
    message: found.map((path) => `Cannot write ${path}: permission denied.`).join("\n") +
      "\nThis run has stopped nothing and changed no file.",
    hint:
      `Run as the owner of ${dir}, or with sudo. Root too is refused by a file system that is ` +
      "mounted read-only, and by what was made immutable (lsattr)",
    exit: EXIT.prerequisite,
  });
}

/**
 * The same as a step, which only looks.
 *
 * @param paths asked when the step's turn comes
 */
export function writableStep(
  host: Host,
  dir: string,
  paths: () => Promise<readonly string[]>,
): Step {
  return {
    id: "writable",
    title: "Check that the files of the install can be written",
    check: true,
    isDone: async () => (await refused(host, dir, await paths())).length === 0,
    run: async () => await assertWritable(host, dir, await paths()),
  };
}
